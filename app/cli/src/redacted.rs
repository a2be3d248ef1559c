//! The command line as it may be shown and saved.

/// The arguments after the program's name; values that may be secrets are left out.
pub fn command_line() -> Vec<String> {
    const SECRET: [&str; 6] = ["-H", "--header", "-b", "--cookie", "-u", "--user"];
    let mut hide_next = false;
    let mut shown = Vec::new();
    for word in std::env::args_os().skip(1) {
        let word = word.to_string_lossy().into_owned();
        let hidden = std::mem::replace(&mut hide_next, SECRET.contains(&word.as_str()));
        let joined = SECRET.iter().find(|name| {
            let long = name.starts_with("--") && word.starts_with(&format!("{name}="));
            let short = !name.starts_with("--") && word.starts_with(*name) && word.len() > 2;
            !word.starts_with("--") && short || long
        });
        shown.push(match (hidden, joined) {
            (true, _) => "(redacted)".to_owned(),
            (false, Some(name)) => format!("{name} (redacted)"),
            (false, None) => word,
        });
    }
    shown
}
