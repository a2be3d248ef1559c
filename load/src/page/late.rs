//! Images that come after the page was laid out without them.

use super::{OutOfTime, PageOptions, parts::Parts, work::Work};
use std::rc::Rc;
use thru_cssom::Styled;
use thru_dom::Document;
use thru_events::{Cause, Stage, Tap};
use thru_layout::{FragmentTree, Layout, text::Fonts};
use thru_render_tree::{ImageSources, RenderTree};

/// A page whose places are known but for images.
pub(super) struct Waiting<'p> {
    pub dom: &'p Document,
    pub styled: &'p Styled,
    pub fonts: &'p Fonts,
    pub options: &'p PageOptions,
    pub tap: &'p Tap,
    pub tree: RenderTree,
    pub layout: Layout,
    pub sources: ImageSources,
    /// The layout without them.
    pub laid_out: Cause,
}

impl Waiting<'_> {
    /// Waits for the images and lays out again what they change; everything, if one did not come
    /// or cannot be shown, since other boxes stand in for it.
    pub async fn lay_out(
        mut self,
        parts: &mut Parts<'_>,
        work: &Work<'_>,
    ) -> Result<(RenderTree, FragmentTree, Cause), OutOfTime> {
        parts.last_images().await;
        let step = work.begin(Stage::RenderTree);
        let came = match Rc::get_mut(&mut self.tree.images) {
            Some(images) => parts.decode(&self.options.fonts, images),
            None => None,
        };
        let changed = self.tree.images_came(&self.sources);
        let mut cause = came.or(self.laid_out);
        if changed.is_none() {
            self.sources.coming.clear();
            let images = self.tree.images.clone();
            (self.tree, cause) = thru_render_tree::build(
                self.dom,
                self.styled,
                images,
                &self.sources,
                self.tap,
                cause,
            );
        }
        step.end(cause)?;

        let step = work.begin(Stage::Layout);
        let viewport = self.options.viewport;
        let (placed, laid_out) = match changed {
            Some(changed) => {
                for id in changed {
                    self.layout.changed(&self.tree, id);
                }
                self.layout.run(&self.tree, self.fonts, self.tap, cause)
            }
            None => thru_layout::run(&self.tree, self.fonts, viewport, self.tap, cause),
        };
        step.end(laid_out)?;
        Ok((self.tree, placed, laid_out))
    }
}
