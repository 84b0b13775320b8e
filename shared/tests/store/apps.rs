use local::faults::{Fault, On, Times};
use shared::app::apis::{Api, Apis};
use shared::app::brand::{Brand, Logo};
use shared::app::captcha::{CaptchaPolicy, OnOutage, Provider, SealedSecret};
use shared::app::claims::OwnClaims;
use shared::app::credential::{AppSecret, HasSecrets, StoredSecret};
use shared::app::registration::Registration;
use shared::app::resource::ResourceServer;
use shared::app::second_factor::SecondFactorPolicy;
use shared::app::sms::SmsPolicy;
use shared::app::user_pool::UserPool;
use shared::app::{App, Policy};
use shared::cache::{Cache, FRESH};
use shared::clock::Seconds;
use shared::language::Language;
use shared::oauth::scope::Scope;
use shared::random::Random;
use shared::secret::Secret;
use shared::service::listing::Listing;
use shared::store::AppConflict;
use shared::token::Algorithm;
use shared::token::seal::Kek;
use shared::user::phone::Countries;

use crate::world::{NOW, World, app};

fn provider(app: &App) -> Provider {
    let kek = Kek::new(&Secret::new("the test deployment's secret".to_owned()));
    let secret = Secret::new("a provider's secret".to_owned());
    Provider {
        url: "https://captcha.example/siteverify".parse().expect("a URL"),
        site_key: "a site's key".to_owned(),
        secret: SealedSecret::seal(&kek, &app.id, &secret, &Random::system()),
        hostnames: vec!["a.example".to_owned()],
        on_outage: OnOutage::Pass,
        spared: Apis::of([Api::App]),
        spares_page: true,
    }
}

#[tokio::test]
async fn an_app_reads_back_as_it_was_written() {
    let world = World::new();
    let mut record = world.app_record("demo");
    record.policy = Policy {
        algorithm: Algorithm::Es256,
        origins: vec!["https://a.example".to_owned(), "https://b.example".to_owned()],
        reset_page: Some("https://a.example/reset".to_owned()),
        language: Some(Language::English),
        listed: true,
        sms: SmsPolicy {
            countries: Countries::new(["US", "CN"].map(|code| code.parse().expect("a country")).into()),
            sign_in_page: true,
            show_full_phone: true,
            sender_id: Some("LATCHET".to_owned()),
            entity_id: Some("1101".to_owned()),
            template_id: Some("1107".to_owned()),
            text_zh: Some("{code}".parse().expect("a text")),
            text_en: Some("{code} {app}".parse().expect("a text")),
        },
        email_code_sign_in: true,
        captcha: CaptchaPolicy::On(provider(&record)),
        resources: vec![ResourceServer {
            identifier: "https://api.example/v1".parse().expect("an identifier"),
            scopes: Scope::read("read write"),
            algorithm: Algorithm::EdDsa,
        }],
        apis: Apis::of([Api::Browser, Api::Account]),
        claims: OwnClaims::of(["plan=gold".parse().expect("a claim")]).expect("it fits"),
        client_documents: true,
        registration: Registration::Token([7; 32]),
        user_pool: Some(UserPool {
            endpoint: "https://cognito-idp.eu-central-1.amazonaws.com".parse().expect("a URL"),
            client: "3n4b5urk1ft4fl3mg5e62d9ado".parse().expect("an id"),
        }),
        second_factor: SecondFactorPolicy::Required { since: NOW, grace: Seconds::days(3) },
        brand: Brand {
            logo: Some("0123456789abcdef.png".parse().expect("a name")),
            accent: Some("#6b21a8".parse().expect("a colour")),
            terms: Some("https://a.example/terms".parse().expect("a link")),
            privacy: Some("https://a.example/privacy".parse().expect("a link")),
            support: None,
        },
    };
    record.secrets[0].expires = Some(NOW.plus(Seconds(5)));
    world.store.create_app(&record).await.expect("creates");
    let read = world.store.app(&app("demo")).await.expect("answers").expect("an app");
    assert_eq!(format!("{read:?}"), format!("{record:?}"));
    assert_eq!(read.policy, record.policy);
    assert_eq!(world.store.app(&app("other")).await.expect("answers").map(|app| app.id), None);
}

#[tokio::test]
async fn a_logo_is_kept_beside_its_app_and_the_last_one_counts() {
    let world = World::new();
    let picture = |rest: &[u8]| Logo::read([b"\x89PNG\r\n\x1a\n".as_slice(), rest].concat()).expect("a picture");
    assert_eq!(world.store.logo(&app("demo")).await.expect("answers"), None);
    for logo in [picture(b"one"), picture(b"two")] {
        world.store.put_logo(&app("demo"), &logo).await.expect("stored");
        assert_eq!(world.store.logo(&app("demo")).await.expect("answers"), Some(logo));
    }
    assert_eq!(world.store.logo(&app("other")).await.expect("answers"), None);
}

#[tokio::test]
async fn an_id_is_taken_once() {
    let world = World::new();
    let (first, second) = (world.app_record("demo"), world.app_record("demo"));
    world.store.create_app(&first).await.expect("creates");
    assert!(matches!(world.store.create_app(&second).await, Err(AppConflict::Exists)));
    let read = world.store.app(&app("demo")).await.expect("answers").expect("an app");
    assert_eq!(read.secrets, first.secrets);
}

#[tokio::test]
async fn the_directory_lists_every_app_by_id() {
    let world = World::new();
    for id in ["b", "a", "c"] {
        world.store.create_app(&world.app_record(id)).await.expect("creates");
    }
    let listed = world.store.directory().await.expect("answers");
    assert_eq!(listed.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

fn listed(world: &World, id: &str) -> App {
    let record = world.app_record(id);
    App { policy: Policy { listed: true, ..record.policy }, ..record }
}

#[tokio::test]
async fn the_portals_list_has_the_apps_that_chose_to_be_shown_and_are_taken() {
    let world = World::new();
    world.store.create_app(&listed(&world, "shown")).await.expect("creates");
    world.store.create_app(&world.app_record("shy")).await.expect("creates");
    let shown = async || world.store.listed_apps().await.expect("answers");
    assert_eq!(shown().await, [(app("shown"), "shown".to_owned())]);
    let rename = |record| Ok::<_, AppConflict>(App { name: "The Shop".to_owned(), ..record });
    world.store.change_app(&app("shown"), rename).await.expect("changes");
    assert_eq!(shown().await, [(app("shown"), "The Shop".to_owned())]);
    let disable = |record| Ok::<_, AppConflict>(App { disabled: true, ..record });
    world.store.change_app(&app("shown"), disable).await.expect("changes");
    assert_eq!(shown().await, []);
}

#[tokio::test]
async fn the_portals_list_is_read_once_a_minute_and_outlives_the_store() {
    let world = World::new();
    let listing = Listing::default();
    let length = async |at| listing.read(&world.store, at).await.map(|apps| apps.len());
    world.store.create_app(&listed(&world, "first")).await.expect("creates");
    assert_eq!(length(NOW).await, Some(1));
    world.store.create_app(&listed(&world, "second")).await.expect("creates");
    assert_eq!(length(NOW.plus(Seconds(FRESH.0 - 1))).await, Some(1));
    assert_eq!(length(NOW.plus(FRESH)).await, Some(2));
    world.faults.inject(Fault::InternalError, On::operation("Query"), Times::Forever);
    assert_eq!(length(NOW.plus(Seconds(1000))).await, Some(2), "the list from before");
    assert_eq!(Listing::default().read(&world.store, NOW).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_one_is_refused() {
    let world = World::new();
    world.store.create_app(&world.app_record("demo")).await.expect("creates");
    let inner = world.another_store();
    let outer: Result<_, AppConflict> = world
        .store
        .change_app(&app("demo"), |record| {
            let changed: Result<_, AppConflict> = tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current()
                    .block_on(inner.change_app(&app("demo"), |record| Ok(App { name: "Inner".to_owned(), ..record })))
            });
            changed.expect("the inner change is first");
            Ok(App { name: "Outer".to_owned(), ..record })
        })
        .await;
    assert!(matches!(outer, Err(AppConflict::Changed)));
    assert_eq!(world.store.app(&app("demo")).await.expect("answers").expect("an app").name, "Inner");
}

#[tokio::test]
async fn a_use_is_noted_on_the_secret_that_was_used_and_never_moves_back() {
    let world = World::new();
    let record = world.app_record("demo");
    world.store.create_app(&record).await.expect("creates");
    let later = NOW.plus(Seconds::days(2));
    for at in [later, NOW] {
        world.store.note_secret_use(record.owner(), &record.secrets[0], at).await.expect("notes");
    }
    let gone = StoredSecret::new(&AppSecret::draw(&world.random), &world.random, NOW);
    world.store.note_secret_use(record.owner(), &gone, NOW).await.expect("answers");
    let read = world.store.app(&app("demo")).await.expect("answers").expect("an app");
    assert_eq!(read.secrets.iter().map(|secret| secret.last_used).collect::<Vec<_>>(), [Some(later)]);
}

#[tokio::test]
async fn a_cached_app_is_read_again_after_a_minute_and_a_new_one_works_at_once() {
    let world = World::new();
    let cache = Cache::default();
    let demo = app("demo");
    let find = |at| cache.find(&demo, at, world.store.app(&demo));
    assert!(find(NOW).await.expect("answers").is_none());
    world.store.create_app(&world.app_record("demo")).await.expect("creates");
    assert!(find(NOW).await.expect("answers").is_some());
    let disable = |record| Ok::<_, AppConflict>(App { disabled: true, ..record });
    world.store.change_app(&app("demo"), disable).await.expect("changes");
    assert!(!find(NOW.plus(Seconds(FRESH.0 - 1))).await.expect("answers").expect("an app").disabled);
    assert!(find(NOW.plus(FRESH)).await.expect("answers").expect("an app").disabled);
}
