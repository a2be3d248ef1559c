use super::{list, number};
use crate::units::octets;
use thru_events::{http::HttpEvent, tls::TlsEvent};

pub fn tls(event: &TlsEvent) -> String {
    match event {
        TlsEvent::HandshakeStarted {
            connection,
            server_name,
            alpn,
        } => {
            format!(
                "{}: handshake for {server_name}, offering {}",
                number(connection),
                list(alpn)
            )
        }
        TlsEvent::RecordSeen {
            connection,
            direction,
            content_type,
            length,
        } => {
            format!(
                "{}: {direction} record {content_type}, {}",
                number(connection),
                octets(*length)
            )
        }
        TlsEvent::MessageSeen {
            connection,
            direction,
            message,
            ..
        } => {
            format!("{}: {direction} {message}", number(connection))
        }
        TlsEvent::CertificatesReceived { connection, chain } => {
            let subjects: Vec<&str> = chain.iter().map(|facts| facts.subject.as_str()).collect();
            format!(
                "{}: {} {}: {}",
                number(connection),
                chain.len(),
                match chain.len() {
                    1 => "certificate",
                    _ => "certificates",
                },
                subjects.join(" ← ")
            )
        }
        TlsEvent::ChainVerified {
            connection,
            trusted,
            why,
        } => {
            let verdict = if *trusted { "trusted" } else { "not trusted" };
            format!("{}: the chain is {verdict}: {why}", number(connection))
        }
        TlsEvent::KeyLogged {
            connection, label, ..
        } => format!("{}: key {label}", number(connection)),
        TlsEvent::HandshakeDone {
            connection,
            version,
            cipher,
            group,
            alpn,
            resumed,
        } => format!(
            "{}: {version}, {group}, {cipher}, {}{}",
            number(connection),
            alpn.as_deref().unwrap_or("no ALPN"),
            if *resumed { ", resumed" } else { "" }
        ),
        TlsEvent::AlertSeen {
            connection,
            direction,
            alert,
        } => {
            format!("{}: {direction} alert {alert}", number(connection))
        }
        TlsEvent::HandshakeFailed { connection, why } => {
            format!("{}: handshake failed: {why}", number(connection))
        }
    }
}

pub fn http(event: &HttpEvent) -> String {
    match event {
        HttpEvent::Initiated {
            request,
            url,
            kind,
            initiator,
        } => {
            format!(
                "request {}: {kind} {url}, asked for by {initiator}",
                request.0
            )
        }
        HttpEvent::RequestSent {
            request,
            connection,
            version,
            method,
            url,
            reused,
            ..
        } => format!(
            "request {}: {method} {url}, {version} over {}{}",
            request.0,
            number(connection),
            if *reused { " (reused)" } else { "" }
        ),
        HttpEvent::ResponseStarted {
            request,
            status,
            version,
            ..
        } => {
            format!("request {}: {version} {status}", request.0)
        }
        HttpEvent::ResponseFinished {
            request,
            encoded,
            decoded,
            coding,
        } => {
            let coding = coding
                .as_ref()
                .map(|coding| format!(" ({coding}: {decoded} octets)"));
            format!(
                "request {}: body of {encoded} octets{}",
                request.0,
                coding.unwrap_or_default()
            )
        }
        HttpEvent::Redirected {
            request,
            status,
            location,
        } => {
            format!("request {}: {status} leads to {location}", request.0)
        }
        HttpEvent::RequestFailed { request, why } => {
            format!("request {}: failed: {why}", request.0)
        }
        HttpEvent::FrameSeen {
            connection,
            direction,
            kind,
            stream,
            length,
            ..
        } => format!(
            "{}: {direction} {kind} on stream {stream}, {}",
            number(connection),
            octets(*length)
        ),
        HttpEvent::ConnectionReused {
            request,
            connection,
        } => {
            format!("request {}: takes {} again", request.0, number(connection))
        }
        HttpEvent::FileRead {
            request,
            path,
            length,
        } => format!("request {}: file {path}, {length} octets", request.0),
    }
}
