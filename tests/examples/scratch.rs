use bytes::Bytes;
use futures_util::FutureExt;
use std::rc::Rc;
use thru_load::*;
struct Still;
impl thru_port::CpuClock for Still { fn nanos(&self) -> u64 { 0 } }
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let root = std::path::Path::new(&path).parent().unwrap().to_owned();
    let fonts = thru_host::fonts::installed().into_iter().filter(|f| { let n = f.path.to_string_lossy().into_owned(); !n.contains("Condensed") && !n.contains("Oblique") && !n.contains("Math") && !n.contains("ExtraLight") && !(n.contains("DejaVuSerif") && n.contains("Italic")) })
        .map(|f| FontSource { name: f.path.display().to_string(), bytes: f.bytes }).collect();
    let fetch = LocalFetch::new(move |url: &url::Url| {
        let file = root.join(url.path().trim_start_matches('/'));
        Some((Bytes::from(std::fs::read(&file).ok()?), match file.extension()?.to_str()? { "html" => Some("text/html; charset=utf-8".into()), "css" => Some("text/css".into()), "svg" => Some("image/svg+xml".into()), _ => None }))
    });
    let name = std::path::Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
    let url = url::Url::parse(&format!("http://x/{name}")).unwrap();
    let document = fetch.document(&url).unwrap();
    let options = PageOptions::new(Rc::new(InstalledFonts::new(fonts)));
    let picture = render(&fetch, document, &options, &thru_events::Tap::off(), &Still).now_or_never().unwrap().unwrap();
    if let Some(out) = std::env::args().nth(2) { std::fs::write(out, picture.png()).unwrap(); }
    for b in &picture.boxes { println!("{:.2?} {}", b.area, b.path); }
    eprintln!("{:?} {:?}", picture.document, picture.findings);
}
