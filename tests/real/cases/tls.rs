//! Handshakes that fail, and the certificate that is to blame.

use super::Line;
use crate::{
    needs::Need::{self, *},
    nginx,
    room::{Room, openssl_server},
    thru::{Loaded, Thru},
};

const NGINX: &[Need] = &[Nginx];

pub const CASES: &[Line] = &[
    ("https to nginx's port of http", NGINX, not_tls),
    (
        "nginx shows a certificate for another name",
        NGINX,
        name_invalid,
    ),
    (
        "nginx shows a certificate that is over",
        NGINX,
        date_invalid,
    ),
    (
        "nginx shows a certificate of an unknown root",
        NGINX,
        authority_invalid,
    ),
    (
        "nginx shows a certificate that signed itself",
        NGINX,
        self_signed,
    ),
    ("the machine's own roots do not know ours", NGINX, own_roots),
    ("-k goes on", &[Nginx, Pages], insecure),
    (
        "openssl shows a certificate for another name",
        &[Openssl],
        openssl_name,
    ),
    (
        "openssl shows a certificate that is over",
        &[Openssl],
        openssl_date,
    ),
    (
        "openssl shows a certificate of an unknown root",
        &[Openssl],
        openssl_authority,
    ),
    ("openssl speaks only TLS 1.1", &[Openssl], old_version),
    ("a handshake is never answered", &[Python], silent),
];

fn from_nginx(room: &Room, case: &str, port: fn(&nginx::Nginx) -> u16) -> Loaded {
    Thru::new(room, case)
        .with(["--cacert"])
        .with([&room.certificates().root])
        .load(format!(
            "https://127.0.0.1:{}/pages/hello.html",
            port(room.nginx())
        ))
}

fn not_tls(room: &Room) {
    from_nginx(room, "not tls", |nginx| nginx.plain).failed_with(
        50,
        "tls.not_tls",
        "127.0.0.1",
        "proven",
    );
}

fn name_invalid(room: &Room) {
    from_nginx(room, "other name", |nginx| nginx.other_name).failed_with(
        50,
        "tls.cert.name_invalid",
        "127.0.0.1",
        "proven",
    );
}

fn date_invalid(room: &Room) {
    from_nginx(room, "expired", |nginx| nginx.expired).failed_with(
        50,
        "tls.cert.date_invalid",
        "127.0.0.1",
        "proven",
    );
}

fn authority_invalid(room: &Room) {
    from_nginx(room, "unknown root", |nginx| nginx.unknown_root).failed_with(
        50,
        "tls.cert.authority_invalid",
        "127.0.0.1",
        "proven",
    );
}

fn self_signed(room: &Room) {
    from_nginx(room, "self signed", |nginx| nginx.self_signed).failed_with(
        50,
        "tls.cert.authority_invalid",
        "127.0.0.1",
        "proven",
    );
}

fn own_roots(room: &Room) {
    let port = room.nginx().secure;
    Thru::new(room, "own roots")
        .load(format!("https://127.0.0.1:{port}/pages/hello.html"))
        .failed_with(50, "tls.cert.authority_invalid", "127.0.0.1", "proven");
}

fn insecure(room: &Room) {
    let port = room.nginx().expired;
    Thru::new(room, "insecure")
        .with(["-k"])
        .load(format!("https://127.0.0.1:{port}/pages/hello.html"))
        .is_loaded();
}

fn openssl_name(room: &Room) {
    from_openssl(room, "openssl-name", |all| &all.other_name).failed_with(
        50,
        "tls.cert.name_invalid",
        "127.0.0.1",
        "proven",
    );
}

fn openssl_date(room: &Room) {
    from_openssl(room, "openssl-date", |all| &all.expired).failed_with(
        50,
        "tls.cert.date_invalid",
        "127.0.0.1",
        "proven",
    );
}

fn openssl_authority(room: &Room) {
    from_openssl(room, "openssl-authority", |all| &all.unknown_root).failed_with(
        50,
        "tls.cert.authority_invalid",
        "127.0.0.1",
        "proven",
    );
}

type Choice = fn(&crate::certificates::Certificates) -> &crate::certificates::Certificate;

fn from_openssl(room: &Room, case: &str, choice: Choice) -> Loaded {
    let certificates = room.certificates();
    let server = openssl_server(&room.folder(case), choice(certificates), &[]);
    Thru::new(room, case)
        .with(["--cacert"])
        .with([&certificates.root])
        .load(format!("https://127.0.0.1:{}/", server.port()))
}

fn old_version(room: &Room) {
    let certificates = room.certificates();
    let folder = room.folder("old-version");
    let only = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    let server = openssl_server(&folder, &certificates.good, &only);
    Thru::new(room, "old version")
        .with(["--cacert"])
        .with([&certificates.root])
        .load(format!("https://127.0.0.1:{}/", server.port()))
        .failed_with(50, "tls.version_or_cipher_mismatch", "127.0.0.1", "proven");
}

fn silent(room: &Room) {
    let port = room.breaks_off().port();
    Thru::new(room, "silent handshake")
        .with(["--connect-timeout", "1"])
        .load(format!("https://127.0.0.1:{port}/"))
        .failed_with(50, "tls.timed_out", "127.0.0.1", "likely");
}
