//! Journeys over HTTP against the running service, one module per operation or theme.
//!
//! All are one binary, so that it is linked once and the ordinary journeys share one stack.

mod account;
mod account_api;
mod app_credentials;
mod audit;
mod bodies;
mod browser_api;
mod cooldown;
mod cors;
mod enumeration;
mod fields;
mod health;
mod login;
mod mail;
mod mailed_code;
mod oauth;
mod oauth2_rs;
mod oauth_races;
mod order_of_checks;
mod password_reset;
mod paths;
mod phone;
mod portal;
mod races;
mod rate_limits;
mod register;
mod secrets;
mod smoke;
mod tenants;
mod tokens;
mod webhooks;
