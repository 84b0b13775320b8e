//! How browsers write answers: `RegistrationResponseJSON` and `AuthenticationResponseJSON` of `PublicKeyCredential.toJSON()` (WebAuthn
//! level 3 §5.1.8).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};

use crate::passkey::{CredentialId, Refused, Transport};

/// More than any authenticator has.
const MOST_TRANSPORTS: usize = 8;

/// A browser's answer to options for a new passkey.
#[derive(Clone, Debug)]
pub struct RegistrationAnswer {
    /// The id of the new credential.
    pub id: CredentialId,
    /// `clientDataJSON`, byte for byte.
    pub client_data: Vec<u8>,
    /// `attestationObject`.
    pub attestation: Vec<u8>,
    /// How the authenticator is reached.
    pub transports: Vec<Transport>,
}

/// A browser's answer to options for a sign-in.
#[derive(Clone)]
pub struct AuthenticationAnswer {
    /// The id of the credential.
    pub id: CredentialId,
    /// `clientDataJSON`, byte for byte.
    pub client_data: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `signature`.
    pub signature: Vec<u8>,
    /// `userHandle`; empty where the authenticator keeps none.
    pub user_handle: Vec<u8>,
}

/// The signature opens a session until it is spent: it is not for logs.
impl fmt::Debug for AuthenticationAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationAnswer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Bytes in base64url without padding.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(|_| serde::de::Error::custom("not base64url"))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential<R> {
    id: Bytes,
    raw_id: Bytes,
    r#type: String,
    response: R,
}

impl<R> Credential<R> {
    fn read(value: &serde_json::Value) -> Result<(CredentialId, R), Refused>
    where
        R: for<'de> Deserialize<'de>,
    {
        let credential = Self::deserialize(value).map_err(|_| Refused::Malformed)?;
        if credential.r#type != "public-key" || credential.id.0 != credential.raw_id.0 {
            return Err(Refused::Malformed);
        }
        Ok((CredentialId::new(credential.id.0).ok_or(Refused::CredentialId)?, credential.response))
    }
}

impl RegistrationAnswer {
    /// Reads what `toJSON()` gave.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn read(value: &serde_json::Value) -> Result<Self, Refused> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Response {
            #[serde(rename = "clientDataJSON")]
            client_data: Bytes,
            attestation_object: Bytes,
            #[serde(default)]
            transports: Vec<String>,
        }
        let (id, response) = Credential::<Response>::read(value)?;
        // What no browser writes is passed over: a transport is only a hint for the browser itself.
        let transports =
            response.transports.iter().filter_map(|name| name.parse().ok()).take(MOST_TRANSPORTS).collect();
        Ok(Self { id, client_data: response.client_data.0, attestation: response.attestation_object.0, transports })
    }
}

impl AuthenticationAnswer {
    /// Reads what `toJSON()` gave.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn read(value: &serde_json::Value) -> Result<Self, Refused> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Response {
            #[serde(rename = "clientDataJSON")]
            client_data: Bytes,
            authenticator_data: Bytes,
            signature: Bytes,
            #[serde(default)]
            user_handle: Option<Bytes>,
        }
        let (id, response) = Credential::<Response>::read(value)?;
        Ok(Self {
            id,
            client_data: response.client_data.0,
            authenticator_data: response.authenticator_data.0,
            signature: response.signature.0,
            user_handle: response.user_handle.map(|handle| handle.0).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{AuthenticationAnswer, RegistrationAnswer};
    use crate::passkey::{Refused, Transport};

    fn registration() -> Value {
        json!({"id": "AQI", "rawId": "AQI", "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": {"clientDataJSON": "e30", "attestationObject": "oA",
            "authenticatorData": "AA", "publicKeyAlgorithm": -7, "transports": ["internal", "hybrid", "<b>"]}})
    }

    fn authentication() -> Value {
        json!({"id": "AQI", "rawId": "AQI", "type": "public-key", "clientExtensionResults": {},
            "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "CQ", "userHandle": "Bw"}})
    }

    #[test]
    fn what_a_browser_writes_is_read() {
        let read = RegistrationAnswer::read(&registration()).expect("reads");
        assert_eq!((read.id.as_bytes(), read.client_data.as_slice()), (&[1, 2][..], &b"{}"[..]));
        assert_eq!(read.transports.iter().map(Transport::as_str).collect::<Vec<_>>(), ["internal", "hybrid"]);
        let read = AuthenticationAnswer::read(&authentication()).expect("reads");
        assert_eq!((read.signature.as_slice(), read.user_handle.as_slice()), (&[9][..], &[7][..]));
        let mut bare = authentication();
        bare["response"]["userHandle"] = Value::Null;
        assert!(AuthenticationAnswer::read(&bare).expect("reads").user_handle.is_empty());
    }

    /// §7.1 and §7.2, step 3 each.
    #[test]
    fn step_3_an_answer_of_the_other_ceremony_is_refused() {
        assert_eq!(RegistrationAnswer::read(&authentication()).err(), Some(Refused::Malformed));
        assert_eq!(AuthenticationAnswer::read(&registration()).err(), Some(Refused::Malformed));
    }

    /// We ask for no extension. What a browser says of some all the same decides nothing (§7.1 step 29, §7.2 step 23).
    #[test]
    fn step_4_results_of_extensions_are_passed_over() {
        for results in [json!({"credProps": {"rk": true}, "appid": true}), json!([]), Value::Null] {
            let (mut made, mut shown) = (registration(), authentication());
            made["clientExtensionResults"] = results.clone();
            shown["clientExtensionResults"] = results;
            assert!(RegistrationAnswer::read(&made).is_ok() && AuthenticationAnswer::read(&shown).is_ok());
        }
    }

    /// §7.2 step 7: each is what the signature is about, or is for.
    #[test]
    fn step_7_client_data_authenticator_data_and_signature_are_there() {
        for name in ["clientDataJSON", "authenticatorData", "signature"] {
            for value in [Value::Null, json!("a+b/"), json!("AA=="), json!(7)] {
                let mut changed = authentication();
                changed["response"][name] = value;
                assert_eq!(AuthenticationAnswer::read(&changed).err(), Some(Refused::Malformed), "{name}");
            }
        }
        for name in ["clientDataJSON", "attestationObject"] {
            let mut changed = registration();
            changed["response"][name] = Value::Null;
            assert_eq!(RegistrationAnswer::read(&changed).err(), Some(Refused::Malformed), "{name}");
        }
    }

    #[test]
    fn what_no_browser_writes_is_refused() {
        for (name, value) in [
            ("id", json!("AQM")),
            ("rawId", json!("AQI=")),
            ("rawId", json!([1, 2])),
            ("type", json!("password")),
            ("response", json!(null)),
        ] {
            let mut changed = registration();
            changed[name] = value;
            assert_eq!(RegistrationAnswer::read(&changed).err(), Some(Refused::Malformed), "{name}");
        }
        let long = "A".repeat(1368);
        let mut changed = authentication();
        (changed["id"], changed["rawId"]) = (json!(long), json!(long));
        assert_eq!(AuthenticationAnswer::read(&changed).err(), Some(Refused::CredentialId));
        for value in [json!(null), json!([]), json!("x"), json!({})] {
            assert_eq!(AuthenticationAnswer::read(&value).err(), Some(Refused::Malformed), "{value}");
        }
    }
}
