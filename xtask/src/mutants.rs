//! Breaks one rule after the other and looks whether a conversation notices.
//!
//! `cargo xtask mutants 05-transport [WORD]` reads `xtask/mutants/05-transport.txt`, copies the
//! crate's folder below `target`, and for each block with WORD in its name puts the broken line in,
//! runs the conversations, and puts the true line back. The work tree itself is never touched.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::tidy::arrows::ROOMS;

/// A broken crate may run forever.
const LONGEST: Duration = Duration::from_secs(300);

/// One rule, and the line that breaks it.
struct Mutant {
    rule: String,
    file: PathBuf,
    /// The which-th of its kind, from 1.
    nth: Option<usize>,
    line: String,
    broken: String,
}

#[derive(PartialEq)]
enum Outcome {
    Caught,
    Survived,
    Unbuildable,
}

/// Runs every mutant whose rule holds `word`.
pub fn run(root: &Path, room: &str, word: &str) -> Result<()> {
    let list = root.join("xtask/mutants").join(format!("{room}.txt"));
    let text = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let mutants = parse(&text)?;
    let copy = copy_crate(root, room)?;
    if conversations(&copy)? != Outcome::Survived {
        bail!("the conversations fail although nothing is broken");
    }
    let chosen: Vec<&Mutant> = mutants
        .iter()
        .filter(|mutant| mutant.rule.contains(word))
        .collect();
    let mut survivors = Vec::new();
    for (number, mutant) in chosen.iter().enumerate() {
        let outcome = try_one(&copy, mutant)?;
        let said = match outcome {
            Outcome::Caught => "caught",
            Outcome::Survived => "SURVIVED",
            Outcome::Unbuildable => "DOES NOT BUILD",
        };
        println!("{:3}/{} {said:8} {}", number + 1, chosen.len(), mutant.rule);
        if outcome != Outcome::Caught {
            survivors.push(&mutant.rule);
        }
    }
    let caught = chosen.len() - survivors.len();
    println!("mutants: {caught} of {} caught", chosen.len());
    if survivors.is_empty() {
        return Ok(());
    }
    bail!("{} rules can be broken unnoticed", survivors.len())
}

fn parse(text: &str) -> Result<Vec<Mutant>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let blocks: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    let block = |block: &[&str]| {
        let [rule, file, line, broken] = block else {
            bail!("a block has four lines: {block:?}");
        };
        let part = |line: &str, mark: &str| {
            let rest = line.strip_prefix(mark).map(|rest| rest.trim().to_owned());
            rest.with_context(|| format!("`{line}` does not begin with `{mark}`"))
        };
        let rule = part(rule, "[")?.trim_end_matches(']').to_owned();
        let line = part(line, "- ")?;
        let (nth, line) = match line.split_once(' ') {
            Some((count, rest)) if count.len() == 1 && count.parse::<usize>().is_ok() => {
                (count.parse().ok(), rest.to_owned())
            }
            _ => (None, line),
        };
        Ok(Mutant {
            rule,
            file: PathBuf::from(file),
            nth,
            line,
            broken: part(broken, "+ ")?,
        })
    };
    blocks.chunks(4).map(block).collect()
}

/// The text with the line broken.
fn broken(text: &str, mutant: &Mutant) -> Result<String> {
    let found: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim() == mutant.line)
        .map(|(number, _)| number)
        .collect();
    let at = match (mutant.nth, found.as_slice()) {
        (Some(nth), found) if nth <= found.len() => found[nth - 1],
        (None, [only]) => *only,
        (_, found) => bail!(
            "[{}] `{}` stands {} times in {}",
            mutant.rule,
            mutant.line,
            found.len(),
            mutant.file.display()
        ),
    };
    let lines = text.lines().enumerate();
    let lines = lines.map(|(number, line)| if number == at { &mutant.broken } else { line });
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

fn try_one(copy: &Path, mutant: &Mutant) -> Result<Outcome> {
    let path = copy.join(&mutant.file);
    let whole = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    fs::write(&path, broken(&whole, mutant)?)?;
    let outcome = conversations(copy);
    fs::write(&path, whole)?;
    outcome
}

/// The crate beside the workspace, as a workspace of its own.
fn copy_crate(root: &Path, room: &str) -> Result<PathBuf> {
    let from = root.join("stages").join(room);
    let to = root.join("target/mutants").join(room);
    for folder in ["src", "tests"] {
        let _ = fs::remove_dir_all(to.join(folder));
        copy_folder(&from.join(folder), &to.join(folder))?;
    }
    let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
    fs::write(to.join("Cargo.toml"), manifest_alone(&manifest, root)?)?;
    fs::copy(root.join("Cargo.lock"), to.join("Cargo.lock"))?;
    Ok(to)
}

/// The manifest without what it takes from the workspace.
fn manifest_alone(manifest: &str, root: &Path) -> Result<String> {
    let name = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = "))
        .context("the manifest names its package")?;
    let mut alone = format!(
        "[workspace]\n\n[package]\nname = {name}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [profile.dev]\ndebug = false\n\n[dependencies]\n"
    );
    let whole = fs::read_to_string(root.join("Cargo.toml"))?;
    let (_, versions) = whole
        .split_once("[workspace.dependencies]")
        .context("the workspace names versions")?;
    for line in manifest.lines() {
        let Some(package) = line.strip_suffix(".workspace = true") else {
            continue;
        };
        let room = ROOMS.iter().find(|room| room.package == package);
        if let Some(room) = room {
            let path = root.join(room.path);
            alone += &format!("{package} = {{ path = {path:?} }}\n");
        } else if let Some(line) = versions.lines().find(|line| is_dependency(line, package)) {
            alone += &format!("{line}\n");
        }
    }
    Ok(alone)
}

/// Whether a line of the workspace's manifest says which version of `package` is meant.
fn is_dependency(line: &str, package: &str) -> bool {
    let rest = line.strip_prefix(package);
    rest.is_some_and(|rest| rest.trim_start().starts_with('='))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("an entry has a name")?);
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Builds the crate and runs its conversations.
fn conversations(copy: &Path) -> Result<Outcome> {
    if !cargo(copy, &["build", "--offline", "--quiet", "--lib"])? {
        return Ok(Outcome::Unbuildable);
    }
    let test = ["test", "--offline", "--quiet", "--test", "conversations"];
    Ok(match cargo(copy, &test)? {
        true => Outcome::Survived,
        false => Outcome::Caught,
    })
}

fn cargo(copy: &Path, arguments: &[&str]) -> Result<bool> {
    let target = copy.parent().context("the copy lies in a folder")?;
    let child = Command::new("cargo")
        .args(arguments)
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target.join("target"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cargo")?;
    wait(child)
}

/// False too if it takes too long.
fn wait(mut child: Child) -> Result<bool> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if began.elapsed() > LONGEST {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_a_mutant_breaks_stands_where_it_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for entry in fs::read_dir(root.join("xtask/mutants")).unwrap() {
            let list = entry.unwrap().path();
            let room = list.file_stem().unwrap().to_str().unwrap().to_owned();
            for mutant in parse(&fs::read_to_string(&list).unwrap()).unwrap() {
                let path = root.join("stages").join(&room).join(&mutant.file);
                let text = fs::read_to_string(path).unwrap();
                let changed = broken(&text, &mutant).unwrap();
                assert_ne!(changed, text, "{}", mutant.rule);
            }
        }
    }
}
