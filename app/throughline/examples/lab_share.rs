//! The lab's share of a trip: the demo, recorded and painted, so many times in one process, with the
//! CPU's time told apart. `cargo xtask bench wire` runs this and prints the row.

use throughline::{Lab, Options, Recording, World};
use thru_port::CpuClock;

const RUNS: u64 = 20;

fn main() {
    let began = thru_host::ProcessCpu.nanos();
    let (mut world, mut before) = (0, 0);
    for seed in 0..RUNS {
        let mut options = Options::new("https://shop.lab/".to_owned());
        options.recording = Some(Recording::default());
        options.world = World::Lab(Lab {
            seed,
            weigh: true,
            ..Lab::default()
        });
        let trip = match throughline::load(options) {
            Ok(trip) => trip,
            Err(failure) => {
                eprintln!("{failure}");
                std::process::exit(1);
            }
        };
        world += trip.lab_cpu_ns.world;
        before += trip.lab_cpu_ns.before;
    }
    let all = thru_host::ProcessCpu.nanos() - began;
    let each = |nanos: u64| nanos as f64 / RUNS as f64 / 1e6;
    println!(
        "{{\"all_ms\":{},\"world_ms\":{},\"before_ms\":{}}}",
        each(all),
        each(world),
        each(before)
    );
}
