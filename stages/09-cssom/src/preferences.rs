use std::sync::Once;
use stylo_static_prefs::set_pref;

/// Switches on the features of stylo that layout builds on, or means to. The preferences are
/// global to the process and always the same.
pub(crate) fn set() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_pref!("layout.columns.enabled", true);
        set_pref!("layout.container-queries.enabled", true);
        set_pref!("layout.grid.enabled", true);
        set_pref!("layout.writing-mode.enabled", true);
        set_pref!("layout.variable_fonts.enabled", true);
        set_pref!("layout.unimplemented", true);
        set_pref!("layout.css.grid-template-subgrid-value.enabled", true);
        set_pref!("layout.css.has-selector.enabled", true);
        set_pref!("layout.css.nth-child-of.enabled", true);
        set_pref!("layout.css.at-scope.enabled", true);
        set_pref!("layout.css.basic-shape-shape.enabled", true);
        set_pref!("layout.css.content.alt-text.enabled", true);
        set_pref!("layout.css.style-queries.enabled", true);
        set_pref!("layout.css.tree-counting-functions.enabled", true);
        set_pref!("layout.css.progress-function.enabled", true);
        set_pref!("layout.css.font-tech.enabled", true);
        set_pref!("layout.css.font-palette.enabled", true);
        set_pref!("layout.css.marker.restricted", false);
        // One thread: a load is deterministic, and pages are loaded beside each other.
        set_pref!("layout.threads", 0);
    });
}
