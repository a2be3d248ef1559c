//! The frames of a trip as a pcapng capture, with keys and comments.
//!
//! Stage: after the journey.
//! In: a journal; the vantage whose frames are taken. Out: octets of a pcapng file.
//! Emits: nothing.
//! How it works: a section header that says what this is, the interfaces, a decryption secrets
//! block, then one enhanced packet block for each frame, in order, with the event's id, the step of
//! the journey and its sentence as comment (draft-ietf-opsawg-pcapng). Frames of the host world were
//! captured, or put together from what the sockets carried: section, interface and comment say which.
//! Not here: capturing and putting together (`net/host/src/capture`).

mod comment;

use comment::Comments;
use thru_events::{Entry, Event, Provenance, Vantage, link::LinkEvent, tls::TlsEvent};
use thru_journal::{Journal, World};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;
const TLS_KEY_LOG: u32 = 0x544c_534b;
const LINKTYPE_ETHERNET: u16 = 1;
const SNAPSHOT_LENGTH: u32 = 0;

const OPTION_COMMENT: u16 = 1;
const OPTION_APPLICATION: u16 = 4;
const OPTION_INTERFACE_NAME: u16 = 2;
const OPTION_TIME_RESOLUTION: u16 = 9;
const OPTION_TIME_OFFSET: u16 = 14;
const OPTION_INTERFACE_DESCRIPTION: u16 = 3;
const OPTION_FLAGS: u16 = 2;
/// Directions in a packet's flags.
const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;

const SIMULATED: &str =
    "simulated: every frame was made in Throughline's lab, none was on a real wire";
const CAPTURED: &str = "captured on this machine by AF_PACKET: frames of this load's own connections, ARP and NDP of its next hops, ICMP errors about its packets; nothing else was kept. A checksum that was left to the adapter is not computed yet; the packet's comment says so";
const PUT_TOGETHER: &str = "put together, not captured: nobody saw these frames. Each was made from what a socket of this load carried. Made up are: sequence numbers (relative, from 0 at both ends), hardware addresses, hop limits, windows, where data is cut into segments, and acknowledgements";

/// Why there is no capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCapture {
    /// No frames were seen at that place.
    NoFrames,
}

impl std::fmt::Display for NoCapture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there are no frames of that place: none was recorded")
    }
}

/// The frames sent and received at `at`. The lab's keys are no secrets and always go along; those
/// of the host world only with `secrets`.
pub fn pcapng(journal: &Journal, at: Vantage, secrets: bool) -> Result<Vec<u8>, NoCapture> {
    let frames: Vec<&Entry> = journal
        .entries
        .iter()
        .filter(|entry| entry.vantage == at && is_frame(&entry.event))
        .collect();
    if frames.is_empty() {
        return Err(NoCapture::NoFrames);
    }
    let mut out = Vec::new();
    section_header(&mut out, journal, &frames);
    let interfaces = Interfaces::of(journal, at, &frames);
    for (name, description) in &interfaces.all {
        interface(&mut out, journal, name, description);
    }
    if secrets || journal.header.world == World::Lab {
        keys(&mut out, journal);
    }
    let comments = Comments::of(journal);
    for entry in frames {
        let words = comments.words(entry);
        packet(&mut out, journal, entry, interfaces.number(entry), &words);
    }
    Ok(out)
}

fn is_frame(event: &Event) -> bool {
    matches!(
        event,
        Event::Link(
            LinkEvent::FrameSent { .. }
                | LinkEvent::FrameReceived { .. }
                | LinkEvent::FramePassed { .. }
        )
    )
}

fn section_header(out: &mut Vec<u8>, journal: &Journal, frames: &[&Entry]) {
    let is_made = |entry: &&Entry| entry.provenance == Provenance::Inferred;
    let made = frames.iter().filter(|entry| is_made(entry)).count();
    let comment = match journal.header.world {
        World::Lab => SIMULATED,
        World::Host if made == 0 => CAPTURED,
        World::Host => PUT_TOGETHER,
    };
    let mut body = Vec::new();
    body.extend(0x1a2b_3c4d_u32.to_le_bytes());
    body.extend(1_u16.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    body.extend((-1_i64).to_le_bytes());
    option(&mut body, OPTION_COMMENT, comment.as_bytes());
    option(
        &mut body,
        OPTION_APPLICATION,
        journal.header.program.as_bytes(),
    );
    end_of_options(&mut body);
    block(out, SECTION_HEADER, &body);
}

/// The interfaces that frames passed: names and descriptions, in order of their first frame.
struct Interfaces {
    all: Vec<(String, &'static str)>,
}

impl Interfaces {
    fn of(journal: &Journal, at: Vantage, frames: &[&Entry]) -> Interfaces {
        let mut interfaces = Interfaces { all: Vec::new() };
        if journal.header.world == World::Lab {
            let name = format!("{} (simulated)", crate::place(journal, at));
            interfaces.all.push((name, ""));
            return interfaces;
        }
        for entry in frames {
            let named = Interfaces::named(entry);
            if !interfaces.all.contains(&named) {
                interfaces.all.push(named);
            }
        }
        interfaces
    }

    fn named(entry: &Entry) -> (String, &'static str) {
        match (&entry.event, entry.provenance) {
            (_, Provenance::Inferred) => (
                "put together (not captured)".to_owned(),
                "no interface: frames made from what the sockets of this load carried",
            ),
            (Event::Link(LinkEvent::FramePassed { interface, .. }), _) => (
                interface.clone(),
                "captured by AF_PACKET, this load's connections only",
            ),
            _ => ("near".to_owned(), ""),
        }
    }

    /// The number of the interface that a frame passed; one for all in the lab.
    fn number(&self, entry: &Entry) -> u32 {
        let named = Interfaces::named(entry);
        let at = self.all.iter().position(|known| *known == named);
        at.unwrap_or_default() as u32
    }
}

fn interface(out: &mut Vec<u8>, journal: &Journal, name: &str, description: &str) {
    let mut body = Vec::new();
    body.extend(LINKTYPE_ETHERNET.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    body.extend(SNAPSHOT_LENGTH.to_le_bytes());
    option(&mut body, OPTION_INTERFACE_NAME, name.as_bytes());
    if !description.is_empty() {
        let description = description.as_bytes();
        option(&mut body, OPTION_INTERFACE_DESCRIPTION, description);
    }
    option(&mut body, OPTION_TIME_RESOLUTION, &[9]);
    option(
        &mut body,
        OPTION_TIME_OFFSET,
        &journal.header.started_at.to_le_bytes(),
    );
    end_of_options(&mut body);
    block(out, INTERFACE_DESCRIPTION, &body);
}

fn keys(out: &mut Vec<u8>, journal: &Journal) {
    let mut log = String::new();
    for entry in &journal.entries {
        if let Event::Tls(TlsEvent::KeyLogged { line, .. }) = &entry.event {
            log.push_str(line.expose().trim_end());
            log.push('\n');
        }
    }
    if log.is_empty() {
        return;
    }
    let mut body = Vec::new();
    body.extend(TLS_KEY_LOG.to_le_bytes());
    body.extend((log.len() as u32).to_le_bytes());
    body.extend(log.as_bytes());
    pad(&mut body);
    block(out, DECRYPTION_SECRETS, &body);
}

fn packet(out: &mut Vec<u8>, journal: &Journal, entry: &Entry, interface: u32, comment: &str) {
    let Some(span) = entry.span else { return };
    let octets = journal.octets(span);
    // A captured frame is recorded a little after it passed.
    let (at, length, direction) = match &entry.event {
        Event::Link(LinkEvent::FramePassed {
            passed,
            length,
            outgoing,
            ..
        }) => (
            passed.0,
            *length,
            Some(if *outgoing { OUTBOUND } else { INBOUND }),
        ),
        _ => (entry.at.0, octets.len() as u32, None),
    };
    let mut body = Vec::new();
    body.extend(interface.to_le_bytes());
    body.extend(((at >> 32) as u32).to_le_bytes());
    body.extend((at as u32).to_le_bytes());
    body.extend((octets.len() as u32).to_le_bytes());
    body.extend(length.max(octets.len() as u32).to_le_bytes());
    body.extend(octets);
    pad(&mut body);
    option(&mut body, OPTION_COMMENT, comment.as_bytes());
    if let Some(direction) = direction {
        option(&mut body, OPTION_FLAGS, &direction.to_le_bytes());
    }
    end_of_options(&mut body);
    block(out, ENHANCED_PACKET, &body);
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = (body.len() + 12) as u32;
    out.extend(kind.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(body);
    out.extend(length.to_le_bytes());
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}
