//! Bytes with addresses: where a value was found is never lost.
//!
//! Stage: base, below every stage.
//! In: byte slices. Out: values together with the [`Span`] they were read from.
//! Emits: nothing.
//! How it works: [`Reader`] walks a slice and remembers its offset; every refusal is a
//! [`Malformed`] that names the offset, the field, what was found and what was expected.
//! [`PacketBuffer`] is a packet on its way down, whose headers are put in front one by one.
//! Not here: storage of the bytes (`journal`), meaning of the bytes (the stages).

mod packet;
mod reader;
mod span;
mod writer;

pub use packet::PacketBuffer;
pub use reader::{Malformed, Reader};
pub use span::{BytesId, Span};
pub use writer::Writer;
