//! The trip as a whole: its beginning, its failure, its end.

use crate::{Failed, Stage, Text};

vocabulary! {
    /// Events of the trip as a whole.
    TripEvent => Trip {
        /// Someone asked for a page. The first event, and the only one without a cause.
        KeyPressed { /** The text as typed. */ typed: String },
        /// The trip failed: the main document did not arrive whole, or could not be shown.
        Failed { /** Where. */ stage: Stage, /** What, who, how. */ failure: Failed },
        /// Something went wrong that does not fail the trip.
        Found { /** Where. */ stage: Stage, /** What, who, how. */ finding: Failed },
        /// A stage was not taken, and why.
        StageSkipped { /** Which. */ stage: Stage, /** Why. */ why: Text },
        /// A stage happened where it cannot be seen from here.
        StageUnseen { /** Which. */ stage: Stage, /** Why, and how it could be seen. */ why: Text },
        /// A named limit was reached.
        LimitReached { /** Where. */ stage: Stage, /** The limit's name. */ limit: Text, /** Its value. */ value: u64 },
        /// Someone ended it from outside: Ctrl-C, or SIGTERM.
        Interrupted {},
        /// Nothing more will happen.
        Ended { /** `loaded` or `failed`. */ loaded: bool },
    }
}
