use super::list;
use thru_events::far::FarEvent;

pub fn far(event: &FarEvent) -> String {
    match event {
        FarEvent::RequestReceived {
            server,
            method,
            target,
        } => format!("{server} took in {method} {target}"),
        FarEvent::ResponseSent {
            server,
            status,
            length,
        } => format!("{server} answered {status}, {length} octets"),
        FarEvent::BackendChosen { backend, why } => format!("the balancer chose {backend}: {why}"),
        FarEvent::BackendFailed { backend, why } => format!("{backend} did not answer: {why}"),
        FarEvent::NoBackend { tried } => {
            format!("the balancer has no server left, tried {}", list(tried))
        }
        FarEvent::CacheHit { key, age_s } => format!("the cache server has {key}, {age_s} s old"),
        FarEvent::CacheMissed { key, why } => {
            format!("the cache server does not have {key}: {why}")
        }
        FarEvent::CacheStored { key, fresh_s } => {
            format!("the cache server keeps {key}, fresh for {fresh_s} s")
        }
        FarEvent::CacheEvicted { key } => {
            format!("the cache server gives up {key} to make room")
        }
        FarEvent::FileServed { path, length } => format!("file {path}, {length} octets"),
        FarEvent::DatabaseQueried { sql, rows } => format!("database: {sql}: {rows} rows"),
        FarEvent::ApplicationFailed { why } => format!("the application failed: {why}"),
        FarEvent::SaidByPeer { field, value } => format!("the server says {field}: {value}"),
    }
}
