//! A person's own data, as JSON: the file that a page downloads and the answer that a front end is given.

use runtime::object_schema;
use serde_json::{Value, json};
use shared::app::App;
use shared::audit::Entry;
use shared::clock::Timestamp;
use shared::oauth::client::Client;
use shared::oauth::grant::Grant;
use shared::oauth::memento::{Memento, MementoId};
use shared::passkey::Passkey;
use shared::service::personal_data::PersonalData;
use shared::session::Session;
use shared::user::role::Role;

use crate::owner::{account, account_schema};

/// The file's name.
pub const FILE: &str = "attachment; filename=\"my-data.json\"";

/// The most bytes of a file as Lambda sends it: in JSON, as text. An answer ends at 6 MiB, and a header of it is small
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const LONGEST: usize = 6_000_000;

/// What is stored of a person: `docs/api/browser.md#my-data`. Mementos that do not fit into an answer are left out, and it says so.
#[must_use]
pub fn personal_data(app: &App, data: &PersonalData) -> Value {
    let mut file = without_mementos(app, data);
    let fitting = Fitting::of(data, LONGEST.saturating_sub(weight(&file)));
    file["mementos"] = fitting.mementos.into();
    file["more_after"] = fitting.more_after.map(MementoId::as_str).into();
    file
}

/// How many bytes it takes as text in JSON.
fn weight(value: &Value) -> usize {
    Value::String(value.to_string()).to_string().len()
}

/// The mementos that an answer has room for.
struct Fitting<'a> {
    mementos: Vec<Value>,
    /// The last of them, where there are more.
    more_after: Option<&'a MementoId>,
}

impl<'a> Fitting<'a> {
    fn of(data: &'a PersonalData, mut room: usize) -> Self {
        let (mut mementos, mut last) = (Vec::new(), None);
        for next in &data.mementos {
            let described = memento(next);
            let Some(left) = room.checked_sub(weight(&described)) else {
                return Self { mementos, more_after: last };
            };
            room = left;
            last = Some(&next.id);
            mementos.push(described);
        }
        Self { mementos, more_after: last.filter(|_| data.has_more) }
    }
}

fn without_mementos(app: &App, data: &PersonalData) -> Value {
    json!({
        "app": {"id": app.id.as_str(), "name": app.name},
        "account": account(&data.user),
        "roles": data.user.roles.iter().map(Role::as_str).collect::<Vec<_>>(),
        "second_factor": data.factor.map(|factor| json!({"recovery_codes": factor.recovery_codes})),
        "passkeys": data.passkeys.iter().map(passkey).collect::<Value>(),
        "sessions": data.sessions.iter().map(session).collect::<Value>(),
        "connected_apps": data.connected.iter().map(connected).collect::<Value>(),
        "activity": data.trail.iter().map(entry).collect::<Value>(),
        "mementos": [],
        "more_after": null,
    })
}

/// An operator is not named: who they are is theirs.
fn entry(entry: &Entry) -> Value {
    let author = entry.author.as_ref();
    json!({
        "time": entry.at.rfc3339(),
        "act": entry.act,
        "outcome": entry.outcome,
        "who": author.map(|author| if author.operator.is_some() { "operator" } else { "user" }),
        "from": author.map(|author| author.from.as_str()).filter(|from| !from.is_empty()),
        "details": entry.details,
    })
}

fn passkey(passkey: &Passkey) -> Value {
    json!({
        "name": passkey.name.as_str(),
        "created": passkey.created.rfc3339(),
        "last_used": passkey.used.map(Timestamp::rfc3339),
    })
}

fn session(session: &Session) -> Value {
    json!({
        "api": session.transport.name(),
        "signed_in_by": session.sign_in().methods.references(),
        "created": session.created.rfc3339(),
        "last_used": session.used.rfc3339(),
        "expires": session.end().rfc3339(),
        "ip": session.device.address(),
        "user_agent": session.device.agent(),
    })
}

fn connected((grant, client): &(Grant, Option<Client>)) -> Value {
    json!({
        "client_id": grant.client.as_str(),
        "name": client.as_ref().map(|client| &client.name),
        "scope": grant.scope.to_string(),
        "resources": grant.servers,
        "mementos": grant.mementos.iter().map(MementoId::as_str).collect::<Vec<_>>(),
        "created": grant.created.rfc3339(),
        "last_used": grant.used.map(Timestamp::rfc3339),
    })
}

fn memento(memento: &Memento) -> Value {
    json!({
        "id": memento.id.as_str(),
        "name": memento.name.as_str(),
        "documents": memento.documents,
        "folders": memento.folders,
        "created": memento.created.rfc3339(),
        "modified": memento.modified.rfc3339(),
    })
}

/// The schema of [`personal_data`].
#[must_use]
pub fn personal_data_schema() -> Value {
    let (text, maybe) = (|| json!({"type": "string"}), || json!({"type": ["string", "null"]}));
    let (moment, texts) =
        (|| json!({"type": "string", "format": "date-time"}), || json!({"type": "array", "items": {"type": "string"}}));
    let list = |members: &[(&str, Value)]| json!({"type": "array", "items": object_schema(members)});
    let items = || json!({"type": "array", "items": {"type": ["string", "integer"]}});
    object_schema(&[
        ("app", object_schema(&[("id", text()), ("name", text())])),
        ("account", account_schema()),
        ("roles", texts()),
        ("second_factor", json!({"type": ["object", "null"], "properties": {"recovery_codes": {"type": "integer"}}})),
        ("passkeys", list(&[("name", text()), ("created", moment()), ("last_used", maybe())])),
        (
            "sessions",
            list(&[
                ("api", text()),
                ("signed_in_by", texts()),
                ("created", moment()),
                ("last_used", moment()),
                ("expires", moment()),
                ("ip", text()),
                ("user_agent", text()),
            ]),
        ),
        (
            "connected_apps",
            list(&[
                ("client_id", text()),
                ("name", maybe()),
                ("scope", text()),
                ("resources", texts()),
                ("mementos", texts()),
                ("created", moment()),
                ("last_used", maybe()),
            ]),
        ),
        (
            "activity",
            list(&[
                ("time", moment()),
                ("act", text()),
                ("outcome", text()),
                ("who", maybe()),
                ("from", maybe()),
                ("details", json!({"type": "object", "additionalProperties": {"type": "string"}})),
            ]),
        ),
        (
            "mementos",
            list(&[
                ("id", text()),
                ("name", text()),
                ("documents", items()),
                ("folders", items()),
                ("created", moment()),
                ("modified", moment()),
            ]),
        ),
        ("more_after", maybe()),
    ])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;
    use shared::clock::Timestamp;
    use shared::oauth::memento::{ItemId, Memento, MementoName};
    use shared::random::Random;
    use shared::secret::Secret;
    use shared::service::personal_data::PersonalData;
    use shared::token::ring::SealedRing;
    use shared::token::seal::Kek;
    use shared::user::User;

    use super::{Fitting, LONGEST, weight};

    /// What grows most: a backslash is four of them in JSON within JSON.
    fn heavy(count: usize) -> PersonalData {
        let (random, now) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let ring = SealedRing::create(&kek, &random, now).expect("a ring").open(kek).expect("opens");
        let (app, user) = ("demo".parse().expect("an app id"), User::new(&random, now));
        let documents: Vec<_> = (0..1000).map(|n| ItemId::Text(format!("{n:04}{}", "\\".repeat(100)))).collect();
        let memento = || {
            let name = MementoName::read("Notes").expect("a name");
            Memento { documents: documents.clone(), ..Memento::new(name, user.id, &app, &ring, &random, now) }
        };
        let mementos = (0..count).map(|_| memento()).collect();
        PersonalData {
            factor: None,
            passkeys: Vec::new(),
            sessions: Vec::new(),
            trail: Vec::new(),
            connected: Vec::new(),
            mementos,
            has_more: false,
            user,
        }
    }

    #[test]
    fn a_file_has_as_many_mementos_as_an_answer_of_lambda_carries_and_names_the_last() {
        let data = heavy(30);
        let fitting = Fitting::of(&data, LONGEST);
        let count = fitting.mementos.len();
        assert!((10..30).contains(&count), "{count}");
        assert_eq!(fitting.more_after, Some(&data.mementos[count - 1].id));
        let weight = weight(&Value::from(fitting.mementos));
        assert!(weight <= LONGEST && weight > LONGEST - 500_000, "{weight}");
    }

    #[test]
    fn a_file_that_holds_all_names_no_last_one() {
        let all = heavy(3);
        assert_eq!(Fitting::of(&all, LONGEST).more_after, None);
        let more = PersonalData { has_more: true, ..heavy(3) };
        assert_eq!(Fitting::of(&more, LONGEST).more_after, Some(&more.mementos[2].id));
    }
}
