//! What a document asks for waits here until the program answers it, so that the time of reading
//! is not the time of parsing.

use blitz_traits::net::{NetHandler, NetProvider, Request};
use std::collections::VecDeque;
use std::sync::Mutex;

/// Requests that wait.
#[derive(Default)]
pub struct Queue(Mutex<VecDeque<(Request, Box<dyn NetHandler>)>>);

impl Queue {
    /// The oldest request.
    pub fn next(&self) -> Option<(Request, Box<dyn NetHandler>)> {
        self.0.lock().ok()?.pop_front()
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_ok_and(|waiting| waiting.is_empty())
    }
}

impl NetProvider for Queue {
    fn fetch(&self, _document: usize, request: Request, handler: Box<dyn NetHandler>) {
        if let Ok(mut waiting) = self.0.lock() {
            waiting.push_back((request, handler));
        }
    }
}
