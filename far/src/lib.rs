//! What answers: name servers, authority, cache, balancer, web server, application.
//!
//! Stage: the far side.
//! In: connections through `Port`. Out: answers.
//! Emits: `FarEvent`.
//! How it works: each part is a folder and runs in the lab and on the real system alike.
//! Not here: topologies (`lab`).
