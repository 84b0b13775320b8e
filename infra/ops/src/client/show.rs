//! `cargo ops client show`: every setting of a client.

use anyhow::Result;
use serde_json::{Value, json};
use shared::id::ClientId;
use shared::oauth::client::{Client, Registered};
use shared::oauth::redirect::RedirectUri;
use shared::token::client_keys::ClientKeys;

use super::found;
use crate::deployment::OperatorContext;
use crate::out::say;

/// Secrets have lines of their own, with their ages.
const SECRETS: &str = "secrets";

pub(super) async fn run(context: &OperatorContext, id: &ClientId, json: bool) -> Result<()> {
    let (client, now) = (found(context, id).await?, context.clock.now());
    let described = describe(&client);
    if json {
        say!("{described}")?;
        return Ok(());
    }
    let settings = described.as_object().into_iter().flatten().filter(|(name, _)| *name != SECRETS);
    for (name, value) in settings {
        say!("{:<26} {}", name.replace('_', "-"), plain(value))?;
    }
    for secret in &client.secrets {
        say!("{SECRETS:<26} {}  {}", secret.id, crate::app::age(secret, now))?;
    }
    Ok(())
}

/// A setting for people to read. Texts are in quotes, for a client that registered itself chose them.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

pub(super) fn describe(client: &Client) -> Value {
    let unused_until = match client.policy.registered {
        Registered::ByOwner => None,
        Registered::Itself { unused_until } => unused_until,
    };
    let uris = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect::<Vec<_>>();
    json!({
        "id": client.id.as_str(),
        "app": client.app.as_str(),
        "name": client.name,
        "description": client.description,
        "logo": client.logo,
        "landing_page": client.landing_page,
        "origins": client.origins,
        "redirect_uris": uris(&client.redirect_uris),
        "public": client.public,
        "scope": client.default_scope.to_string(),
        "rotation": client.policy.rotation.name(),
        "jwks_uri": client.policy.jwks_uri,
        "keys": client.policy.keys.as_ref().map_or(0, ClientKeys::count),
        "client_credentials": client.policy.client_credentials,
        "requires_pkce": client.public || client.policy.requires_pkce,
        "id_token_algorithm": client.openid.id_token_algorithm.name(),
        "post_logout_redirect_uris": uris(&client.openid.post_logout_redirect_uris),
        "first_party": client.openid.first_party,
        "registered_itself": client.registered_itself(),
        "unused_until": unused_until.map(shared::clock::Timestamp::unix),
        "disabled": client.disabled,
        "created": client.created.unix(),
        SECRETS: crate::app::describe_secrets(&client.secrets),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::plain;

    #[test]
    fn what_is_absent_or_empty_is_none_and_a_text_cannot_draw_on_the_terminal() {
        for (value, shown) in [
            (json!(null), "none"),
            (json!(""), "none"),
            (json!([]), "none"),
            (json!(false), "false"),
            (json!(2), "2"),
            (json!("Reader"), "\"Reader\""),
            (json!("\u{1b}[2J"), "\"\\u{1b}[2J\""),
            (json!(["https://a.example", "https://b.example"]), "\"https://a.example\" \"https://b.example\""),
        ] {
            assert_eq!(plain(&value), shown);
        }
    }
}
