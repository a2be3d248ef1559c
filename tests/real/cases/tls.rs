//! Handshakes that fail, and the certificate that is to blame.

use super::Line;
use crate::{
    certificates::Certificate,
    needs::Need::{self, *},
    room::{Room, openssl_server},
    thru::Thru,
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

/// A load from nginx at one of its ports fails with `code`, and that port is to blame.
fn nginx_fails(room: &Room, case: &str, port: u16, code: &str) {
    Thru::new(room, case)
        .with(["--cacert"])
        .with([&room.certificates().root])
        .load(format!("https://127.0.0.1:{port}/"))
        .failed_with(50, code, &format!("127.0.0.1:{port}"), "proven");
}

fn not_tls(room: &Room) {
    nginx_fails(room, "not tls", room.nginx().plain, "tls.not_tls");
}

fn name_invalid(room: &Room) {
    let port = room.nginx().other_name;
    nginx_fails(room, "other name", port, "tls.cert.name_invalid");
}

fn date_invalid(room: &Room) {
    let port = room.nginx().expired;
    nginx_fails(room, "expired", port, "tls.cert.date_invalid");
}

fn authority_invalid(room: &Room) {
    let port = room.nginx().unknown_root;
    nginx_fails(room, "unknown root", port, "tls.cert.authority_invalid");
}

fn self_signed(room: &Room) {
    let port = room.nginx().self_signed;
    nginx_fails(room, "self signed", port, "tls.cert.authority_invalid");
}

/// Without `--cacert`.
fn own_roots(room: &Room) {
    let address = format!("127.0.0.1:{}", room.nginx().secure);
    Thru::new(room, "own roots")
        .load(format!("https://{address}/"))
        .failed_with(50, "tls.cert.authority_invalid", &address, "proven");
}

fn insecure(room: &Room) {
    let port = room.nginx().expired;
    Thru::new(room, "insecure")
        .with(["-k"])
        .load(format!("https://127.0.0.1:{port}/pages/hello.html"))
        .expect_loaded();
}

fn openssl_name(room: &Room) {
    let certificate = &room.certificates().other_name;
    openssl_fails(
        room,
        "openssl-name",
        certificate,
        &[],
        "tls.cert.name_invalid",
    );
}

fn openssl_date(room: &Room) {
    let certificate = &room.certificates().expired;
    openssl_fails(
        room,
        "openssl-date",
        certificate,
        &[],
        "tls.cert.date_invalid",
    );
}

fn openssl_authority(room: &Room) {
    let certificate = &room.certificates().unknown_root;
    let code = "tls.cert.authority_invalid";
    openssl_fails(room, "openssl-authority", certificate, &[], code);
}

fn old_version(room: &Room) {
    let only = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    let code = "tls.version_or_cipher_mismatch";
    openssl_fails(room, "openssl-1.1", &room.certificates().good, &only, code);
}

/// A load from an `openssl s_server` of its own fails with `code`.
fn openssl_fails(room: &Room, case: &str, shown: &Certificate, more: &[&str], code: &str) {
    let server = openssl_server(&room.folder(case), shown, more);
    let address = server.address.to_string();
    Thru::new(room, case)
        .with(["--cacert"])
        .with([&room.certificates().root])
        .load(format!("https://{address}/"))
        .failed_with(50, code, &address, "proven");
}

fn silent(room: &Room) {
    let address = room.breaks_off().address.to_string();
    Thru::new(room, "silent handshake")
        .with(["--connect-timeout", "1"])
        .load(format!("https://{address}/"))
        .failed_with(50, "tls.timed_out", &address, "likely");
}
