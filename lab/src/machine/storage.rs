use std::{cell::RefCell, collections::BTreeMap, future::ready};
use thru_port::{LocalFuture, PortFailure, Storage};

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

    fn write(&self, name: &str, octets: &[u8]) -> LocalFuture<Result<(), PortFailure>> {
        self.files
            .borrow_mut()
            .insert(name.to_owned(), octets.to_vec());
        Box::pin(ready(Ok(())))
    }
}
