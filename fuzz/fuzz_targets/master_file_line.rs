#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| thru_fuzz::master_file_line(octets));
