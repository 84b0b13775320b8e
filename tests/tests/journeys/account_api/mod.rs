//! The Account API, as the clients that exist call it.

mod dialects;
mod known_clients;
mod lockout;
mod paths;
mod recovery;
mod refresh;
mod tenants;
