//! Spawns what hyper wants spawned on the world's one thread.

use std::{future::Future, rc::Rc};
use thru_port::Port;

/// hyper's executor over [`Port::spawn`]; not `Send`.
#[derive(Clone)]
pub struct PortExecutor {
    port: Rc<dyn Port>,
}

impl PortExecutor {
    /// An executor that runs its tasks in `port`'s world.
    pub fn new(port: Rc<dyn Port>) -> PortExecutor {
        PortExecutor { port }
    }
}

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for PortExecutor {
    fn execute(&self, task: F) {
        self.port.spawn("http", Box::pin(task));
    }
}
