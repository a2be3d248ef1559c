//! The first word: a command, or something to load.

use std::ffi::OsString;

/// Commands that are built.
pub const BUILT: [&str; 12] = [
    "load", "demo", "shot", "why", "open", "explain", "doctor", "lab", "schema", "serve", "dns",
    "help",
];

/// Commands of the contract that are not built.
pub const NOT_BUILT: [&str; 8] = [
    "view",
    "diff",
    "cache",
    "cookies",
    "ca",
    "batch",
    "completions",
    "man",
];

/// The arguments with `load` put in where no command stands, or the command that is not built.
pub fn with_command(mut arguments: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let Some(first) = arguments.get(1).map(|word| word.to_string_lossy()) else {
        return Ok(arguments);
    };
    if NOT_BUILT.contains(&first.as_ref()) {
        return Err(first.into_owned());
    }
    let asks_for_help = ["-h", "--help", "-V", "--version"].contains(&first.as_ref());
    if !asks_for_help && !BUILT.contains(&first.as_ref()) {
        arguments.insert(1, "load".into());
    }
    Ok(arguments)
}

/// A first word that will be loaded but is at most two letters away from a command.
pub fn nearly_a_command(arguments: &[OsString]) -> Option<(&str, &'static str)> {
    let word = arguments.get(1)?.to_str()?;
    let plain = word.len() > 3 && word.bytes().all(|octet| octet.is_ascii_lowercase());
    if !plain || BUILT.contains(&word) || NOT_BUILT.contains(&word) {
        return None;
    }
    let near = BUILT.into_iter().filter(|command| command.len() > 3);
    let (distance, command) = near
        .map(|command| (thru_lab::faults::distance(word, command), command))
        .min()?;
    (distance <= 2).then_some((word, command))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<String, String> {
        let words = line.split(' ').map(OsString::from).collect();
        let read = with_command(words)?;
        let words: Vec<_> = read.iter().map(|word| word.to_string_lossy()).collect();
        Ok(words.join(" "))
    }

    #[test]
    fn a_first_word_that_is_a_command_is_the_command() {
        assert_eq!(read("thru demo").unwrap(), "thru demo");
        assert_eq!(read("thru load dns").unwrap(), "thru load dns");
        assert_eq!(read("thru dns cache").unwrap(), "thru dns cache");
        assert_eq!(read("thru lab run x").unwrap(), "thru lab run x");
        assert_eq!(read("thru view x").unwrap_err(), "view");
    }

    #[test]
    fn anything_else_is_loaded() {
        assert_eq!(read("thru example.org").unwrap(), "thru load example.org");
        assert_eq!(read("thru --json x").unwrap(), "thru load --json x");
        assert_eq!(read("thru --help").unwrap(), "thru --help");
    }

    #[test]
    fn a_mistyped_command_is_named() {
        let near = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            nearly_a_command(&words).map(|(_, command)| command)
        };
        assert_eq!(near("thru dmeo"), Some("demo"));
        assert_eq!(near("thru docter"), Some("doctor"));
        for line in [
            "thru",
            "thru demo",
            "thru load dmeo",
            "thru example.org",
            "thru dnx",
            "thru intranet",
        ] {
            assert_eq!(near(line), None, "{line}");
        }
    }
}
