//! The frames of a trip as a pcapng capture, with keys and comments.
//!
//! Stage: after the journey.
//! In: a journal; the vantage whose frames are taken. Out: octets of a pcapng file.
//! Emits: nothing.
//! How it works: a section header that says what this is, one interface, a decryption secrets
//! block, then one enhanced packet block for each frame, in order, with the event's id, the step of
//! the journey and its sentence as comment (draft-ietf-opsawg-pcapng).
//! Not here: frames of the host world: none are captured yet, and none are invented.

mod comment;

use comment::Comments;
use thru_events::{Entry, Event, Vantage, link::LinkEvent, tls::TlsEvent};
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

/// Why there is no capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCapture {
    /// No frames were seen at that place.
    NoFrames,
}

impl std::fmt::Display for NoCapture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no frames were seen there: the host world's frames are not captured yet")
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
    section_header(&mut out, journal);
    interface(&mut out, journal, at);
    if secrets || journal.header.world == World::Lab {
        keys(&mut out, journal);
    }
    let comments = Comments::of(journal);
    for entry in frames {
        packet(&mut out, journal, entry, &comments.words(entry));
    }
    Ok(out)
}

fn is_frame(event: &Event) -> bool {
    matches!(
        event,
        Event::Link(LinkEvent::FrameSent { .. } | LinkEvent::FrameReceived { .. })
    )
}

fn section_header(out: &mut Vec<u8>, journal: &Journal) {
    let comment = match journal.header.world {
        World::Lab => {
            "simulated: every frame was made in Throughline's lab, none was on a real wire"
        }
        World::Host => "frames of the host world",
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

fn interface(out: &mut Vec<u8>, journal: &Journal, at: Vantage) {
    let name = match journal.header.world {
        World::Lab => format!("{} (simulated)", crate::place(journal, at)),
        World::Host => crate::place(journal, at),
    };
    let mut body = Vec::new();
    body.extend(LINKTYPE_ETHERNET.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    body.extend(SNAPSHOT_LENGTH.to_le_bytes());
    option(&mut body, OPTION_INTERFACE_NAME, name.as_bytes());
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

fn packet(out: &mut Vec<u8>, journal: &Journal, entry: &Entry, comment: &str) {
    let Some(span) = entry.span else { return };
    let octets = journal.octets(span);
    let at = entry.at.0;
    let mut body = Vec::new();
    body.extend(0_u32.to_le_bytes());
    body.extend(((at >> 32) as u32).to_le_bytes());
    body.extend((at as u32).to_le_bytes());
    body.extend((octets.len() as u32).to_le_bytes());
    body.extend((octets.len() as u32).to_le_bytes());
    body.extend(octets);
    pad(&mut body);
    option(&mut body, OPTION_COMMENT, comment.as_bytes());
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
