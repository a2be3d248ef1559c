//! The order form's fields (application/x-www-form-urlencoded).

use std::borrow::Cow;

/// Fields read of one form.
const FIELD_LIMIT: usize = 32;

/// Letters in a customer's name.
const NAME_LIMIT: usize = 80;

/// Most of one thing in one order.
const QUANTITY_LIMIT: i64 = 20;

/// The value of `name`, percent-decoded; the first if there are several.
pub fn field(form: &str, name: &str) -> Option<String> {
    form.split('&').take(FIELD_LIMIT).find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key) == name).then(|| decode(value).into_owned())
    })
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let octets = text.as_bytes();
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    while at < octets.len() {
        let escaped = octets.get(at + 1..at + 3).and_then(hex);
        match (octets[at], escaped) {
            (b'%', Some(octet)) => {
                out.push(octet);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (octet, _) => {
                out.push(octet);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |octet: u8| (octet as char).to_digit(16);
    Some((digit(digits[0])? * 16 + digit(digits[1])?) as u8)
}

/// An order as the form says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which product.
    pub product: i64,
    /// How many.
    pub quantity: i64,
    /// For whom.
    pub customer: String,
}

impl Order {
    /// Reads an order; an error is one sentence for the customer.
    pub fn read(body: &[u8]) -> Result<Order, &'static str> {
        let form = String::from_utf8_lossy(body);
        let number = |name: &str| field(&form, name).and_then(|text| text.parse::<i64>().ok());
        let product = number("product").ok_or("Please choose a product.")?;
        let quantity = number("quantity")
            .filter(|count| (1..=QUANTITY_LIMIT).contains(count))
            .ok_or("Please order between 1 and 20.")?;
        let customer = field(&form, "customer").unwrap_or_default();
        let customer = customer.trim().to_owned();
        if customer.is_empty() || customer.chars().count() > NAME_LIMIT {
            return Err("Please tell us your name, in 80 letters at most.");
        }
        Ok(Order {
            product,
            quantity,
            customer,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let form = "customer=Ada+%26+Grace&quantity=2&product=7";
        let order = Order::read(form.as_bytes()).expect("the form is right");
        assert_eq!(order.customer, "Ada & Grace");
        assert_eq!((order.product, order.quantity), (7, 2));
    }

    #[test]
    fn a_cut_escape_stays_as_it_is() {
        assert_eq!(field("a=%4&b=%zz", "a").as_deref(), Some("%4"));
        assert_eq!(field("a=%4&b=%zz", "b").as_deref(), Some("%zz"));
    }

    #[test]
    fn an_order_of_nothing_is_refused() {
        assert_eq!(
            Order::read(b"product=1&quantity=0&customer=A"),
            Err("Please order between 1 and 20.")
        );
        assert!(Order::read(b"\xff\xfe").is_err());
    }
}
