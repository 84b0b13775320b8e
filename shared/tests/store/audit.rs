//! The audit trail: every verb of the store that changes a security state is told, once, with its author.

use std::collections::BTreeMap;

use shared::audit::{Act, Author};
use shared::code::digits::Code;
use shared::code::email::EmailChallenge;
use shared::code::mailed::Owner;
use shared::code::reset::ResetLink;
use shared::code::sms::CodeRecord;
use shared::id::{ClientId, GrantId};
use shared::language::Language;
use shared::oauth::claims::RequestedClaims;
use shared::oauth::client::{Client, ClientPolicy};
use shared::oauth::code::Code as AuthorizationCode;
use shared::oauth::grant::{Delegation, Ticket};
use shared::oauth::memento::{Memento, MementoName};
use shared::oauth::openid;
use shared::oauth::scope::Scope;
use shared::oauth::session::ClientOpening;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::refresh::Rotation;
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::{
    AppConflict, Asker, ClientConflict, ClientToken, Consent, DepartingWebhook, Import, MailedCodeGuess,
    MailedCodeIssue, PasswordTry, Reach, Redemption,
};
use shared::token::seal::Kek;
use shared::user::User;
use shared::user::identity::{Handle, Login};
use shared::user::password::PasswordHash;
use shared::webhook::endpoint::{Endpoint, EndpointId, Off};
use shared::webhook::event::Events;
use shared::webhook::secret::{SealedSecret, WebhookSecret};

use crate::audit_scene::Scene;
use crate::audit_verbs::TOLD;
use crate::world::{LIFETIME, NOW, World, app, email, session};

fn bearer(opening: &Opening) -> Bearer {
    Bearer { user: opening.session.user, session: opening.session.id.clone() }
}

fn endpoint(world: &World, url: &str) -> Endpoint {
    Endpoint {
        app: app("demo"),
        id: EndpointId::draw(&world.random),
        url: url.parse().expect("a URL"),
        events: Events::usual(),
        secret: SealedSecret::from_bytes(vec![1; 60]),
        former: None,
        off: None,
        failing_since: None,
        arrived: None,
        created: NOW,
    }
}

pub(crate) fn client(world: &World) -> Client {
    Client {
        id: ClientId::draw(&world.random),
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

#[tokio::test]
async fn each_is_told_with_its_author() {
    let mut scene = Scene::new();
    let demo = app("demo");
    scene.store.ring(NOW).await.expect("a ring");
    scene.told("ring", &[Act::KeysCreated]);
    let kek = Kek::new(&Secret::new("the test deployment's secret".to_owned()));
    let ring = scene.store.sealed_ring(NOW).await.expect("a ring");
    let rotated = ring.rotate(&kek, &scene.world.random, NOW).expect("rotates");
    scene.store.replace_ring(&rotated).await.expect("replaces");
    let told = scene.told("replace_ring", &[Act::KeysChanged]);
    assert_eq!((&told[0].app, &told[0].details), (&None, &BTreeMap::new()));

    scene.store.create_app(&scene.world.app_record("demo")).await.expect("creates");
    scene.told("create_app", &[Act::AppCreated]);
    let rename = |mut record: shared::app::App| {
        record.name = "Another".to_owned();
        Ok::<_, AppConflict>(record)
    };
    scene.store.change_app(&demo, rename).await.expect("changes");
    let told = scene.told("change_app", &[Act::AppChanged]);
    assert_eq!(told[0].details["changed"], "name");
    let logo = serde_json::json!({"pk": {"S": "A#demo"}, "sk": {"S": "LOGO"}, "picture": {"B": "AAAA"}});
    scene.world.raw("PutItem", &serde_json::json!({"TableName": "core", "Item": logo}));
    assert_eq!(scene.entries(), [], "the app says which logo it has");
    for (act, whose) in [(Act::AppExported, Some(&demo)), (Act::LimitsReset, None)] {
        // The second is another, though the item is the same.
        for to in ["age1", "age2"] {
            scene.store.note_act(act, whose, None, &[("to", to)], NOW).await.expect("noted");
            let told = scene.told("note_act", &[act]);
            assert_eq!((told[0].app.as_ref(), told[0].details["to"].as_str()), (whose, to));
            assert!(told[0].author.is_some());
        }
    }
    let reader = client(&scene.world);
    scene.store.create_client(&reader).await.expect("creates");
    scene.told("create_client", &[Act::ClientCreated]);
    let disable = |client: Client| Ok::<_, ClientConflict>(Client { disabled: true, ..client });
    scene.store.change_client(&reader.id, disable).await.expect("changes");
    let told = scene.told("change_client", &[Act::ClientChanged]);
    assert_eq!((told[0].details["changed"].as_str(), &told[0].app), ("disabled", &Some(demo.clone())));
    let left = scene.store.departing_client(&demo, &reader.id).await.expect("answers").expect("a client");
    let arriving = shared::store::DepartingClient { id: ClientId::draw(&scene.world.random).to_string(), ..left };
    scene.store.arrive_client(&demo, &arriving).await.expect("arrives");
    scene.told("arrive_client", &[Act::ClientCreated]);
    let arrived = arriving.id.parse().expect("a client's id");
    assert!(scene.store.delete_client(&arrived, NOW).await.expect("deletes").is_some());
    let told = scene.told("delete_client", &[Act::ClientDeleted]);
    assert_eq!((&told[0].details["client"], &told[0].app), (&arriving.id, &Some(demo.clone())));
    assert!(told[0].author.is_some());
    scene.store.remove_client(&reader.id).await.expect("removes");
    assert_eq!(scene.told("remove_client", &[Act::ClientDeleted])[0].details["client"], reader.id.as_str());

    of_webhooks(&mut scene).await;
    of_a_user(&mut scene).await;
    of_sessions_and_clients(&mut scene).await;
    of_proofs_and_ends(&mut scene).await;
    assert_eq!(scene.done, TOLD.into(), "each of them is done here");
}

async fn of_webhooks(scene: &mut Scene) {
    let demo = app("demo");
    let endpoint = endpoint(&scene.world, "https://shop.example/hooks");
    scene.store.add_webhook(&endpoint).await.expect("added");
    let told = scene.told("add_webhook", &[Act::WebhookCreated]);
    assert_eq!((told[0].details["endpoint"].as_str(), &told[0].app), (endpoint.id.as_str(), &Some(demo.clone())));
    assert!(told[0].author.is_some() && !format!("{told:?}").contains("shop.example"));
    let other = SealedSecret::from_bytes(vec![2; 60]);
    assert!(scene.store.rotate_webhook(&endpoint, &other, NOW).await.expect("answers"));
    let told = scene.told("rotate_webhook", &[Act::WebhookChanged]);
    assert_eq!(told[0].details["changed"], "former former_until secret");
    scene.store.begin_failing(&demo, &endpoint.id, NOW, None).await.expect("noted");
    assert_eq!(scene.entries(), [], "that it fails is nobody's act");
    scene.store.begin_failing(&demo, &endpoint.id, NOW, Some(Off::Gone)).await.expect("noted");
    let told = scene.told("begin_failing", &[Act::WebhookChanged]);
    assert_eq!((told[0].details["off"].as_str(), &told[0].author), ("gone", &None));
    scene.store.switch_webhook(&demo, &endpoint.id, true).await.expect("switched");
    assert!(scene.told("switch_webhook", &[Act::WebhookChanged])[0].author.is_some());
    assert!(scene.store.remove_webhook(&demo, &endpoint.id).await.expect("removed"));
    let told = scene.told("remove_webhook", &[Act::WebhookChanged, Act::WebhookDeleted]);
    assert!(told.iter().any(|entry| entry.author.is_some()), "it was turned off by somebody before");
    let secret = WebhookSecret::draw(&scene.world.random).reveal();
    let webhook = serde_json::json!({"url": {"S": "https://shop.example/"}, "created": {"N": "1800000000"}});
    let left = DepartingWebhook { id: endpoint.id.to_string(), webhook, secret, former: None };
    scene.store.arrive_webhook(&demo, &left, NOW).await.expect("arrives");
    assert!(scene.told("arrive_webhook", &[Act::WebhookCreated])[0].author.is_some());
}

async fn of_a_user(scene: &mut Scene) {
    let demo = app("demo");
    let ada = scene.register("ada@example.com").await;
    let told = scene.told("register", &[Act::UserCreated, Act::SessionOpened]);
    for entry in &told {
        assert_eq!((&entry.app, entry.user), (&Some(demo.clone()), Some(ada.user.id)));
        assert_eq!(
            entry.author,
            Some(Author::of_request("203.0.113.7", "request-1").reading(Language::English)),
            "{}",
            entry.act
        );
    }
    assert_eq!(told.iter().find(|entry| entry.act == "user_created").expect("one").details["handles"], "email");
    let kept = session(&ada).id.clone();
    let hash = PasswordHash::from_phc("second".to_owned());
    scene.store.change_password(&demo, &ada.user, &kept, &hash, NOW).await.expect("changes");
    scene.told("change_password", &[Act::PasswordSet]);
    let user = scene.user(ada.user.id).await;
    assert!(scene.store.end_all_sessions(&demo, &user, NOW).await.expect("answers"));
    scene.told("end_all_sessions", &[Act::SessionsEnded]);
    for (disabled, act) in [(true, Act::UserDisabled), (false, Act::UserEnabled)] {
        let user = scene.user(ada.user.id).await;
        assert!(scene.store.set_disabled(&demo, &user, disabled, NOW).await.expect("answers"));
        scene.told("set_disabled", &[act]);
    }
    let editor = "editor".parse().expect("a role");
    scene.store.give_role(&demo, ada.user.id, &editor).await.expect("given");
    assert_eq!(scene.told("give_role", &[Act::RoleGiven])[0].details["role"], "editor");
    scene.store.take_role(&demo, ada.user.id, &editor).await.expect("taken");
    assert!(scene.told("take_role", &[Act::RoleTaken])[0].author.is_some());

    let user = scene.user(ada.user.id).await;
    let identity = scene.world.identity("ada@example.com").await;
    let handle = Handle::Email(email("ada@example.com"));
    let (link, token) = ResetLink::issue(&demo, handle.clone(), identity.as_ref(), LIFETIME, &scene.world.random, NOW);
    scene.store.put_reset_link(&link).await.expect("writes");
    assert_eq!(scene.told("put_reset_link", &[Act::PasswordLinkMade])[0].user, Some(user.id));
    let live = scene.store.live_link(&demo, &token, NOW).await.expect("answers").expect("alive");
    let redemption = Redemption { link: &live, password: &hash, source: "192.0.2.1", now: NOW };
    scene.store.redeem_reset_link(&demo, &redemption, &scene.world.nonce()).await.expect("redeems");
    scene.told("redeem_reset_link", &[Act::PasswordSet, Act::EmailVerified]);

    let login = Login::Handle(handle.clone());
    let tried = PasswordTry { app: &demo, login: &login, source: "198.51.100.1", cap: 5, now: NOW };
    for _ in 0..20 {
        let reserved = scene.store.reserve_try(&tried).await.expect("answers");
        scene.store.end_wrong_try(&tried, &reserved).await.expect("answers");
    }
    let held = scene.told("end_wrong_try", &[Act::SignInHeld]);
    assert_eq!((held[0].outcome.as_str(), held[0].user), ("refused", Some(user.id)));
    scene.store.clear_tries(&demo, &handle, NOW).await.expect("clears");
    scene.told("clear_tries", &[Act::SignInFreed]);
}

async fn of_sessions_and_clients(scene: &mut Scene) {
    let demo = app("demo");
    let bob = scene.register("bob@example.com").await.user;
    scene.entries();
    let [one, two, three, browser] = [0; 4].map(|_| scene.session_of(&bob, Transport::Browser));
    for opening in [&one, &two, &three, &browser] {
        scene.store.open_session(&demo, opening).await.expect("opens");
    }
    let told = scene.told("open_session", &[Act::SessionOpened; 4]);
    assert_eq!(told[0].details["opened_from"], "203.0.113.9");
    assert!(scene.store.end_session(&demo, &bearer(&one), Transport::Browser).await.expect("answers"));
    scene.told("end_session", &[Act::SessionEnded]);
    let nonce = scene.world.nonce();
    assert!(scene.store.end_listed_session(&demo, bob.id, &two.session.id, &nonce, NOW).await.expect("answers"));
    scene.told("end_listed_session", &[Act::SessionEnded]);
    assert!(scene.store.revoke_session(&demo, bob.id, &three.session.id, NOW).await.expect("answers"));
    scene.told("revoke_session", &[Act::SessionEnded]);

    let (reader, ticket) =
        (ClientId::draw(&scene.world.random), Ticket { epoch: bob.epoch, grant: None, signed_in: None });
    let consent = Consent {
        bearer: &bearer(&browser),
        ticket: &ticket,
        client: &reader,
        scope: &Scope::read("profile"),
        servers: &[],
        mementos: &[],
        new: GrantId::draw(&scene.world.random),
    };
    let grant = scene.store.consent(&demo, &consent, NOW).await.expect("granted");
    let told = scene.told("consent", &[Act::GrantGiven]);
    assert_eq!((told[0].details["client"].as_str(), told[0].details["scope"].as_str()), (reader.as_str(), "profile"));
    agree_to_a_server(scene, Ticket { grant: Some(grant.clone()), ..ticket.clone() }, consent).await;
    let delegation = Delegation {
        client: reader.clone(),
        grant,
        scope: Scope::read("profile"),
        details: false,
        resources: Vec::new(),
        authentication: None,
        claims: RequestedClaims::default(),
    };
    let code = AuthorizationCode::issue(bob.id, bob.epoch, delegation, None, &scene.world.random, NOW);
    let (opening, refresh) = ClientOpening::of_code(code, Device::default(), &scene.world.random, NOW);
    scene.store.exchange_code(&demo, &opening, &scene.world.nonce(), NOW).await.expect("exchanged");
    assert_eq!(scene.told("exchange_code", &[Act::SessionOpened])[0].details["client"], reader.as_str());
    let token = ClientToken { client: &reader, token: &refresh, rotation: Rotation::Always };
    scene.store.rotate_delegated(&demo, &token, &scene.world.nonce(), NOW).await.expect("refreshed");
    assert_eq!(scene.entries(), [], "a refresh is no news");
    let ring = scene.store.ring(NOW).await.expect("a ring");
    let name = MementoName::read("Notes").expect("a name");
    let memento = Memento::new(name, bob.id, &demo, &ring, &scene.world.random, NOW);
    scene.store.create_memento(&demo, bob.id, &memento).await.expect("created");
    assert_eq!(scene.entries(), [], "what a user keeps is no news");
    scene.store.choose_mementos(&demo, bob.id, &reader, &[memento.id]).await.expect("answers");
    scene.told("choose_mementos", &[Act::GrantChanged]);
    assert!(scene.store.disconnect(&demo, bob.id, &reader).await.expect("answers"));
    scene.told("disconnect", &[Act::GrantWithdrawn]);
    scene.store.sign_out(&demo, &bearer(&browser), NOW).await.expect("signs out");
    scene.told("sign_out", &[Act::SessionEnded]);
}

/// The same decision once more, with a resource server beside it.
async fn agree_to_a_server(scene: &mut Scene, ticket: Ticket, consent: Consent<'_>) {
    let servers = ["https://api.example".to_owned()];
    let wider = Consent { ticket: &ticket, servers: &servers, ..consent };
    scene.store.consent(&app("demo"), &wider, NOW).await.expect("granted");
    scene.told("consent", &[Act::GrantChanged]);
}

async fn of_proofs_and_ends(scene: &mut Scene) {
    let demo = app("demo");
    for (verb, address) in [
        ("prove_email_by_code", "c@example.com"),
        ("prove_email_by_link", "d@example.com"),
        ("prove_by_word", "e@example.com"),
        ("disown", "f@example.com"),
    ] {
        let mut registration = scene.world.registration(address);
        let user = registration.user.clone();
        let ring = scene.store.ring(NOW).await.expect("a ring");
        let (challenge, code, link) = EmailChallenge::issue(&demo, user.id, &ring, &scene.world.random, NOW);
        registration.challenge = Some(challenge);
        scene.store.register(&demo, &registration, &scene.world.nonce(), NOW).await.expect("registers");
        scene.entries();
        let act = match verb {
            "prove_email_by_code" => {
                scene.store.prove_email_by_code(&demo, user.id, &code, NOW).await.expect("proven");
                vec![Act::EmailVerified]
            }
            "prove_email_by_link" => {
                scene.store.prove_email_by_link(&demo, &link, NOW).await.expect("proven");
                vec![Act::EmailVerified]
            }
            "prove_by_word" => {
                assert!(scene.store.prove_by_word(&demo, &user, &email(address), NOW).await.expect("answers"));
                vec![Act::EmailVerified]
            }
            _ => {
                assert!(scene.store.disown(&demo, &link, NOW).await.expect("answers"));
                vec![Act::UserDeleted, Act::SessionEnded]
            }
        };
        scene.told(verb, &act);
    }
    let id = scene.store.number_of(&demo, "7", NOW).await.expect("answers");
    let user = User { id, email: Some(email("g@example.com")), ..User::new(&scene.world.random, NOW) };
    let nonce = scene.world.nonce();
    let import = Import { user, origin: "7".to_owned(), password: None, totp: None, nonce };
    scene.store.import(&demo, &import, NOW).await.expect("imports");
    assert_eq!(scene.told("import", &[Act::UserCreated])[0].details["by"], "import");
    let left = scene.store.departing_user(&demo, id, NOW).await.expect("answers").expect("a user");
    assert!(!left.user.to_string().contains("203.0.113.7"), "who wrote it last stays here");
    scene.store.arrive(&app("other"), &left, NOW).await.expect("arrives");
    scene.told("arrive", &[Act::UserCreated]);
    let user = scene.user(id).await;
    let opened = Session::open(user.id, user.epoch, Transport::App, Device::default(), &scene.world.random, NOW);
    scene.store.open_session(&demo, &Opening::from(opened.clone())).await.expect("opens");
    scene.records();
    assert!(scene.store.delete_user(&demo, &user, &opened.id, NOW).await.expect("answers"));
    scene.told("delete_user", &[Act::SessionEnded, Act::UserDeleted]);
    let user = scene.register("h@example.com").await.user;
    scene.records();
    assert!(scene.store.delete_user_as_operator(&demo, &user, NOW).await.expect("answers"));
    scene.told("delete_user_as_operator", &[Act::UserDeleted, Act::SessionEnded]);
}

#[tokio::test]
async fn who_leaves_no_mark_is_not_taken_for_the_one_before() {
    let mut scene = Scene::new();
    let demo = app("demo");
    let ada = scene.register("ada@example.com").await.user;
    scene.records();
    // As a release before the trail, or somebody by hand, would write.
    let key = serde_json::json!({"pk": {"S": format!("U#demo#{}", ada.id)}, "sk": {"S": "USER"}});
    let update = serde_json::json!({
        "TableName": "core", "Key": key, "UpdateExpression": "SET disabled = :yes",
        "ExpressionAttributeValues": {":yes": {"BOOL": true}},
    });
    scene.world.raw("UpdateItem", &update);
    let told = scene.entries();
    assert_eq!((told[0].act.as_str(), &told[0].author, &told[0].app), ("user_disabled", &None, &Some(demo)));
}

#[tokio::test]
async fn a_passkey_is_a_factor() {
    let mut scene = Scene::new();
    let ada = scene.register("ada@example.com").await.user;
    scene.records();
    let key = serde_json::json!({"pk": {"S": format!("U#demo#{}", ada.id)}, "sk": {"S": "USER"}});
    for (count, act) in [("1", Act::FactorAdded), ("-1", Act::FactorRemoved)] {
        let update = serde_json::json!({
            "TableName": "core", "Key": key, "UpdateExpression": "ADD passkeys :more",
            "ExpressionAttributeValues": {":more": {"N": count}},
        });
        scene.world.raw("UpdateItem", &update);
        let told = scene.entries();
        assert_eq!((told[0].act.as_str(), told[0].details["kind"].as_str()), (act.name(), "passkey"));
    }
}

#[tokio::test]
async fn a_changed_handle_is_told_with_its_author() {
    let mut scene = Scene::new();
    let ada = scene.register("ada@example.com").await;
    scene.records();
    let (user, session) = (&ada.user, &session(&ada).id);
    let username = "ada_1815".parse().expect("a username");
    let nonce = scene.world.nonce();
    let asker = Asker { user, session };
    scene.store.change_username(&app("demo"), asker, &username, &nonce, NOW).await.expect("changes");
    let told = scene.entries();
    let added = told.iter().find(|entry| entry.act == Act::HandleAdded.name()).expect("a handle that is told");
    assert_eq!((added.user, added.details["kind"].as_str()), (Some(user.id), "username"));
    assert_eq!(added.author, Some(Author::of_request("203.0.113.7", "request-1").reading(Language::English)));
}

#[tokio::test]
async fn a_first_proof_is_told_with_its_author() {
    let mut scene = Scene::new();
    let (demo, address) = (app("demo"), email("ada@example.com"));
    let ada = scene.register("ada@example.com").await.user;
    let (owner, nonce) = (Some(Owner { user: ada.id, epoch: ada.epoch }), scene.world.nonce());
    let code = Code::read("012345").expect("six digits");
    let issue = MailedCodeIssue { app: &demo, email: &address, owner, source: "203.0.113.7", nonce, now: NOW };
    scene.store.put_mailed_code(&issue, &code, CodeRecord::default()).await.expect("issues");
    let guess = MailedCodeGuess { app: &demo, email: &address, source: "203.0.113.7", now: NOW };
    let (proof, _) = scene.store.guess_mailed_code(&guess, &code).await.expect("right");
    let reach = scene.store.reach_by_mail(&demo, ada.id, &address).await.expect("answers");
    let Reach::First(first) = reach else { panic!("{reach:?}") };
    scene.records();
    let nonce = scene.world.nonce();
    scene.store.take_over_by_mailed_code(&demo, (&proof, &first), None, &nonce, NOW).await.expect("takes over");
    let told = scene.entries();
    let proven = told.iter().find(|entry| entry.act == Act::EmailVerified.name()).expect("a proof that is told");
    assert_eq!(proven.user, Some(ada.id));
    assert_eq!(proven.author, Some(Author::of_request("203.0.113.7", "request-1").reading(Language::English)));
}

#[tokio::test]
async fn factors_stand_in_the_user() {
    let mut scene = Scene::new();
    let ada = scene.register("ada@example.com").await.user;
    scene.records();
    let key = serde_json::json!({"pk": {"S": format!("U#demo#{}", ada.id)}, "sk": {"S": "USER"}});
    for (expression, values, act, kind) in [
        ("SET totp = :v", Some("AAAA"), Act::FactorAdded, "totp"),
        ("SET recovery = :v", Some("AAAA"), Act::FactorAdded, "recovery"),
        ("SET recovery = :v", Some("BBBB"), Act::FactorChanged, "recovery"),
        ("REMOVE totp", None, Act::FactorRemoved, "totp"),
    ] {
        let mut update = serde_json::json!({"TableName": "core", "Key": key, "UpdateExpression": expression});
        if let Some(value) = values {
            update["ExpressionAttributeValues"] = serde_json::json!({":v": {"B": value}});
        }
        scene.world.raw("UpdateItem", &update);
        let told = scene.entries();
        assert_eq!((told[0].act.as_str(), told[0].details["kind"].as_str()), (act.name(), kind), "{expression}");
    }
}

#[tokio::test]
async fn nothing_that_opens_something_or_names_a_person_stands_in_an_entry() {
    let mut scene = Scene::new();
    let demo = app("demo");
    scene.store.ring(NOW).await.expect("a ring");
    let mut record = scene.world.app_record("demo");
    record.policy.reset_page = Some("https://canary.example/reset".to_owned());
    scene.store.create_app(&record).await.expect("creates");
    let mut registration = scene.world.registration("canary@example.com");
    registration.user.phone = Some("+8613800138000".parse().expect("E.164"));
    registration.user.name = "Canary".to_owned();
    registration.password = Some(PasswordHash::from_phc("canary-hash".to_owned()));
    scene.store.register(&demo, &registration, &scene.world.nonce(), NOW).await.expect("registers");
    let user = registration.user.clone();
    scene
        .store
        .change_password(&demo, &user, &session(&registration).id, &PasswordHash::from_phc("canary-2".to_owned()), NOW)
        .await
        .expect("changes");
    let entries = format!("{:?}", scene.entries());
    for canary in ["canary", "Canary", "13800138000", session(&registration).id.to_string().as_str()] {
        assert!(!entries.contains(canary), "{canary}: {entries}");
    }
    assert!(entries.contains("password_set"));
}
