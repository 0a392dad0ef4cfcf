//! Tables in Markdown, so that what is printed can be put into the README as it is.

use crate::measure::Spread;

/// Prints a table, its first column to the left and the others to the right.
pub fn print(title: &str, columns: &[&str], rows: &[Vec<String>]) {
    println!("\n### {title}\n");
    println!("| {} |", columns.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len() - 1));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

/// A whole number with its thousands apart.
pub fn whole(number: f64) -> String {
    if !number.is_finite() {
        return "–".into();
    }
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number <= -0.5 { format!("-{text}") } else { text }
}

/// A median, and what it lies between.
pub fn spread(spread: Spread) -> String {
    format!("{} [{}–{}]", ratio(spread.median), ratio(spread.least), ratio(spread.most))
}

pub fn ratio(number: f64) -> String {
    if number.is_finite() { format!("{number:.2}") } else { "–".into() }
}
