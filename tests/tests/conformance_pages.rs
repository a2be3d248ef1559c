//! The five pages and a sample of the sites beside Chromium's boxes.

use libtest_mimic::{Arguments, Failed, Trial};
use thru_tests::suites::{self, pages};

/// The share of the boxes that has to agree within 1 px.
const FLOORS: [(&str, f64); 5] = [
    ("/article.html", 0.99),
    ("/big.html", 0.99),
    ("/feat.html", 0.85),
    ("/grid.html", 1.0),
    ("/hello.html", 1.0),
];

/// The median share of a site page's boxes that has to agree within 4 px.
const SAMPLE_FLOOR: f64 = 0.95;

fn main() {
    let five = pages::five(&suites::pages_folder(), &suites::oracle_folder());
    let sample: Vec<_> = pages::of_sites(&suites::data_folder(), &suites::oracle_folder())
        .into_iter()
        .filter(pages::Case::is_in_sample)
        .collect();
    let trials = vec![
        trial("the five pages", five, of_five),
        trial("a sample of the sites", sample, of_sample),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(
    name: &str,
    cases: Vec<pages::Case>,
    judge: fn(&pages::PagesResult) -> Vec<String>,
) -> Trial {
    let missing = cases.is_empty();
    let suite = match name {
        "the five pages" => "pages",
        _ => "sites",
    };
    let name = suites::name_of(name, missing, "of Chromium's pictures");
    let test = move || {
        let result = pages::run(suite, &cases, &suites::target_folder("conformance"));
        let mut wrong = judge(&result);
        let unexpected = result.suite.unexpected.iter();
        wrong.extend(unexpected.map(|case| format!("{}: {}", case.case, case.why)));
        match wrong.is_empty() && result.suite.passed > 0 {
            true => Ok(()),
            false => Err(Failed::from(wrong.join("\n"))),
        }
    };
    Trial::test(name, test).with_ignored_flag(missing && !suites::are_required())
}

fn of_five(result: &pages::PagesResult) -> Vec<String> {
    let below = FLOORS.iter().filter_map(|(page, floor)| {
        let share = result.pages.get(*page).and_then(|page| page.within_1px);
        let share = share.unwrap_or(0.0);
        (share < *floor).then(|| format!("{page}: {share} of the boxes agree, not {floor}"))
    });
    below.collect()
}

fn of_sample(result: &pages::PagesResult) -> Vec<String> {
    let share = result.medians.within_4px.unwrap_or(0.0);
    let words = format!("the median of the sample is {share}, not {SAMPLE_FLOOR}");
    if share < SAMPLE_FLOOR {
        vec![words]
    } else {
        Vec::new()
    }
}
