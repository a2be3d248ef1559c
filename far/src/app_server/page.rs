//! The shop's pages: rows in, HTML out. Every text from a row or a request is escaped.

use super::shop::{Product, Purchase, Review};
use std::fmt::Write;

/// Escapes a text for an element's content or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Euro cents as a price.
pub fn price(cents: i64) -> String {
    format!("€{}.{:02}", cents / 100, cents % 100)
}

/// The list of everything.
pub fn list(products: &[Product]) -> String {
    let mut cards = String::new();
    for product in products {
        card(&mut cards, product);
    }
    let hero = "<div class=\"hero\"><div class=\"band\">\n\
        <h1>Good things, made to last</h1>\n\
        <p>Eight of them. Each one packed by hand and sent the same day.</p>\n\
        </div></div>\n";
    let main = format!("<ul class=\"shelf\">\n{cards}</ul>\n");
    document("Lab Shop", "/", hero, &main)
}

fn card(out: &mut String, product: &Product) {
    let (id, name) = (product.id, escape(&product.name));
    let _ = write!(
        out,
        "<li class=\"card\">\n\
         <a href=\"/product/{id}\"><img src=\"{picture}\" width=\"320\" height=\"240\" alt=\"{name}\"></a>\n\
         <div class=\"words\">\n\
         <h2><a href=\"/product/{id}\">{name}</a></h2>\n\
         <p>{tagline}</p>\n\
         <div class=\"foot\"><span class=\"price\">{price}</span>{tag}</div>\n\
         </div>\n\
         </li>\n",
        picture = escape(&product.picture),
        tagline = escape(&product.tagline),
        price = price(product.price_cents),
        tag = stock_tag(product.stock),
    );
}

fn stock_tag(stock: i64) -> String {
    match stock {
        ..=0 => "<span class=\"tag out\">sold out</span>".to_owned(),
        1..=9 => format!("<span class=\"tag\">only {stock} left</span>"),
        _ => "<span class=\"tag\">in stock</span>".to_owned(),
    }
}

/// One product.
pub fn product(product: &Product, reviews: &[Review]) -> String {
    let name = escape(&product.name);
    let order = if product.stock > 0 {
        format!(
            "<a class=\"button\" href=\"/order?product={}\">Order</a>",
            product.id
        )
    } else {
        String::new()
    };
    let main = format!(
        "<p class=\"trail\"><a href=\"/\">Shop</a> / {category} / {name}</p>\n\
         <article class=\"product\">\n\
         <div class=\"picture\"><img src=\"{picture}\" width=\"320\" height=\"240\" alt=\"{name}\"></div>\n\
         <div class=\"facts\">\n\
         <h1>{name}</h1>\n\
         <p class=\"tagline\">{tagline}</p>\n\
         <div><span class=\"price\">{price}</span>{tag}</div>\n\
         <p class=\"told\">{description}</p>\n\
         {order}\n\
         </div>\n\
         </article>\n{said}",
        category = escape(&product.category),
        picture = escape(&product.picture),
        tagline = escape(&product.tagline),
        price = price(product.price_cents),
        tag = stock_tag(product.stock),
        description = escape(&product.description),
        said = said(reviews),
    );
    document(&product.name, "", "", &main)
}

fn said(reviews: &[Review]) -> String {
    if reviews.is_empty() {
        return String::new();
    }
    let mut out = String::from("<section class=\"said\">\n<h2>What people say</h2>\n");
    for review in reviews {
        let stars = review.stars.clamp(0, 5) as usize;
        let _ = writeln!(
            out,
            "<blockquote>{words}<br>\n<cite>{author}, <span class=\"stars\">{stars} of 5</span></cite></blockquote>",
            words = escape(&review.words),
            author = escape(&review.author),
        );
    }
    out.push_str("</section>\n");
    out
}

/// The order form. `wrong` says what was not right about the last try.
pub fn order_form(products: &[Product], chosen: i64, wrong: Option<&str>) -> String {
    let mut options = String::new();
    for product in products.iter().filter(|product| product.stock > 0) {
        let selected = if product.id == chosen {
            " selected"
        } else {
            ""
        };
        let _ = writeln!(
            options,
            "<option value=\"{}\"{selected}>{} ({})</option>",
            product.id,
            escape(&product.name),
            price(product.price_cents),
        );
    }
    let wrong = wrong.map_or(String::new(), |wrong| {
        format!("<p class=\"wrong\">{}</p>\n", escape(wrong))
    });
    let main = format!(
        "<form class=\"sheet\" method=\"post\" action=\"/order\">\n\
         <h1>Your order</h1>\n{wrong}\
         <label for=\"product\">What</label>\n\
         <select id=\"product\" name=\"product\">\n{options}</select>\n\
         <label for=\"quantity\">How many</label>\n\
         <input id=\"quantity\" name=\"quantity\" type=\"number\" min=\"1\" max=\"20\" value=\"1\">\n\
         <label for=\"customer\">Your name</label>\n\
         <input id=\"customer\" name=\"customer\" type=\"text\" maxlength=\"80\" required>\n\
         <button class=\"button\" type=\"submit\">Send the order</button>\n\
         </form>\n"
    );
    document("Your order", "/order", "", &main)
}

/// What was ordered.
pub fn thanks(purchase: &Purchase) -> String {
    let main = format!(
        "<section class=\"sheet\">\n\
         <h1>Thank you, {customer}</h1>\n\
         <p>Order {id}: {quantity} × {product}, {total} in all.</p>\n\
         <a class=\"button\" href=\"/\">Back to the shop</a>\n\
         </section>\n",
        customer = escape(&purchase.customer),
        id = purchase.id,
        quantity = purchase.quantity,
        product = escape(&purchase.product),
        total = price(purchase.total_cents),
    );
    document("Thank you", "/order", "", &main)
}

/// A page for a status that is no success.
pub fn notice(title: &str, words: &str) -> String {
    let main = format!(
        "<section class=\"sheet\">\n<h1>{}</h1>\n<p>{}</p>\n\
         <a class=\"button\" href=\"/\">Back to the shop</a>\n</section>\n",
        escape(title),
        escape(words),
    );
    document(title, "", "", &main)
}

fn document(title: &str, here: &str, above: &str, main: &str) -> String {
    let mark = |path: &str| if path == here { " class=\"here\"" } else { "" };
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <title>{title}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n\
         </head>\n\
         <body>\n\
         <header class=\"top\"><div class=\"band\">\n\
         <a class=\"brand\" href=\"/\">Lab<span>Shop</span></a>\n\
         <nav><a href=\"/\"{list}>Shop</a><a href=\"/order\"{order}>Order</a></nav>\n\
         </div></header>\n\
         {above}<main class=\"band\">\n{main}</main>\n\
         <footer class=\"bottom\"><div class=\"band\">\n\
         <p>Lab Shop, made from a database for each visit.</p>\n\
         <p>Nothing here is for sale.</p>\n\
         </div></footer>\n\
         </body>\n\
         </html>\n",
        title = escape(title),
        list = mark("/"),
        order = mark("/order"),
    )
}
