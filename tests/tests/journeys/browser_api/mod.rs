//! The Browser API, as the web front ends that exist call it.

mod accounts;
mod bodies;
mod cors;
mod lines;
mod link;
mod paths;
mod races;
mod sessions;
