//! Roles of a user and claims of an app, in what clients and their servers read: `docs/api/oauth.md#roles`.

use oauth::Token;
use serde_json::{Value, json};
use shared::app::claims::OwnClaims;
use shared::app::resource::ResourceServer;
use shared::app::{App, Policy};
use shared::id::{AppId, UserId};
use shared::oauth::client::{Client, ClientPolicy};
use shared::oauth::scope::Scope;
use shared::store::AppConflict;
use shared::token::Algorithm;
use shared::user::role::Role;

use super::suite::{Mode, Suite, claims, part};
use crate::targets::register;
use crate::world::{CALLBACK, body, text};

fn app() -> AppId {
    "default".parse().expect("an app id")
}

fn role(name: &str) -> Role {
    name.parse().expect("a role")
}

fn access(tokens: &Value) -> Value {
    part(text(tokens, "access_token"), 1)
}

impl Suite {
    async fn give(&self, user: UserId, role: &Role) {
        self.ctx.store.give_role(&app(), user, role).await.expect("given");
    }

    /// The user of the suite, who edits, and what a client was given that asked for `scope`.
    async fn editor(&self, scope: &str) -> (UserId, Value) {
        let user = text(&claims(&self.tokens(&[]).await), "sub").parse().expect("a number");
        self.give(user, &role("editor")).await;
        (user, self.tokens(&[("scope", scope)]).await)
    }

    async fn refreshed(&self, tokens: &Value) -> Value {
        body(&self.refresh(&self.client, tokens).await)
    }
}

#[tokio::test]
async fn roles_are_told_everywhere_where_the_client_asked_for_them() {
    let suite = Suite::new(Mode::Query).await;
    let (user, tokens) = suite.editor("openid roles").await;
    let roles = json!(["editor"]);
    assert_eq!((&claims(&tokens)["roles"], &access(&tokens)["roles"]), (&roles, &roles));
    assert_eq!(suite.userinfo(&tokens).await["roles"], roles);
    for token in ["access_token", "refresh_token"] {
        assert_eq!(suite.introspect(&suite.client, text(&tokens, token)).await["roles"], roles, "{token}");
    }
    suite.give(user, &role("admin")).await;
    let tokens = suite.refreshed(&tokens).await;
    assert_eq!(access(&tokens)["roles"], json!(["admin", "editor"]));
    assert_eq!(claims(&tokens)["roles"], json!(["admin", "editor"]));
}

#[tokio::test]
async fn a_client_that_did_not_ask_is_told_no_role() {
    let suite = Suite::new(Mode::Query).await;
    let (_, tokens) = suite.editor("openid profile").await;
    assert_eq!((claims(&tokens).get("roles"), access(&tokens).get("roles")), (None, None));
    assert_eq!(suite.userinfo(&tokens).await.get("roles"), None);
    for token in ["access_token", "refresh_token"] {
        assert_eq!(suite.introspect(&suite.client, text(&tokens, token)).await.get("roles"), None, "{token}");
    }
    // A refresh can ask for less than was granted, and its access token has less.
    let tokens = suite.tokens(&[("scope", "openid roles")]).await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
    let narrowed = suite.call::<Token>(suite.client.form(&[&refresh[..], &[("scope", "openid")]].concat())).await;
    let narrowed = body(&narrowed);
    assert_eq!(access(&narrowed).get("roles"), None);
    assert_eq!(suite.introspect(&suite.client, text(&narrowed, "access_token")).await.get("roles"), None);
}

#[tokio::test]
async fn a_role_that_was_taken_is_gone_from_userinfo_and_introspection_at_once_and_from_the_next_token() {
    let suite = Suite::new(Mode::Query).await;
    let (user, tokens) = suite.editor("openid roles").await;
    assert!(suite.ctx.store.take_role(&app(), user, &role("editor")).await.expect("the store answers"));
    assert_eq!(suite.userinfo(&tokens).await.get("roles"), None);
    assert_eq!(suite.introspect(&suite.client, text(&tokens, "access_token")).await.get("roles"), None);
    let tokens = suite.refreshed(&tokens).await;
    assert_eq!((claims(&tokens).get("roles"), access(&tokens).get("roles")), (None, None));
}

#[tokio::test]
async fn a_resource_server_is_told_roles_if_they_are_among_its_scopes() {
    let suite = Suite::new(Mode::Query).await;
    let server = |identifier: &str, scopes| ResourceServer {
        identifier: identifier.parse().expect("an identifier"),
        scopes: Scope::read(scopes),
        algorithm: Algorithm::Rs256,
    };
    let (notes, files) = ("https://notes.example", "https://files.example");
    register(&suite, vec![server(notes, "read roles"), server(files, "read")]).await;
    suite.editor("openid").await;
    for (resource, expected) in [(notes, Some(&json!(["editor"]))), (files, None)] {
        let asked = [("scope", "openid roles read"), ("resource", resource), ("prompt", "consent")];
        let back = suite.visit(&suite.request(&asked)).await;
        let code = super::suite::code(&back);
        let form = suite.client.form(&[("code", code), ("redirect_uri", CALLBACK), ("resource", resource)]);
        let tokens = body(&suite.call::<Token>(form).await);
        assert_eq!(access(&tokens).get("roles"), expected, "{resource}");
    }
}

#[tokio::test]
async fn an_apps_own_claims_stand_in_every_token_of_its_clients() {
    let suite = Suite::new(Mode::Query).await;
    let own = ["https://shop.example/tenant=north", "plan=gold"].map(|claim| claim.parse().expect("a claim"));
    let own = OwnClaims::of(own).expect("they fit");
    let change = |app: App| Ok::<_, AppConflict>(App { policy: Policy { claims: own, ..app.policy }, ..app });
    suite.ctx.store.change_app(&app(), change).await.expect("changed").expect("known");
    suite.clock.advance(shared::cache::FRESH);
    let machine = suite
        .register(|client| Client { policy: ClientPolicy { client_credentials: true, ..client.policy }, ..client });
    let machine = machine.await;
    let tokens = suite.tokens(&[]).await;
    let own_token = body(&suite.call::<Token>(machine.form(&[("grant_type", "client_credentials")])).await);
    for said in [claims(&tokens), access(&tokens), access(&own_token), access(&suite.refreshed(&tokens).await)] {
        assert_eq!(said["https://shop.example/tenant"], "north", "{said}");
        assert_eq!(said["plan"], "gold", "{said}");
    }
}
