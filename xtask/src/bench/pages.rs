//! The pages of the growth bench, made to a size.

use std::fmt::Write;

/// A kind of page.
pub struct Kind {
    /// In words.
    pub name: &'static str,
    /// The whole figure.
    pub n: usize,
    body: fn(usize) -> String,
    style: &'static str,
}

/// What is measured, each with the size that it is to bear.
pub const KINDS: [Kind; 6] = [
    Kind {
        name: "text octets",
        n: 1_000_000,
        body: text,
        style: "",
    },
    Kind {
        name: "floats",
        n: 10_000,
        body: floats,
        style: "i { float: left; width: 20px; height: 20px } .b { width: 33px; height: 47px } \
                .c { float: right; height: 31px }",
    },
    Kind {
        name: "table cells",
        n: 100_000,
        body: cells,
        style: "",
    },
    Kind {
        name: "flex items",
        n: 20_000,
        body: flex_items,
        style: "main { display: flex; flex-wrap: wrap } i { flex: 1 0 auto; padding: 2px }",
    },
    Kind {
        name: "nested elements",
        n: 5_000,
        body: nested,
        style: "",
    },
    Kind {
        name: "grid columns",
        n: 1_000,
        body: grid_columns,
        style: "main { display: grid; grid-auto-flow: column; grid-template-rows: auto auto }",
    },
];

impl Kind {
    /// The page with `n` of what it is made of.
    pub fn page(&self, n: usize) -> String {
        let (style, body) = (self.style, (self.body)(n));
        format!("<!DOCTYPE html><title>{n}</title><style>{style}</style><body>{body}")
    }
}

/// Words of one to nine letters, always the same, some twenty thousand different ones.
struct Words(u32);

impl Iterator for Words {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        // A linear congruential generator; the low bits repeat soon and are not used.
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mut word = (self.0 >> 8) % 20_011;
        let mut letters = String::new();
        while word > 0 || letters.is_empty() {
            letters.push(char::from(b'a' + (word % 7) as u8 * 3));
            word /= 7 + letters.len() as u32 % 2;
        }
        Some(letters)
    }
}

fn text(octets: usize) -> String {
    let mut page = String::from("<p>");
    let mut words = Words(1);
    while page.len() < octets {
        page += &words.next().unwrap_or_default();
        page.push(' ');
    }
    page
}

fn floats(n: usize) -> String {
    let kinds = ["<i></i>", "<i class=b></i>", "<i></i>", "<i class=c></i>"];
    (0..n).map(|at| kinds[at % kinds.len()]).collect()
}

fn cells(n: usize) -> String {
    const COLUMNS: usize = 10;
    let mut page = String::from("<table>");
    for (at, word) in Words(2).take(n).enumerate() {
        if at % COLUMNS == 0 {
            page += "<tr>";
        }
        // Writing into a string does not fail.
        let _ = write!(page, "<td>{word}");
    }
    page
}

fn flex_items(n: usize) -> String {
    let items: String = Words(3)
        .take(n)
        .map(|word| format!("<i>{word}</i>"))
        .collect();
    format!("<main>{items}</main>")
}

fn nested(n: usize) -> String {
    "<div>".repeat(n) + "deep"
}

fn grid_columns(n: usize) -> String {
    let items: String = Words(4)
        .take(2 * n)
        .map(|word| format!("<i>{word}</i>"))
        .collect();
    format!("<main>{items}</main>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_as_many_as_it_says() {
        for kind in &KINDS {
            let page = kind.page(1_000);
            let count = match kind.name {
                "text octets" => page.len(),
                "table cells" => page.matches("<td>").count(),
                "nested elements" => page.matches("<div>").count(),
                "grid columns" => page.matches("<i").count() / 2,
                _ => page.matches("<i").count(),
            };
            assert!((1_000..1_200).contains(&count), "{} {count}", kind.name);
        }
    }
}
