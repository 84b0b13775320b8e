//! What a function costs at AWS: a TLS endpoint before the engine and the outbox that counts what passes.
//!
//! For benchmarks. Unlike [`crate::faults`] it speaks TLS, as AWS does, and asks the engine for the units that each
//! call consumed, which it takes out of the answer again: the function gets what it would get without.

mod proxy;
mod wire;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;

use self::proxy::Proxy;
use crate::certificate::Certificate;
use crate::server::Server;

/// A running meter; it ends when dropped.
#[derive(Debug)]
pub struct Meter {
    server: Server,
    gauge: Gauge,
    certificate: String,
}

/// What has passed a meter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The calls, by operation.
    pub calls: BTreeMap<String, u32>,
    /// Write units, as the engine reports them.
    pub write_units: f64,
    /// Read units, as the engine reports them.
    pub read_units: f64,
    /// Bytes that the function sent, TLS included.
    pub sent: u64,
    /// Bytes that the function received, TLS included.
    pub received: u64,
}

/// The reading so far and what is added to each answer, shared by all connections.
#[derive(Clone, Debug, Default)]
struct Gauge(Arc<Mutex<(Reading, Duration)>>);

impl Gauge {
    fn lock(&self) -> MutexGuard<'_, (Reading, Duration)> {
        // A panic elsewhere leaves numbers that are still numbers.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Reading)) {
        note(&mut self.lock().0);
    }

    fn latency(&self) -> Duration {
        self.lock().1
    }
}

impl Meter {
    /// A meter on any port before `DynamoDB` at the URL `dynamodb`, and SES and SNS at `ses`.
    ///
    /// # Errors
    /// When the operating system has no port, thread or randomness left.
    pub fn start(dynamodb: &str, ses: &str) -> Result<Self> {
        let gauge = Gauge::default();
        let certificate = Certificate::issue_as_aws()?;
        let proxy = Proxy::new(dynamodb, ses, gauge.clone())?;
        let (tls, counted) = (certificate.acceptor()?, gauge.clone());
        let server = Server::run(0, "meter", move |listener| wire::serve(listener, tls, proxy, counted))?;
        Ok(Self { server, gauge, certificate: certificate.authority().to_owned() })
    }

    /// The URL to give to a client. Its host is a name, which the client looks up as it would AWS's.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.server.address().port())
    }

    /// The authority to trust, in PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Adds this time to every answer.
    pub fn set_latency(&self, latency: Duration) {
        self.gauge.lock().1 = latency;
    }

    /// What has passed since the last reading.
    #[must_use]
    pub fn take(&self) -> Reading {
        std::mem::take(&mut self.gauge.lock().0)
    }
}
