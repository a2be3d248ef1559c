//! `thru schema`: what a machine reads.

use crate::{arguments::SchemaOf, exit::Exit};

/// Prints the schema.
pub fn schema(of: SchemaOf) -> Exit {
    match of {
        SchemaOf::Trip => {
            let schema = thru_views::json::trip_schema();
            match serde_json::to_string_pretty(&schema) {
                Ok(text) => crate::answer!(line "{text}"),
                Err(_) => return Exit::Own,
            }
            Exit::Loaded
        }
        SchemaOf::Events => {
            for (stage, name) in thru_events::Event::all_names() {
                crate::answer!(line "{} {name}", stage.id());
            }
            Exit::Loaded
        }
        SchemaOf::Lab => {
            crate::answer!(line "{}", thru_lab::topology::schema());
            Exit::Loaded
        }
    }
}
