//! What intermediaries say of the way behind them (`Proxy-Status`, RFC 9209).

/// One member of the list that tells of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Who says it.
    pub name: String,
    /// Its error type, if it made the answer itself.
    pub error: Option<String>,
    /// Whom it asked.
    pub next_hop: Option<String>,
    /// The status that it was given and passes on.
    pub received: Option<u16>,
}

/// The member that knows most of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its words.
    pub member: Member,
    /// Another intermediary stands before it: a further member follows in the list.
    pub asked_by_another: bool,
}

/// The member nearest to the origin that tells of a failure: the first one (section 2 puts the
/// proxy closest to the origin first) with an error, or with a server error that it received.
pub(crate) fn nearest_failure(list: &str) -> Option<Told> {
    let mut members = split(list, ',').map(read);
    let failed =
        |member: &Member| member.error.is_some() || member.received.is_some_and(|code| code >= 500);
    let member = members.find(failed)?;
    Some(Told {
        member,
        asked_by_another: members.next().is_some(),
    })
}

fn read(member: &str) -> Member {
    let mut parts = split(member, ';');
    let mut read = Member {
        name: unquoted(parts.next().unwrap_or("")),
        error: None,
        next_hop: None,
        received: None,
    };
    for part in parts {
        match part.trim().split_once('=') {
            Some(("error", value)) => read.error = Some(unquoted(value)),
            Some(("next-hop", value)) => read.next_hop = Some(unquoted(value)),
            Some(("received-status", value)) => read.received = value.trim().parse().ok(),
            _ => {}
        }
    }
    read
}

/// Splits at `mark`, but not within quotes.
fn split(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |letter: char| {
        let was_escaped = escaped;
        escaped = quoted && !was_escaped && letter == '\\';
        if letter == '"' && !was_escaped {
            quoted = !quoted;
        }
        letter == mark && !quoted
    })
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_to_the_origin_is_told() {
        let list = "web1; next-hop=\"app1\"; received-status=500, lb; next-hop=\"web1\"; received-status=500";
        let member = nearest_failure(list).expect("a failure is told").member;
        assert_eq!(member.name, "web1");
        assert_eq!(member.next_hop.as_deref(), Some("app1"));
    }

    #[test]
    fn quoted_marks_are_no_marks() {
        let list = r#"cache; details="a, b; error=none \" c", lb; error=destination_unavailable"#;
        let member = nearest_failure(list).expect("a failure is told").member;
        assert_eq!(member.name, "lb");
        assert_eq!(member.error.as_deref(), Some("destination_unavailable"));
    }

    #[test]
    fn a_good_answer_tells_of_no_failure() {
        assert_eq!(
            nearest_failure("lb; next-hop=web1; received-status=200"),
            None
        );
        assert_eq!(nearest_failure(""), None);
    }
}
