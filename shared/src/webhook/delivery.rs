//! One message on its way to one endpoint.

use serde::{Deserialize, Serialize};

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::webhook::endpoint::EndpointId;
use crate::webhook::event::Message;

/// How long a delivery can be looked at, and sent again.
pub const KEPT: Seconds = Seconds::days(30);

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It was written down, and is on its way into the queue.
    New,
    /// A try failed, and another one follows.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// It is not tried any more.
    Dead,
}

impl Stage {
    /// The stage as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// Whether tries follow.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Waiting)
    }
}

impl std::str::FromStr for Stage {
    type Err = NotAStage;

    fn from_str(text: &str) -> Result<Self, NotAStage> {
        let all = [Self::New, Self::Waiting, Self::Delivered, Self::Dead];
        all.into_iter().find(|stage| stage.name() == text).ok_or(NotAStage)
    }
}

/// The text is no stage of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a stage of a delivery")]
pub struct NotAStage;

/// Where a delivery is written down, and which of its rounds is meant: what goes through the queue. It names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// The app that is told.
    #[serde(with = "as_text")]
    pub app: AppId,
    /// The endpoint.
    #[serde(with = "as_text")]
    pub endpoint: EndpointId,
    /// The delivery's id at the endpoint.
    pub delivery: String,
    /// A replay is another round, in which messages of the one before count for nothing.
    pub round: u32,
}

mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<T: std::fmt::Display, S: Serializer>(id: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// One message to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where it stands.
    pub parcel: Parcel,
    /// The id by which the endpoint knows it from others: of the message, and so the same in each round.
    pub message: String,
    /// The name of the type of event.
    pub event: String,
    /// What is sent.
    pub body: String,
    /// When it was written down.
    pub created: Timestamp,
    /// When this round began.
    pub began: Timestamp,
    /// How far it is.
    pub stage: Stage,
    /// How often this round was tried in vain, or tried at all once it is over.
    pub tries: u32,
    /// Before when it is not tried again.
    pub due: Option<Timestamp>,
    /// What came of the last try.
    pub answer: Option<String>,
}

impl Delivery {
    /// A message that is about to be sent to an endpoint for the first time.
    #[must_use]
    pub fn new(message: &Message, endpoint: &EndpointId, now: Timestamp) -> Self {
        let Message { id, app, event, at, body } = message;
        Self {
            parcel: Parcel {
                app: app.clone(),
                endpoint: endpoint.clone(),
                // By time; as many digits in every century.
                delivery: format!("{:011}.{id}", at.unix().max(0)),
                round: 1,
            },
            message: id.clone(),
            event: event.name().to_owned(),
            body: body.clone(),
            created: now,
            began: now,
            stage: Stage::New,
            tries: 0,
            due: None,
            answer: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Parcel, Stage};

    #[test]
    fn a_parcel_reads_back_and_one_of_something_else_is_refused() {
        let text = r#"{"app":"demo","endpoint":"0123456789ab","delivery":"01800000000.msg_1_0","round":2}"#;
        let parcel: Parcel = serde_json::from_str(text).expect("a parcel");
        assert_eq!(serde_json::to_string(&parcel).expect("JSON"), text);
        for (of, other) in [("demo", "NO APP"), ("0123456789ab", "../x"), ("2", "-2")] {
            assert!(serde_json::from_str::<Parcel>(&text.replace(of, other)).is_err(), "{other}");
        }
    }

    #[test]
    fn each_stage_is_read_as_it_is_written() {
        for stage in [Stage::New, Stage::Waiting, Stage::Delivered, Stage::Dead] {
            assert_eq!(stage.name().parse(), Ok(stage));
        }
        assert!(Stage::New.is_open() && Stage::Waiting.is_open() && !Stage::Dead.is_open());
    }
}
