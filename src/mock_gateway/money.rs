//! Currencies, and amounts as people write them. Amounts are integers in the currency's minor unit.

/// A currency the gateway takes: ISO code in lower case, sign, and how many digits its minor unit has.
struct Currency {
    code: &'static str,
    sign: &'static str,
    minor_digits: usize,
}

const CURRENCIES: [Currency; 9] = [
    Currency { code: "inr", sign: "₹", minor_digits: 2 },
    Currency { code: "usd", sign: "$", minor_digits: 2 },
    Currency { code: "eur", sign: "€", minor_digits: 2 },
    Currency { code: "gbp", sign: "£", minor_digits: 2 },
    Currency { code: "sgd", sign: "S$", minor_digits: 2 },
    Currency { code: "aud", sign: "A$", minor_digits: 2 },
    Currency { code: "cad", sign: "C$", minor_digits: 2 },
    Currency { code: "aed", sign: "AED ", minor_digits: 2 },
    Currency { code: "jpy", sign: "¥", minor_digits: 0 },
];

fn find(code: &str) -> Option<&'static Currency> {
    CURRENCIES.iter().find(|currency| currency.code == code)
}

pub fn is_supported(code: &str) -> bool {
    find(code).is_some()
}

/// The codes of all supported currencies, for an error message.
pub fn supported() -> String {
    CURRENCIES.map(|currency| currency.code).join(", ")
}

/// The amount as a customer reads it: `format(123450, "inr")` is `₹1,234.50`, `format(12345600, "inr")` `₹1,23,456.00`.
pub fn format(amount: i64, code: &str) -> String {
    let (sign, minor_digits) = match find(code) {
        Some(currency) => (currency.sign.to_owned(), currency.minor_digits),
        None => (format!("{} ", code.to_uppercase()), 2),
    };
    let digits = format!("{:0width$}", amount.unsigned_abs(), width = minor_digits + 1);
    let (major, minor) = digits.split_at(digits.len() - minor_digits);
    let minus = if amount < 0 { "−" } else { "" };
    let point = if minor.is_empty() { "" } else { "." };
    format!("{minus}{sign}{}{point}{minor}", grouped(major, code == "inr"))
}

/// Thousands separators; Indian amounts are grouped by two after the first three digits (lakh, crore).
fn grouped(digits: &str, indian: bool) -> String {
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len() - place;
        let boundary = if indian { left == 3 || (left > 3 && left % 2 == 1) } else { left.is_multiple_of(3) };
        if place > 0 && boundary {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn rupees_are_grouped_the_indian_way() {
        assert_eq!(format(5, "inr"), "₹0.05");
        assert_eq!(format(123450, "inr"), "₹1,234.50");
        assert_eq!(format(1234500, "inr"), "₹12,345.00");
        assert_eq!(format(12345600, "inr"), "₹1,23,456.00");
        assert_eq!(format(1234567800, "inr"), "₹1,23,45,678.00");
    }

    #[test]
    fn other_currencies_keep_their_own_shape() {
        assert_eq!(format(123456789, "usd"), "$1,234,567.89");
        assert_eq!(format(1500, "jpy"), "¥1,500");
        assert_eq!(format(-250, "eur"), "−€2.50");
    }
}
