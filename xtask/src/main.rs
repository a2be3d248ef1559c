//! The workshop: tidy, suites, bench.

fn main() {}
