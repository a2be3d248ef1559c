/// Defines one stage's events: the enum itself, its conversion into [`crate::Event`] and the
/// list of its variants' names, which tidy and the views' tests read.
macro_rules! vocabulary {
    ($(#[$head:meta])* $name:ident => $variant:ident {
        $( $(#[$doc:meta])* $event:ident { $( $(#[$fdoc:meta])* $field:ident : $kind:ty ),* $(,)? } ),* $(,)?
    }) => {
        $(#[$head])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[$doc])* $event { $( $(#[$fdoc])* $field: $kind ),* } ),*
        }

        impl $name {
            /// The variants' names, in the order of their definition.
            pub const NAMES: &'static [&'static str] = &[ $( stringify!($event) ),* ];

            /// This event's name.
            pub fn name(&self) -> &'static str {
                match self { $( $name::$event { .. } => stringify!($event) ),* }
            }
        }

        impl From<$name> for crate::Event {
            fn from(event: $name) -> crate::Event {
                crate::Event::$variant(event)
            }
        }
    };
}
