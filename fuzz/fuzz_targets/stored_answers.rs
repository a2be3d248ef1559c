#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| thru_fuzz::stored_answers(octets));
