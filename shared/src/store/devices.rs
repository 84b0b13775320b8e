//! What devices ask for (RFC 8628): `begin_device`, `device_request`, `decided_device`, `decide_device`, `poll_device`.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::clock::{Seconds, Timestamp};
use crate::id::UserId;
use crate::oauth::device::{DeviceCode, DeviceRequest, INTERVAL, UserCode};
use crate::oauth::scope::Scope;
use crate::secret::Secret;
use crate::session::device::Device;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, number, text, time};
use crate::store::keys::Key;

/// A device's clock and the network are not exact to the second.
const SLACK: Seconds = Seconds(1);

/// How much longer the device may ask, so that a decision in the last seconds reaches it.
const LAST_QUESTION: Seconds = Seconds::minutes(1);

/// What somebody decided about a device.
#[derive(Debug)]
pub enum Decision {
    /// It is let in: the authorization code that it exchanges.
    Granted(Secret<String>),
    /// It is not.
    Denied,
}

impl Decision {
    const fn name(&self) -> &'static str {
        match self {
            Self::Granted(_) => GRANTED,
            Self::Denied => DENIED,
        }
    }
}

const PENDING: &str = "pending";
const GRANTED: &str = "granted";
const DENIED: &str = "denied";

/// A device about which somebody has decided.
#[derive(Clone, Debug)]
pub struct DecidedDevice {
    /// What it asked for.
    pub request: DeviceRequest,
    /// Who decided.
    by: Option<u64>,
    is_granted: bool,
}

impl DecidedDevice {
    /// Whether it was this user who let it in, or who did not.
    #[must_use]
    pub fn is_decided_by(&self, user: UserId, granted: bool) -> bool {
        self.by == Some(user.number()) && self.is_granted == granted
    }
}

/// What a device is told that asks.
#[derive(Debug)]
pub enum Polled {
    /// Nobody has decided.
    Pending,
    /// It asked a moment ago.
    TooSoon,
    /// Nobody has decided in time.
    Expired,
    /// Its user says no.
    Denied,
    /// Its user says yes: the authorization code.
    Granted(Secret<String>),
}

impl Store {
    /// Writes what a device asks for under the code that it shows. `false`: another device shows it at the moment. `nonce`
    /// tells the request its own work, where the answer to it was lost.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn begin_device(
        &self,
        code: &DeviceCode,
        request: &DeviceRequest,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let now = request.created;
        let key = Key::device(&code.user_code, &*self.ring(now).await?);
        let list = AttributeValue::L(request.resources.iter().map(text).collect());
        let begin = self
            .update(&key)
            .update_expression(
                "SET secret = :secret, client = :client, #scope = :scope, resources = :resources, address = :address, \
                 #agent = :agent, created = :now, expires = :expires, #ttl = :expires, #state = :pending, nonce = :nonce \
                 REMOVE polled, code, decided_by",
            )
            .condition_expression("attribute_not_exists(pk) OR expires <= :now")
            .expression_attribute_names("#agent", "agent")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":secret", text(code.digest().as_str()))
            .expression_attribute_values(":client", text(request.client.as_str()))
            .expression_attribute_values(":scope", text(request.scope.to_string()))
            .expression_attribute_values(":resources", list)
            .expression_attribute_values(":address", text(request.device.address()))
            .expression_attribute_values(":agent", text(request.device.agent()))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":expires", time(request.expires()))
            .expression_attribute_values(":pending", text(PENDING))
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        match self.send_update(begin).await? {
            Ok(_) => Ok(true),
            Err(FailedCondition(found)) => is_of(found.as_ref(), "nonce", nonce.as_str()),
        }
    }

    /// What the device asks for that shows the code, if nobody has decided yet.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn device_request(&self, code: &UserCode, now: Timestamp) -> Result<Option<DeviceRequest>, StoreError> {
        let item = self.get(&Key::device(code, &*self.ring(now).await?)).await?;
        let Some(item) = item else { return Ok(None) };
        let reader = Reader::new("device", &item);
        let is_open = reader.text("state")? == PENDING && now < reader.time("expires")?;
        if is_open { read(&reader).map(Some) } else { Ok(None) }
    }

    /// The device that shows the code, where somebody has decided.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn decided_device(&self, code: &UserCode, now: Timestamp) -> Result<Option<DecidedDevice>, StoreError> {
        let item = self.get(&Key::device(code, &*self.ring(now).await?)).await?;
        let Some(item) = item else { return Ok(None) };
        let reader = Reader::new("device", &item);
        let is_granted = match reader.text("state")? {
            GRANTED => true,
            DENIED => false,
            _ => return Ok(None),
        };
        if now >= reader.time("expires")? {
            return Ok(None);
        }
        Ok(Some(DecidedDevice { request: read(&reader)?, by: reader.maybe_number("decided_by")?, is_granted }))
    }

    /// Writes what `user` decided about the device of `client` that shows the code. `false`: somebody else decided before,
    /// or its time is over. Who decides the same again changes nothing, and has decided.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn decide_device(
        &self,
        code: &UserCode,
        request: &DeviceRequest,
        user: UserId,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sealed = match decision {
            Decision::Granted(code) => code.expose().as_str(),
            Decision::Denied => "",
        };
        let decide = self
            .update(&Key::device(code, &*self.ring(now).await?))
            .update_expression(
                "SET #state = :decision, code = :code, decided_by = :user, expires = :expires, #ttl = :expires",
            )
            .condition_expression("#state = :pending AND client = :client AND created = :created AND expires > :now")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":expires", time(request.expires().max(now.plus(LAST_QUESTION))))
            .expression_attribute_values(":pending", text(PENDING))
            .expression_attribute_values(":decision", text(decision.name()))
            .expression_attribute_values(":code", text(sealed))
            .expression_attribute_values(":user", number(user.number()))
            .expression_attribute_values(":client", text(request.client.as_str()))
            .expression_attribute_values(":created", time(request.created))
            .expression_attribute_values(":now", time(now));
        let Err(FailedCondition(found)) = self.send_update(decide).await? else { return Ok(true) };
        let Some(found) = found else { return Ok(false) };
        let found = Reader::new("device", &found);
        let by_them = found.maybe_number::<u64>("decided_by")? == Some(user.number());
        Ok(by_them && found.text("state")? == decision.name() && found.time("created")? == request.created)
    }

    /// What has become of a device's request. Each question is written down, and one that comes too soon after another
    /// learns nothing.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn poll_device(&self, code: &DeviceCode, now: Timestamp) -> Result<Polled, StoreError> {
        let digest = code.digest();
        let poll = self
            .update(&Key::device(&code.user_code, &*self.ring(now).await?))
            .update_expression("SET polled = :now")
            .condition_expression(
                "secret = :secret AND expires > :now AND (attribute_not_exists(polled) OR polled <= :before)",
            )
            .expression_attribute_values(":secret", text(digest.as_str()))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":before", time(now.minus(INTERVAL).plus(SLACK)))
            .return_values(ReturnValue::AllNew);
        match self.send_update(poll).await? {
            Ok(item) => {
                let item = Reader::new("device", &item);
                Ok(match item.text("state")? {
                    GRANTED => Polled::Granted(Secret::new(item.text("code")?.to_owned())),
                    DENIED => Polled::Denied,
                    _ => Polled::Pending,
                })
            }
            Err(FailedCondition(found)) => {
                let is_its_own = is_of(found.as_ref(), "secret", digest.as_str())?;
                let alive = found.map(|item| Reader::new("device", &item).time("expires")).transpose()?;
                let is_alive = is_its_own && alive.is_some_and(|expires| now < expires);
                Ok(if is_alive { Polled::TooSoon } else { Polled::Expired })
            }
        }
    }
}

/// Whether the item has that text.
fn is_of(item: Option<&Attributes>, name: &'static str, value: &str) -> Result<bool, StoreError> {
    let Some(item) = item else { return Ok(false) };
    Ok(Reader::new("device", item).maybe_text(name)? == Some(value))
}

fn read(item: &Reader<'_>) -> Result<DeviceRequest, StoreError> {
    let agent = Some(item.text("agent")?).filter(|agent| !agent.is_empty());
    Ok(DeviceRequest {
        client: item.parsed("client")?,
        scope: Scope::read(item.text("scope")?),
        resources: item.strings("resources")?,
        device: Device::new(item.text("address")?, agent),
        created: item.time("created")?,
    })
}
