//! Sheets that ask for the sizes of containers: styles, boxes and places again, until the sizes stay
//! (CSS Conditional 5 section 5).

use super::{OutOfTime, PageOptions, work::Work};
use thru_cssom::{ContainerSizes, Styled};
use thru_dom::Document;
use thru_events::{Cause, Stage, Tap};
use thru_layout::{FragmentTree, container_sizes, text::Fonts};
use thru_render_tree::{ImageSources, RenderTree};
use url::Url;

/// How often a page is styled again. A container in a container has its size one time later; sizes that depend on
/// each other in a circle are as in the last.
/// GAP: fonts and images that only such a rule names are not fetched.
const MAX_CONTAINER_PASSES: u32 = 8;

/// A page with its places.
pub(super) struct Settled {
    pub styled: Styled,
    pub tree: RenderTree,
    pub placed: FragmentTree,
    pub laid_out: Cause,
}

/// What the page is made of.
pub(super) struct Containers<'p> {
    pub dom: &'p Document,
    pub urls: (&'p Url, &'p Url),
    pub fonts: &'p Fonts,
    pub sources: ImageSources,
    pub options: &'p PageOptions,
    pub work: &'p Work<'p>,
    pub tap: &'p Tap,
}

impl Containers<'_> {
    /// Styles and lays out until the containers keep their sizes.
    pub(super) fn settle(&self, page: Settled) -> Result<Settled, OutOfTime> {
        let Settled {
            mut styled,
            mut tree,
            mut placed,
            mut laid_out,
        } = page;
        let mut known = ContainerSizes::new();
        for _ in 0..MAX_CONTAINER_PASSES {
            let containers = styled.containers();
            if containers.is_empty() {
                break;
            }
            let sizes = container_sizes(&tree, &placed, &containers);
            if sizes == known {
                break;
            }
            let step = self.work.begin(Stage::Cssom);
            styled = styled.in_containers(&sizes, self.dom, self.urls, self.tap, laid_out);
            step.end(styled.cause)?;
            known = sizes;

            let step = self.work.begin(Stage::RenderTree);
            let images = tree.images.clone();
            let cause = styled.cause;
            let built;
            (tree, built) =
                thru_render_tree::build(self.dom, &styled, images, &self.sources, self.tap, cause);
            step.end(built)?;

            let step = self.work.begin(Stage::Layout);
            let viewport = self.options.viewport;
            (placed, laid_out) = thru_layout::run(&tree, self.fonts, viewport, self.tap, built);
            step.end(laid_out)?;
        }
        Ok(Settled {
            styled,
            tree,
            placed,
            laid_out,
        })
    }
}
