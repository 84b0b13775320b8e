//! What the browser says of a ceremony (WebAuthn level 3 §5.8.1). The authenticator signs its hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::passkey::Refused;
use crate::passkey::challenge::Purpose;
use crate::passkey::relying_party::RelyingParty;

/// Longer than any browser's client data.
const LONGEST: usize = 8 * 1024;

/// The members that are looked at. Browsers may add others, and a name that stands twice is refused.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<serde_json::Value>,
}

/// Client data of the right type, from a page that may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientData {
    /// The challenge that the authenticator answered.
    pub challenge: Vec<u8>,
    /// The page's origin.
    pub origin: String,
}

impl ClientData {
    /// Reads client data of a ceremony of `purpose` on a page of the relying party: §7.1 steps 5 to 11 and §7.2 steps 8 to 14, but for
    /// the challenge itself.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn read(json: &[u8], purpose: Purpose, relying_party: &RelyingParty) -> Result<Self, Refused> {
        if json.len() > LONGEST {
            return Err(Refused::Malformed);
        }
        let members: Members = serde_json::from_slice(json).map_err(|_| Refused::Malformed)?;
        if members.r#type != purpose.client_data_type() {
            return Err(Refused::Type);
        }
        let challenge = URL_SAFE_NO_PAD.decode(&members.challenge).map_err(|_| Refused::Challenge)?;
        if !relying_party.allows(&members.origin) {
            return Err(Refused::Origin);
        }
        // No page of ours asks from a frame in another site's page.
        if members.cross_origin || members.top_origin.is_some() {
            return Err(Refused::Framed);
        }
        Ok(Self { challenge, origin: members.origin })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ClientData;
    use crate::passkey::Refused;
    use crate::passkey::challenge::Purpose;
    use crate::passkey::vectors::example_org;

    fn good() -> Value {
        json!({"type": "webauthn.get", "challenge": "AQID", "origin": "https://example.org", "crossOrigin": false})
    }

    fn read(json: &str) -> Result<ClientData, Refused> {
        ClientData::read(json.as_bytes(), Purpose::Authentication, &example_org())
    }

    fn with(name: &str, value: Value) -> Result<ClientData, Refused> {
        let mut changed = good();
        changed[name] = value;
        read(&changed.to_string())
    }

    #[test]
    fn challenge_and_origin_are_read_and_other_members_passed_over() {
        let data = ClientData { challenge: vec![1, 2, 3], origin: "https://example.org".to_owned() };
        assert_eq!(read(&good().to_string()), Ok(data.clone()));
        assert_eq!(with("tokenBinding", json!({"status": "supported"})), Ok(data.clone()));
        let mut old = good();
        old.as_object_mut().expect("an object").remove("crossOrigin");
        assert_eq!(read(&old.to_string()), Ok(data));
    }

    #[test]
    fn each_member_is_looked_at() {
        assert_eq!(with("type", json!("webauthn.create")), Err(Refused::Type));
        assert_eq!(with("type", json!("payment.get")), Err(Refused::Type));
        assert_eq!(with("challenge", json!("AQI=")), Err(Refused::Challenge));
        for origin in ["http://example.org", "https://example.org:8443", "https://example.com", "https://evil.example"]
        {
            assert_eq!(with("origin", json!(origin)), Err(Refused::Origin), "{origin}");
        }
        assert_eq!(with("crossOrigin", json!(true)), Err(Refused::Framed));
        assert_eq!(with("topOrigin", json!("https://example.org")), Err(Refused::Framed));
    }

    #[test]
    fn what_is_not_one_object_of_utf_8_is_refused() {
        let twice =
            r#"{"type":"webauthn.get","type":"webauthn.get","challenge":"AQID","origin":"https://example.org"}"#;
        for text in ["", "[]", "{}", "null", twice, &format!("{} {{}}", good())] {
            assert_eq!(read(text), Err(Refused::Malformed), "{text}");
        }
        let party = example_org();
        assert_eq!(ClientData::read(&[0xff; 9], Purpose::Authentication, &party), Err(Refused::Malformed));
        assert_eq!(with("long", json!("x".repeat(9000))), Err(Refused::Malformed));
    }
}
