//! The shop's database: schema, fixed rows, and the questions asked of it.

use rusqlite::{Connection, Params, Row};
use std::cell::Cell;
use thru_events::{Cause, Stage, Tap, far::FarEvent, trip::TripEvent};

/// Tables and rows of the built-in shop.
const SCHEMA: &str = include_str!("../../assets/schema.sql");

/// Rows that one statement may give.
pub const ROW_LIMIT: usize = 1000;

/// A shop in memory, with its fixed rows.
pub fn create_in_memory() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// Tables and rows of the built-in shop as SQL, for a database file.
pub fn schema() -> &'static str {
    SCHEMA
}

/// One thing for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Key.
    pub id: i64,
    /// Name.
    pub name: String,
    /// A few words.
    pub tagline: String,
    /// A few sentences.
    pub description: String,
    /// Price in euro cents.
    pub price_cents: i64,
    /// How many are left.
    pub stock: i64,
    /// Path of its picture.
    pub picture: String,
    /// Name of its category.
    pub category: String,
}

/// What a customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Who.
    pub author: String,
    /// One to five.
    pub stars: i64,
    /// The words.
    pub words: String,
}

/// A purchase that was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Key.
    pub id: i64,
    /// What.
    pub product: String,
    /// By whom.
    pub customer: String,
    /// How many.
    pub quantity: i64,
    /// Euro cents for all of them.
    pub total_cents: i64,
}

/// The statements of one request; each is an event.
pub struct Session<'a> {
    connection: &'a Connection,
    tap: &'a Tap,
    cause: Cell<Cause>,
    statements: Cell<u32>,
}

const PRODUCT: &str = "SELECT p.id, p.name, p.tagline, p.description, p.price_cents, p.stock, \
     p.picture, c.name FROM product p JOIN category c ON c.id = p.category_id";

impl<'a> Session<'a> {
    /// A session that works because of `cause`.
    pub fn new(connection: &'a Connection, tap: &'a Tap, cause: Cause) -> Session<'a> {
        Session {
            connection,
            tap,
            cause: Cell::new(cause),
            statements: Cell::new(0),
        }
    }

    /// The last statement's event.
    pub fn cause(&self) -> Cause {
        self.cause.get()
    }

    /// Statements so far.
    pub fn statements(&self) -> u32 {
        self.statements.get()
    }

    /// All products, by key.
    pub fn products(&self) -> rusqlite::Result<Vec<Product>> {
        self.ask(&format!("{PRODUCT} ORDER BY p.id"), [], product)
    }

    /// The product with this key.
    pub fn product(&self, id: i64) -> rusqlite::Result<Option<Product>> {
        let found = self.ask(&format!("{PRODUCT} WHERE p.id = ?1"), [id], product)?;
        Ok(found.into_iter().next())
    }

    /// What was said about a product.
    pub fn reviews(&self, id: i64) -> rusqlite::Result<Vec<Review>> {
        let sql = "SELECT author, stars, words FROM review WHERE product_id = ?1 ORDER BY id";
        self.ask(sql, [id], |row| {
            Ok(Review {
                author: row.get(0)?,
                stars: row.get(1)?,
                words: row.get(2)?,
            })
        })
    }

    /// The purchase with this key.
    pub fn purchase(&self, id: i64) -> rusqlite::Result<Option<Purchase>> {
        let sql = "SELECT o.id, p.name, o.customer, o.quantity, o.quantity * p.price_cents \
             FROM purchase o JOIN product p ON p.id = o.product_id WHERE o.id = ?1";
        let found = self.ask(sql, [id], |row| {
            Ok(Purchase {
                id: row.get(0)?,
                product: row.get(1)?,
                customer: row.get(2)?,
                quantity: row.get(3)?,
                total_cents: row.get(4)?,
            })
        })?;
        Ok(found.into_iter().next())
    }

    /// Takes `quantity` off the shelf and writes the purchase down, both or neither. `None` if
    /// there are not that many.
    pub fn buy(
        &self,
        product: i64,
        customer: &str,
        quantity: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let transaction = self.connection.unchecked_transaction()?;
        let taken = self.change(
            "UPDATE product SET stock = stock - ?2 WHERE id = ?1 AND stock >= ?2",
            (product, quantity),
        )?;
        if taken == 0 {
            return Ok(None);
        }
        self.change(
            "INSERT INTO purchase (product_id, customer, quantity) VALUES (?1, ?2, ?3)",
            (product, customer, quantity),
        )?;
        let id = self.connection.last_insert_rowid();
        transaction.commit()?;
        Ok(Some(id))
    }

    fn ask<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, read)?;
        let found = rows.take(ROW_LIMIT).collect::<Result<Vec<T>, _>>()?;
        self.told(sql, found.len());
        if found.len() == ROW_LIMIT {
            self.tap.emit(self.cause.get(), || TripEvent::LimitReached {
                stage: Stage::Far,
                limit: "rows of a statement".into(),
                value: ROW_LIMIT as u64,
            });
        }
        Ok(found)
    }

    fn change(&self, sql: &str, parameters: impl Params) -> rusqlite::Result<usize> {
        let changed = self.connection.prepare_cached(sql)?.execute(parameters)?;
        self.told(sql, changed);
        Ok(changed)
    }

    fn told(&self, sql: &str, rows: usize) {
        self.statements.set(self.statements.get() + 1);
        let event = self
            .tap
            .emit(self.cause.get(), || FarEvent::DatabaseQueried {
                sql: sql.to_owned(),
                rows: rows as u32,
            });
        self.cause.set(event);
    }
}

fn product(row: &Row<'_>) -> rusqlite::Result<Product> {
    Ok(Product {
        id: row.get(0)?,
        name: row.get(1)?,
        tagline: row.get(2)?,
        description: row.get(3)?,
        price_cents: row.get(4)?,
        stock: row.get(5)?,
        picture: row.get(6)?,
        category: row.get(7)?,
    })
}
