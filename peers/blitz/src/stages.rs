//! CPU time by stage, in the words of Throughline's stages.

use std::fmt::Write;

/// Stages, and the phases that make each: those that Blitz and its raster name, and those that are
/// timed around its calls.
///
/// What cannot be told apart: style elements are parsed within `parse`; lines are broken within
/// `layout`, so that `text` is shaping alone; the painting order is part of `paint`.
const STAGES: [(&str, &[&str]); 8] = [
    ("parse", &["decode", "parse", "attach"]),
    ("style", &["sheets", "style"]),
    ("boxes", &["mark_all", "damage", "construct"]),
    ("text", &["pconstruct"]),
    ("layout", &["layout", "transform"]),
    ("paint", &["paint_tree", "c_damage", "cmds"]),
    ("raster", &["renderer", "flush", "render", "maintain"]),
    ("media", &["media"]),
];

/// Adds the CPU time of `work` to a phase.
pub fn timed<T>(phase: &'static str, work: impl FnOnce() -> T) -> T {
    let before = debug_timer::cpu_nanos();
    let done = work();
    debug_timer::add(phase, debug_timer::cpu_nanos() - before);
    done
}

/// One JSON object: milliseconds of CPU by stage, and the text file of the picture.
pub fn line() -> String {
    let phases = debug_timer::take();
    let sum = |names: &[&str]| {
        let spent = phases.iter().filter(|(phase, _)| names.contains(phase));
        spent.map(|(_, nanos)| *nanos).sum::<u64>() as f64 / 1e6
    };
    let mut line = String::from("{");
    for (stage, names) in STAGES {
        // Writing into a string does not fail.
        let _ = write!(line, "\"{stage}\":{:.3},", sum(names));
    }
    let _ = write!(line, "\"png\":{:.3}}}", sum(&["png"]));
    line
}
