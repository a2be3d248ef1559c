use std::{cell::RefCell, collections::BTreeMap, future::ready};
use thru_port::{Change, LocalFuture, PortFailure, Storage};

/// Named files in memory.
#[derive(Default)]
pub(crate) struct MemoryStorage {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Storage for MemoryStorage {
    fn read(&self, name: &str) -> LocalFuture<Result<Option<Vec<u8>>, PortFailure>> {
        let file = self.files.borrow().get(name).cloned();
        Box::pin(ready(Ok(file)))
    }

    fn change(&self, name: &str, change: Change) -> LocalFuture<Result<(), PortFailure>> {
        let old = self.files.borrow().get(name).cloned();
        self.files.borrow_mut().insert(name.to_owned(), change(old));
        Box::pin(ready(Ok(())))
    }
}
