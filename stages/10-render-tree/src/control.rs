/// A form control without children whose size comes from its font and these figures
/// (HTML section 15.5).
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// A one-line text field.
    TextField {
        /// Width in average characters.
        size: u32,
        /// What stands in it.
        text: String,
        /// The text is the placeholder: shown in grey.
        placeholder: bool,
        /// Its size leaves room for the arrows of a number between bounds.
        spin: bool,
    },
    /// A text area.
    TextArea {
        /// Width in average characters.
        columns: u32,
        /// Height in lines.
        rows: u32,
        /// What stands in it.
        text: String,
        /// The text is the placeholder.
        placeholder: bool,
    },
    /// A check box.
    Checkbox {
        /// Ticked.
        checked: bool,
    },
    /// A radio button.
    Radio {
        /// Chosen.
        checked: bool,
    },
    /// A drop-down list: as wide as its widest option, with an arrow.
    DropDown {
        /// Labels of all options.
        options: Vec<String>,
        /// Which is shown.
        selected: usize,
    },
    /// A list box.
    ListBox {
        /// Labels of all options, group labels included.
        options: Vec<String>,
        /// Rows shown.
        rows: u32,
        /// Which are selected.
        selected: Vec<usize>,
    },
    /// A slider; 129 by 16.
    Range {
        /// Place of the knob, 0 to 1.
        value: f32,
    },
    /// A colour well; 50 by 27 border box.
    Color {
        /// `#rrggbb`.
        value: String,
    },
    /// A file chooser: a button and a text.
    File,
    /// A progress bar; 10em by 1em.
    Progress {
        /// 0 to 1; `None` is not known.
        value: Option<f32>,
    },
    /// A gauge; 5em by 1em.
    Meter {
        /// 0 to 1.
        value: f32,
    },
}
