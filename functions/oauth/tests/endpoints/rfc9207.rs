//! RFC 9207: every answer that a browser brings back says who gave it.

use oauth::authorize::Ask;
use oauth::{Introspect, Metadata};
use runtime::query;

use crate::world::{ADA, Call, World, body, brought_back, hidden, text};

/// §2: "equal to the `issuer` of the metadata", in every answer, errors included.
#[tokio::test]
async fn section_2_the_issuer_of_every_answer_is_the_one_of_the_metadata_and_of_the_tokens() {
    for ours in ["https://auth.example", "https://login.example/tenant"] {
        let world = World::configured(&[("PUBLIC_URL", ours)]).await;
        let metadata = body(&world.call::<Metadata>(Call::empty()).await);
        let issuer = text(&metadata, "issuer");
        assert_eq!((issuer, &metadata["authorization_response_iss_parameter_supported"]), (ours, &true.into()));
        let (client, browser) = (world.client().await, world.sign_up(ADA).await);
        let page = world.ask(&browser, &client.request()).await;
        let wrong = [("client_id", client.id.as_str()), ("redirect_uri", &client.redirect_uri), ("state", "xyz")];
        let form: Vec<_> = hidden(&page.body).into_iter().filter(|(name, _)| name != "response_type").collect();
        let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for (answer, status) in [
            (world.decide(&browser, &page, &[("action", "authorize")]).await, 303),
            (world.decide(&browser, &page, &[("action", "cancel")]).await, 303),
            (world.call::<Ask>(Call::empty().raw_query(&query(&wrong))).await, 302),
            (world.call::<oauth::authorize::Decide>(browser.call().form(&pairs)).await, 303),
        ] {
            assert_eq!(answer.status, status, "{}", answer.body);
            assert_eq!(brought_back(&answer).one("iss"), Ok(Some(issuer)), "{:?}", answer.header("location"));
        }
        let tokens = world.tokens(&browser, &client, &[]).await;
        let seen = world.call::<Introspect>(client.form(&[("token", text(&tokens, "access_token"))])).await;
        assert_eq!(body(&seen)["iss"], issuer);
    }
}
