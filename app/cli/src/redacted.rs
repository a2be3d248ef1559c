//! The command line as it may be shown and saved.

/// Short options that take a value, of which [`SECRET`] may be secrets.
const WITH_VALUE: &str = "oHbuAemXdx";

/// Short options whose values are left out.
const SECRET: &str = "Hbu";

/// Long options whose values are left out.
const SECRET_WORDS: [&str; 3] = ["--header", "--cookie", "--user"];

/// The arguments after the program's name; values that may be secrets are left out, also user
/// names and passwords in URLs.
pub fn command_line() -> Vec<String> {
    let words = std::env::args_os().skip(1);
    redacted(words.map(|word| word.to_string_lossy().into_owned()))
}

fn redacted(words: impl Iterator<Item = String>) -> Vec<String> {
    const HIDDEN: &str = "(redacted)";
    let mut hide_next = false;
    let mut shown = Vec::new();
    for word in words {
        if std::mem::take(&mut hide_next) {
            shown.push(HIDDEN.to_owned());
            continue;
        }
        match secret_of(&word) {
            Secret::None => shown.push(thru_url::without_credentials(&word)),
            Secret::Next => {
                hide_next = true;
                shown.push(word);
            }
            Secret::From(at) => shown.push(format!("{}{HIDDEN}", &word[..at])),
        }
    }
    shown
}

/// Where the secret of a word is.
enum Secret {
    None,
    Next,
    /// In the word itself, from this octet on.
    From(usize),
}

fn secret_of(word: &str) -> Secret {
    if let Some(name) = SECRET_WORDS.iter().find(|name| word.starts_with(**name)) {
        return match &word[name.len()..] {
            "" => Secret::Next,
            rest if rest.starts_with('=') => Secret::From(name.len() + 1),
            _ => Secret::None,
        };
    }
    if word.starts_with("--") || !word.starts_with('-') {
        return Secret::None;
    }
    // Of short options written together the first that takes a value takes the rest.
    let takes = word
        .char_indices()
        .skip(1)
        .find(|(_, c)| WITH_VALUE.contains(*c));
    match takes {
        Some((at, c)) if SECRET.contains(c) => match at + 1 == word.len() {
            true => Secret::Next,
            false => Secret::From(at + 1),
        },
        _ => Secret::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        redacted(line.split(' ').map(str::to_owned)).join(" ")
    }

    #[test]
    fn values_of_header_cookie_and_user_are_left_out() {
        assert_eq!(shown("-H a:b -k x"), "-H (redacted) -k x");
        assert_eq!(shown("-kH a:b"), "-kH (redacted)");
        assert_eq!(
            shown("-4ba=b --user=u:p"),
            "-4b(redacted) --user=(redacted)"
        );
        assert_eq!(shown("--cookie a=b"), "--cookie (redacted)");
        assert_eq!(shown("http://u:p@h/"), "http://(redacted)@h/");
    }

    #[test]
    fn other_values_stay() {
        assert_eq!(shown("-o Hb --headers x"), "-o Hb --headers x");
        assert_eq!(shown("-oHb -m 3"), "-oHb -m 3");
    }
}
