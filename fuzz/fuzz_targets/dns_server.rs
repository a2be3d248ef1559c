#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| thru_fuzz::dns_server(octets));
