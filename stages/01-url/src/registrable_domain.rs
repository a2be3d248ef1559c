//! HTML, "registrable domain": the public suffix and one label more.

use std::net::IpAddr;

/// The public suffix of a host name (`co.uk` of `www.example.co.uk`); none of an address.
pub fn public_suffix(host: &str) -> Option<&str> {
    named(host).and_then(|name| psl::suffix_str(name))
}

/// The registrable domain of a host name; none of an address or a public suffix itself.
pub fn registrable_domain(host: &str) -> Option<&str> {
    named(host).and_then(|name| psl::domain_str(name))
}

fn named(host: &str) -> Option<&str> {
    let address = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
    (!address && !host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrable_domain_is_one_label_below_the_public_suffix() {
        assert_eq!(
            registrable_domain("www.a.example.co.uk"),
            Some("example.co.uk")
        );
        assert_eq!(public_suffix("www.example.co.uk"), Some("co.uk"));
        assert_eq!(registrable_domain("shop.lab"), Some("shop.lab"));
        assert_eq!(registrable_domain("co.uk"), None);
        assert_eq!(registrable_domain("192.0.2.1"), None);
        assert_eq!(registrable_domain("[::1]"), None);
    }
}
