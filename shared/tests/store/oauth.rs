//! Clients, grants and codes: each rule, under faults and in races.

use std::sync::Arc;

use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::app::credential::{AppSecret, StoredSecret};
use shared::clock::{Seconds, Timestamp};
use shared::id::{ClientId, Epoch, GrantId};
use shared::oauth::claims::RequestedClaims;
use shared::oauth::client::{Client, ClientPolicy, Registered};
use shared::oauth::code::Code;
use shared::oauth::grant::{Delegation, Ticket};
use shared::oauth::memento::{Memento, MementoId, MementoName};
use shared::oauth::openid;
use shared::oauth::scope::Scope;
use shared::oauth::session::ClientOpening;
use shared::session::Bearer;
use shared::session::device::Device;
use shared::session::refresh::{RefreshToken, Rotation};
use shared::store::{
    AppConflict, ClientConflict, ClientToken, Consent, NotExchanged, NotGranted, NotImported, NotRotated, NotStanding,
};
use shared::token::assertion::Assertion;
use shared::token::client_keys::ClientKeys;
use shared::token::{Algorithm, InvalidToken};
use shared::user::User;

use crate::world::{NOW, World, app, session};

/// Somebody who is signed in and asked by a client.
struct Asked {
    world: World,
    user: User,
    bearer: Bearer,
    client: ClientId,
}

impl Asked {
    async fn new() -> Self {
        let world = World::new();
        let registration = world.register("ada@example.com").await.expect("registers");
        let bearer = Bearer { user: registration.user.id, session: session(&registration).id.clone() };
        let client = ClientId::draw(&world.random);
        Self { world, user: registration.user, bearer, client }
    }

    async fn memento(&self, name: &str) -> MementoId {
        let ring = self.world.store.ring(NOW).await.expect("a ring");
        let name = MementoName::read(name).expect("a name");
        let memento = Memento::new(name, self.user.id, &app("demo"), &ring, &self.world.random, NOW);
        self.world.store.create_memento(&app("demo"), self.user.id, &memento).await.expect("created");
        memento.id
    }

    async fn decide(&self, grant: Option<GrantId>, scope: &str, mementos: &[MementoId]) -> Result<GrantId, NotGranted> {
        let ticket = Ticket { epoch: Epoch(0), grant, signed_in: None };
        self.decide_as(&self.bearer, ticket, scope, mementos).await
    }

    async fn decide_as(
        &self,
        bearer: &Bearer,
        ticket: Ticket,
        scope: &str,
        mementos: &[MementoId],
    ) -> Result<GrantId, NotGranted> {
        let consent = Consent {
            bearer,
            ticket: &ticket,
            client: &self.client,
            scope: &Scope::read(scope),
            servers: &[],
            mementos,
            new: GrantId::draw(&self.world.random),
        };
        self.world.store.consent(&app("demo"), &consent, NOW).await
    }

    fn opening(&self, grant: &GrantId) -> (ClientOpening, RefreshToken) {
        let delegation = Delegation {
            client: self.client.clone(),
            grant: grant.clone(),
            scope: Scope::read("profile"),
            details: false,
            resources: Vec::new(),
            authentication: None,
            claims: RequestedClaims::default(),
        };
        let code = Code::issue(self.user.id, self.user.epoch, delegation, None, &self.world.random, NOW);
        ClientOpening::of_code(code, Device::default(), &self.world.random, NOW)
    }

    async fn exchange(&self, opening: &ClientOpening) -> Result<(), NotExchanged> {
        let nonce = self.world.nonce();
        self.world.store.exchange_code(&app("demo"), opening, &nonce, NOW).await.map(drop)
    }

    async fn is_alive(&self, opening: &ClientOpening) -> bool {
        let bearer = Bearer { user: self.user.id, session: opening.session.id.clone() };
        let standing = self.world.store.delegated_standing(&app("demo"), &bearer, &self.client, NOW).await;
        assert!(!matches!(standing, Err(NotStanding::Store(_))), "the store does not answer: {standing:?}");
        standing.is_ok()
    }

    /// Somebody whose client has been given a session.
    async fn connected() -> (Self, GrantId, ClientOpening, RefreshToken) {
        let asked = Self::new().await;
        let grant = asked.decide(None, "profile", &[]).await.expect("granted");
        let (opening, refresh) = asked.opening(&grant);
        asked.exchange(&opening).await.expect("exchanged");
        (asked, grant, opening, refresh)
    }

    async fn refresh(&self, token: &RefreshToken, at: Timestamp) -> Result<RefreshToken, NotRotated> {
        self.refresh_by(Rotation::Always, token, at).await
    }

    async fn refresh_by(
        &self,
        rotation: Rotation,
        token: &RefreshToken,
        at: Timestamp,
    ) -> Result<RefreshToken, NotRotated> {
        let (store, nonce) = (&self.world.store, self.world.nonce());
        let presented = ClientToken { client: &self.client, token, rotation };
        let rotated = store.rotate_delegated(&app("demo"), &presented, &nonce, at).await;
        rotated.map(|(rotated, _)| rotated.refresh)
    }
}

fn keys() -> ClientKeys {
    let key = r#"{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    ClientKeys::read(format!(r#"{{"keys":[{key}]}}"#).as_bytes()).expect("keys")
}

fn client(id: &str) -> Client {
    Client {
        id: id.parse().expect("a client's id"),
        app: app("demo"),
        name: "Reader".to_owned(),
        description: String::new(),
        logo: None,
        landing_page: None,
        origins: Vec::new(),
        redirect_uris: vec!["https://a.example/cb".parse().expect("one")],
        public: true,
        secrets: Vec::new(),
        default_scope: Scope::read("profile"),
        policy: ClientPolicy::default(),
        openid: openid::Settings::default(),
        disabled: false,
        created: NOW,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_knows_of_its_first_client_and_a_change_of_it_meanwhile_is_made_again() {
    let asked = Asked::new().await;
    let store = &asked.world.store;
    store.create_app(&asked.world.app_record("demo")).await.expect("an app");
    assert!(!store.app(&app("demo")).await.expect("answers").expect("an app").has_clients);
    let inner = asked.world.another_store();
    let demo = app("demo");
    let changed = store.change_app(&demo, |record| {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(inner.create_client(&client("one"))).expect("registered");
        });
        Ok::<_, AppConflict>(record)
    });
    assert!(matches!(changed.await, Err(AppConflict::Changed)));
    store.create_client(&client("two")).await.expect("registered");
    assert!(store.app(&app("demo")).await.expect("answers").expect("an app").has_clients);
}

#[tokio::test]
async fn a_client_is_written_once_and_changed_by_one_at_a_time() {
    let world = World::new();
    let client = Client {
        id: ClientId::draw(&world.random),
        app: app("demo"),
        name: "<script>".to_owned(),
        description: String::new(),
        logo: None,
        landing_page: Some("https://a.example/".to_owned()),
        origins: vec!["https://a.example".to_owned()],
        redirect_uris: vec!["https://a.example/cb?x=y".parse().expect("one")],
        public: true,
        secrets: Vec::new(),
        default_scope: Scope::read("profile"),
        policy: ClientPolicy {
            rotation: Rotation::UntilUsed,
            keys: Some(keys()),
            jwks_uri: Some("https://a.example/jwks.json".to_owned()),
            client_credentials: true,
            requires_pkce: true,
            registered: Registered::Itself { unused_until: Some(NOW) },
        },
        openid: openid::Settings {
            id_token_algorithm: Algorithm::EdDsa,
            post_logout_redirect_uris: vec!["https://a.example/out".parse().expect("one")],
            first_party: true,
        },
        disabled: false,
        created: NOW,
    };
    world.store.create_client(&client).await.expect("created");
    assert!(matches!(world.store.create_client(&client).await, Err(ClientConflict::Exists)));
    assert_eq!(world.store.client(&client.id).await.expect("answers"), Some(client.clone()));
    assert_eq!(world.store.clients().await.expect("answers"), std::slice::from_ref(&client.id));
    let disable = |client: Client| Ok::<_, ClientConflict>(Client { disabled: true, ..client });
    let changed = world.store.change_client(&client.id, disable).await.expect("changed").expect("known");
    assert_eq!(world.store.client(&client.id).await.expect("answers"), Some(changed));
    let unknown = ClientId::draw(&world.random);
    assert!(world.store.change_client(&unknown, disable).await.expect("answers").is_none());
}

/// Another client with the id would have the deleted one's grants and refresh tokens.
#[tokio::test]
async fn a_deleted_client_is_not_there_and_nobody_gets_its_id() {
    let (asked, ..) = Asked::connected().await;
    let (store, demo) = (&asked.world.store, app("demo"));
    let reader = Client { id: asked.client.clone(), ..client("reader") };
    store.create_client(&reader).await.expect("registered");
    let left = store.departing_client(&demo, &reader.id).await.expect("answers").expect("a client");

    assert_eq!(store.delete_client(&reader.id, NOW).await.expect("deletes"), Some(reader.clone()));
    assert_eq!(store.client(&reader.id).await.expect("answers"), None);
    assert!(store.clients().await.expect("answers").is_empty());
    assert!(store.departing_client(&demo, &reader.id).await.expect("answers").is_none());
    let enable = |client: Client| Ok::<_, ClientConflict>(Client { disabled: false, ..client });
    assert!(store.change_client(&reader.id, enable).await.expect("answers").is_none());
    assert!(store.delete_client(&reader.id, NOW).await.expect("answers").is_none(), "it was deleted");

    assert!(matches!(store.create_client(&reader).await, Err(ClientConflict::Exists)));
    assert!(matches!(store.arrive_client(&demo, &left).await, Err(NotImported::ClientTaken(_))));
    assert!(store.clients().await.expect("answers").is_empty());
    let grant = store.grant(&demo, asked.user.id, &reader.id).await.expect("answers");
    assert!(grant.is_some(), "its user sees it, and can take it back");
}

/// While two releases work on the tables, the one before knows nothing of deleted clients.
#[tokio::test]
async fn the_release_before_reads_a_deleted_client_as_a_disabled_one_without_secrets() {
    let world = World::new();
    let secret = StoredSecret::new(&AppSecret::draw(&world.random), &world.random, NOW);
    let reader = Client { public: false, secrets: vec![secret], ..client("reader") };
    world.store.create_client(&reader).await.expect("registered");
    world.store.delete_client(&reader.id, NOW).await.expect("deletes");
    let key = json!({"pk": {"S": "C#reader"}, "sk": {"S": "CLIENT"}});
    let item = &world.raw("GetItem", &json!({"TableName": "core", "Key": key}))["Item"];
    assert_eq!((&item["disabled"], &item["secrets"]), (&json!({"BOOL": true}), &json!({"M": {}})));
    assert_eq!((&item["app"], &item["redirect_uris"]), (&json!({"S": "demo"}), &json!({"L": []})));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_client_does_not_bring_it_back_that_is_deleted_meanwhile() {
    let world = World::new();
    let (store, inner, reader) = (&world.store, world.another_store(), client("reader"));
    store.create_client(&reader).await.expect("registered");
    let changed = store.change_client(&reader.id, |client| {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(inner.delete_client(&reader.id, NOW)).expect("deletes");
        });
        Ok::<_, ClientConflict>(client)
    });
    assert!(matches!(changed.await, Err(ClientConflict::Changed)));
    assert_eq!(store.client(&reader.id).await.expect("answers"), None);
}

#[tokio::test]
async fn a_grant_holds_what_was_decided_last_and_every_scope_that_was_agreed_to() {
    let asked = Asked::new().await;
    let (first, second) = (asked.memento("one").await, asked.memento("two").await);
    let id = asked.decide(None, "profile", &[first]).await.expect("granted");
    let again = asked.decide(Some(id.clone()), "email", std::slice::from_ref(&second)).await.expect("granted");
    assert_eq!(again, id, "it is the same grant");
    let grants = asked.world.store.grants(&app("demo"), asked.user.id).await.expect("answers");
    let [grant] = grants.as_slice() else { panic!("one grant") };
    assert_eq!((&grant.client, &grant.mementos), (&asked.client, &vec![second]));
    assert_eq!((grant.scope.to_string().as_str(), grant.created), ("email profile", NOW));
    asked.decide(Some(id), "", &[]).await.expect("granted");
    let grant = asked.world.store.grant(&app("demo"), asked.user.id, &asked.client).await.expect("answers");
    assert_eq!(grant.expect("a grant").mementos, []);
}

#[tokio::test]
async fn nobody_decides_whose_session_is_dead() {
    let asked = Asked::new().await;
    let ticket = |epoch| Ticket { epoch: Epoch(epoch), grant: None, signed_in: None };
    let stranger =
        Bearer { session: "0123456789abcdef0123456789abcdef".parse().expect("an id"), ..asked.bearer.clone() };
    for (bearer, ticket) in [(&stranger, ticket(0)), (&asked.bearer, ticket(1))] {
        let refused = asked.decide_as(bearer, ticket, "profile", &[]).await;
        assert!(matches!(refused, Err(NotGranted::SignedOut)));
    }
    asked.world.store.end_all_sessions(&app("demo"), &asked.user, NOW).await.expect("answers");
    assert!(matches!(asked.decide(None, "profile", &[]).await, Err(NotGranted::SignedOut)));
    assert!(asked.world.store.grants(&app("demo"), asked.user.id).await.expect("answers").is_empty());
}

#[tokio::test]
async fn two_pages_that_decide_at_once_do_not_overwrite_each_other_unseen() {
    let asked = Asked::new().await;
    let memento = asked.memento("one").await;
    let id = asked.decide(None, "profile", &[]).await.expect("granted");
    for (scope, mementos) in [("email", &[][..]), ("profile", &[memento])] {
        assert!(matches!(asked.decide(None, scope, mementos).await, Err(NotGranted::Changed)), "{scope}");
    }
    asked.world.store.disconnect(&app("demo"), asked.user.id, &asked.client).await.expect("answers");
    assert!(matches!(asked.decide(Some(id), "profile", &[]).await, Err(NotGranted::Changed)));
}

#[tokio::test]
async fn who_decides_just_what_stands_there_overwrites_nothing() {
    let asked = Asked::new().await;
    let (one, two) = (asked.memento("one").await, asked.memento("two").await);
    let id = asked.decide(None, "email profile", &[one.clone(), two.clone()]).await.expect("granted");
    let again = asked.decide(None, "profile", &[two, one]).await.expect("it says that already");
    assert_eq!(again, id);
    asked.world.store.end_all_sessions(&app("demo"), &asked.user, NOW).await.expect("answers");
    assert!(matches!(asked.decide(None, "profile", &[]).await, Err(NotGranted::SignedOut)));
}

#[tokio::test]
async fn a_decision_whose_answer_got_lost_is_made_all_the_same() {
    let asked = Asked::new().await;
    asked.world.faults.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Once);
    let id = asked.decide(None, "profile", &[]).await.expect("granted");
    let grant = asked.world.store.grant(&app("demo"), asked.user.id, &asked.client).await.expect("answers");
    assert_eq!(grant.expect("a grant").id, id);
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_a_second_time_revokes_what_it_gave() {
    let (asked, _, opening, refresh) = Asked::connected().await;
    assert!(asked.is_alive(&opening).await);
    assert!(matches!(asked.exchange(&opening).await, Err(NotExchanged::Reused)));
    assert!(!asked.is_alive(&opening).await);
    assert!(matches!(asked.refresh(&refresh, NOW).await, Err(NotRotated::Dead(_))));
    assert!(matches!(asked.exchange(&opening).await, Err(NotExchanged::Reused)), "and stays dead");
}

#[tokio::test]
async fn of_fifty_exchanges_at_once_one_is_given_a_session_which_the_others_revoke() {
    let asked = Asked::new().await;
    let grant = asked.decide(None, "profile", &[]).await.expect("granted");
    let asked = Arc::new(asked);
    let (opening, _) = asked.opening(&grant);
    let tries = (0..50).map(|_| {
        let (asked, opening) = (asked.clone(), opening.clone());
        tokio::spawn(async move { asked.exchange(&opening).await.is_ok() })
    });
    let given = futures(tries).await.into_iter().filter(|given| *given).count();
    assert_eq!(given, 1);
    assert!(!asked.is_alive(&opening).await);
}

async fn futures(tasks: impl Iterator<Item = tokio::task::JoinHandle<bool>>) -> Vec<bool> {
    let mut outcomes = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        outcomes.push(task.await.expect("no panic"));
    }
    outcomes
}

#[tokio::test]
async fn an_exchange_whose_answer_got_lost_is_no_replay() {
    let asked = Asked::new().await;
    let grant = asked.decide(None, "profile", &[]).await.expect("granted");
    let (opening, refresh) = asked.opening(&grant);
    asked.world.faults.inject(Fault::AnswerLost, On::operation("PutItem"), Times::Once);
    asked.exchange(&opening).await.expect("exchanged");
    assert!(asked.is_alive(&opening).await);
    asked.refresh(&refresh, NOW).await.expect("refreshes");
}

#[tokio::test]
async fn an_exchange_that_is_withdrawn_leaves_the_code_good_unless_it_was_presented_again() {
    let asked = Asked::new().await;
    let grant = asked.decide(None, "profile", &[]).await.expect("granted");
    let (opening, _) = asked.opening(&grant);
    let (store, demo, nonce) = (&asked.world.store, app("demo"), asked.world.nonce());
    store.exchange_code(&demo, &opening, &nonce, NOW).await.expect("exchanged");
    store.withdraw_exchange(&demo, &opening.session, &nonce).await.expect("withdrawn");
    store.exchange_code(&demo, &opening, &nonce, NOW).await.expect("exchanged");
    assert!(matches!(asked.exchange(&opening).await, Err(NotExchanged::Reused)));
    store.withdraw_exchange(&demo, &opening.session, &nonce).await.expect("answers");
    assert!(matches!(asked.exchange(&opening).await, Err(NotExchanged::Reused)));
}

#[tokio::test]
async fn what_is_taken_back_is_dead_at_once_and_stays_dead_when_it_is_given_anew() {
    let (asked, old, opening, refresh) = Asked::connected().await;
    assert!(asked.world.store.disconnect(&app("demo"), asked.user.id, &asked.client).await.expect("answers"));
    assert!(!asked.world.store.disconnect(&app("demo"), asked.user.id, &asked.client).await.expect("answers"));
    let (late, _) = asked.opening(&old);
    assert!(!asked.is_alive(&opening).await);
    assert!(matches!(asked.exchange(&late).await, Err(NotExchanged::Dead(InvalidToken::GrantTakenBack))));
    asked.decide(None, "profile", &[]).await.expect("granted");
    assert!(!asked.is_alive(&opening).await);
    assert!(matches!(asked.refresh(&refresh, NOW).await, Err(NotRotated::Dead(InvalidToken::GrantTakenBack))));
    let (late, _) = asked.opening(&old);
    assert!(matches!(asked.exchange(&late).await, Err(NotExchanged::Dead(InvalidToken::GrantTakenBack))));
}

#[tokio::test]
async fn a_new_password_ends_every_clients_session_and_every_code() {
    let (asked, grant, opening, refresh) = Asked::connected().await;
    let (unused, _) = asked.opening(&grant);
    asked.world.store.end_all_sessions(&app("demo"), &asked.user, NOW).await.expect("answers");
    assert!(!asked.is_alive(&opening).await);
    assert!(matches!(asked.refresh(&refresh, NOW).await, Err(NotRotated::Dead(InvalidToken::AllSessionsEnded))));
    assert!(matches!(asked.exchange(&unused).await, Err(NotExchanged::Dead(InvalidToken::AllSessionsEnded))));
}

#[tokio::test]
async fn a_refresh_says_what_the_client_may_see_now() {
    let (asked, _, _, first) = Asked::connected().await;
    let memento = asked.memento("one").await;
    let (store, demo) = (&asked.world.store, app("demo"));
    let chosen = std::slice::from_ref(&memento);
    store.choose_mementos(&demo, asked.user.id, &asked.client, chosen).await.expect("answers").expect("connected");
    let refresh = async |token| {
        let presented = ClientToken { client: &asked.client, token, rotation: Rotation::Always };
        store.rotate_delegated(&demo, &presented, &asked.world.nonce(), NOW).await.expect("refreshes")
    };
    let (rotated, standing) = refresh(&first).await;
    assert_eq!(standing.grant.mementos, chosen);
    store.delete_memento(&demo, asked.user.id, &memento).await.expect("answers");
    let (_, standing) = refresh(&rotated.refresh).await;
    assert_eq!(standing.grant.mementos, []);
    let nobody = ClientId::draw(&asked.world.random);
    assert!(store.choose_mementos(&demo, asked.user.id, &nobody, chosen).await.expect("answers").is_none());
}

#[tokio::test]
async fn a_refresh_token_is_looked_at_without_being_exchanged() {
    let (asked, _, _, first) = Asked::connected().await;
    let (store, demo) = (&asked.world.store, app("demo"));
    let is_good = async |token: &RefreshToken, at| {
        store.refreshable_standing(&demo, token, &asked.client, at).await.expect("answers").is_some()
    };
    assert!(is_good(&first, NOW).await && is_good(&first, NOW).await);
    let second = asked.refresh(&first, NOW).await.expect("refreshes");
    assert!(is_good(&second, NOW).await && is_good(&first, NOW).await, "within the minute both are");
    assert!(!is_good(&first, NOW.plus(Seconds(60))).await);
    assert!(is_good(&second, NOW.plus(Seconds(60))).await);
}

#[tokio::test]
async fn a_clients_session_is_no_place_where_its_user_is_signed_in_and_does_not_end_there() {
    let (asked, _, opening, _) = Asked::connected().await;
    let (store, demo) = (&asked.world.store, app("demo"));
    let listed = store.sessions(&demo, &asked.user, NOW).await.expect("answers");
    assert_eq!(listed.iter().map(|session| &session.id).collect::<Vec<_>>(), [&asked.bearer.session]);
    let nonce = asked.world.nonce();
    assert!(!store.end_listed_session(&demo, asked.user.id, &opening.session.id, &nonce, NOW).await.expect("answers"));
    assert!(matches!(asked.exchange(&opening).await, Err(NotExchanged::Reused)), "the code stays used");
}

#[tokio::test]
async fn a_use_is_noted_by_the_hour_and_never_makes_a_grant() {
    let (asked, ..) = Asked::connected().await;
    let (store, demo) = (&asked.world.store, app("demo"));
    let grant = async || store.grant(&demo, asked.user.id, &asked.client).await.expect("answers");
    let found = grant().await.expect("a grant");
    assert!(found.use_is_news(NOW));
    store.note_grant_use(&demo, asked.user.id, &found, NOW).await.expect("noted");
    let noted = grant().await.expect("a grant");
    assert_eq!(noted.used, Some(NOW));
    assert!(!noted.use_is_news(NOW.plus(Seconds(3599))) && noted.use_is_news(NOW.plus(Seconds(3600))));
    store.disconnect(&demo, asked.user.id, &asked.client).await.expect("answers");
    store.note_grant_use(&demo, asked.user.id, &found, NOW).await.expect("answers");
    assert!(grant().await.is_none());
}

#[tokio::test]
async fn somebody_who_leaves_takes_grants_and_mementos_along() {
    let (asked, ..) = Asked::connected().await;
    let (store, demo) = (&asked.world.store, app("demo"));
    for n in 0..60 {
        asked.memento(&format!("memento {n}")).await;
    }
    assert!(store.delete_user(&demo, &asked.user, &asked.bearer.session, NOW).await.expect("answers"));
    assert!(store.grants(&demo, asked.user.id).await.expect("answers").is_empty());
    assert!(store.mementos(&demo, asked.user.id, None, 100).await.expect("answers").0.is_empty());
}

#[tokio::test]
async fn a_token_that_is_replaced_when_its_successor_is_used_gives_that_for_as_long_as_the_session_lives() {
    let (asked, _, _, first) = Asked::connected().await;
    let refresh = async |token: &RefreshToken, at| asked.refresh_by(Rotation::UntilUsed, token, at).await;
    let second = refresh(&first, NOW).await.expect("refreshes");
    // It comes back every three weeks, with the token that it had: each time begins another stretch of thirty days.
    for weeks in 1..10 {
        let again = refresh(&first, NOW.plus(Seconds::days(21 * weeks))).await.expect("refreshes");
        assert_eq!(again.digest(), second.digest(), "{weeks}");
    }
    let later = NOW.plus(Seconds::days(21 * 9));
    let third = refresh(&second, later).await.expect("refreshes");
    assert_ne!(third.digest(), second.digest());
    assert!(matches!(refresh(&first, later).await, Err(NotRotated::Reused)), "its successor is in use");
    assert!(matches!(refresh(&third, later).await, Err(NotRotated::Dead(_))), "a token was copied");
}

#[tokio::test]
async fn a_token_that_is_not_replaced_stays_the_one_for_its_thirty_days() {
    let (asked, _, _, token) = Asked::connected().await;
    let refresh = async |at| asked.refresh_by(Rotation::Off, &token, at).await;
    let end = NOW.plus(Seconds::days(30));
    for at in [NOW, NOW, end.minus(Seconds(1))] {
        assert_eq!(refresh(at).await.expect("refreshes").digest(), token.digest());
    }
    assert!(refresh(end).await.is_ok(), "each refresh begins another thirty days");
    assert!(matches!(refresh(end.plus(Seconds::days(30))).await, Err(NotRotated::Dead(InvalidToken::Expired))));
}

#[tokio::test]
async fn a_refresh_of_either_kind_whose_answer_got_lost_is_made_all_the_same() {
    for rotation in Rotation::EACH {
        let (asked, _, _, token) = Asked::connected().await;
        asked.world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
        let next = asked.refresh_by(rotation, &token, NOW).await.expect("refreshes");
        asked.refresh_by(rotation, &next, NOW).await.expect("refreshes");
    }
}

#[tokio::test]
async fn an_owner_may_choose_another_rotation_while_clients_hold_tokens() {
    for from in Rotation::EACH {
        for to in Rotation::EACH {
            let (asked, _, _, first) = Asked::connected().await;
            let next = asked.refresh_by(from, &first, NOW).await.expect("refreshes");
            let next = asked.refresh_by(to, &next, NOW).await.expect("refreshes");
            asked.refresh_by(from, &next, NOW).await.expect("refreshes");
        }
    }
}

#[tokio::test]
async fn an_assertion_is_good_once_for_as_long_as_it_lives() {
    let world = World::new();
    let [client, other] = [(); 2].map(|()| ClientId::draw(&world.random));
    let assertion = |id: &str| Assertion { id: id.to_owned(), expires: NOW.plus(Seconds(60)) };
    let spend = async |client: &ClientId, id: &str, at| {
        world.store.spend_assertion(client, &assertion(id), &world.nonce(), at).await.expect("answers")
    };
    assert!(spend(&client, "1", NOW).await);
    assert!(!spend(&client, "1", NOW).await && !spend(&client, "1", NOW.plus(Seconds(59))).await);
    assert!(spend(&client, "2", NOW).await && spend(&other, "1", NOW).await, "it is the client's own");
    // The item may be there for days after its time.
    assert!(spend(&client, "1", NOW.plus(Seconds(60))).await);
}

#[tokio::test]
async fn of_fifty_that_send_one_assertion_at_once_one_has_it() {
    let world = Arc::new(World::new());
    let client = ClientId::draw(&world.random);
    let tries = (0..50).map(|_| {
        let (world, client) = (world.clone(), client.clone());
        tokio::spawn(async move {
            let assertion = Assertion { id: "1".to_owned(), expires: NOW.plus(Seconds(60)) };
            world.store.spend_assertion(&client, &assertion, &world.nonce(), NOW).await.expect("answers")
        })
    });
    assert_eq!(futures(tries).await.into_iter().filter(|had| *had).count(), 1);
}

#[tokio::test]
async fn an_assertion_whose_answer_got_lost_is_its_requests_own_and_is_given_back_by_that_request_alone() {
    let world = World::new();
    let (client, [ours, other]) = (ClientId::draw(&world.random), [world.nonce(), world.nonce()]);
    let assertion = Assertion { id: "1".to_owned(), expires: NOW.plus(Seconds(60)) };
    world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
    assert!(world.store.spend_assertion(&client, &assertion, &ours, NOW).await.expect("answers"));
    world.store.give_assertion_back(&client, &assertion, &other).await.expect("answers");
    assert!(!world.store.spend_assertion(&client, &assertion, &other, NOW).await.expect("answers"));
    world.store.give_assertion_back(&client, &assertion, &ours).await.expect("answers");
    assert!(world.store.spend_assertion(&client, &assertion, &other, NOW).await.expect("answers"));
}

#[tokio::test]
async fn a_client_that_is_let_in_while_its_user_is_deleted_leaves_nothing_behind() {
    for _ in 0..20 {
        let asked = Asked::new().await;
        let (store, demo) = (&asked.world.store, app("demo"));
        let delete = store.delete_user(&demo, &asked.user, &asked.bearer.session, NOW);
        let (decided, deleted) = tokio::join!(asked.decide(None, "profile", &[]), delete);
        assert!(deleted.expect("answers"), "{decided:?}");
        assert_eq!(store.grants(&demo, asked.user.id).await.expect("answers").len(), 0, "{decided:?}");
    }
}
