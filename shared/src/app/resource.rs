//! Resource servers: what an access token may be for (RFC 8707), as the owner of an app registered them.

use std::fmt;
use std::str::FromStr;

use crate::app::App;
use crate::origin::Origin;
use crate::scope::Scope;
use crate::token::Algorithm;

/// What a resource server is known by: the audience of its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// Several of them stand in a code, which goes through the browser's address bar.
    const LONGEST: usize = 256;

    /// The identifier as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request that names `presented` means this one: the same text, but that a host without a path may have a slash
    /// behind it (RFC 3986 §6.2.3). The URL types of most languages write one.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        without_slash(&self.0) == without_slash(presented)
    }
}

/// The text without the slash that is all of its path.
fn without_slash(text: &str) -> &str {
    let is_bare = |host: &&str| host.split_once("://").is_some_and(|(_, host)| !host.contains('/'));
    text.strip_suffix('/').filter(is_bare).unwrap_or(text)
}

impl FromStr for Identifier {
    type Err = NotAnIdentifier;

    /// RFC 8707 §2: an absolute URI without a fragment, and better without a query. Tokens go there, so it is `https`, or
    /// `http` on the user's own machine.
    fn from_str(text: &str) -> Result<Self, NotAnIdentifier> {
        let (origin, path) = Origin::of(text).map_err(|_| NotAnIdentifier)?;
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}#?".contains(&byte);
        // Written as it is compared: with the host in small letters and no needless port.
        let fits = text.len() <= Self::LONGEST
            && origin.is_web()
            && origin.is_safe()
            && text.strip_prefix(origin.as_str()) == Some(path)
            && path.bytes().all(plain);
        fits.then(|| Self(text.to_owned())).ok_or(NotAnIdentifier)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be a resource server's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an identifier is an https address (or an http one of this machine) of up to 256 letters, without query and fragment"
)]
pub struct NotAnIdentifier;

/// A resource server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceServer {
    /// What it is known by.
    pub identifier: Identifier,
    /// The scopes that its tokens may have.
    pub scopes: Scope,
    /// How its tokens are signed: one of [`Algorithm::ASYMMETRIC`], as it has to verify them.
    pub algorithm: Algorithm,
}

impl ResourceServer {
    /// The most that an app registers: they stand in its item, which every request reads.
    pub const MOST: usize = 20;

    /// The most that one request names: they stand in the code.
    pub const MOST_ASKED: usize = 4;

    /// What a token for it may do of what was granted.
    #[must_use]
    pub fn part_of(&self, granted: &Scope) -> Scope {
        granted.tokens().filter(|token| self.scopes.contains(token)).map(str::to_owned).collect()
    }
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// The resource API of the app's own issuer.
    Ours,
    /// A registered resource server.
    Server(&'a ResourceServer),
}

/// The resource is not registered, was not asked for, or is not named where several were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such resource")]
pub struct UnknownTarget;

impl<'a> Target<'a> {
    /// The one that `presented` names: a registered one, or `ours`, the audience of the app's own resource API.
    ///
    /// # Errors
    /// [`UnknownTarget`]
    pub fn named(presented: &str, ours: &str, servers: &'a [ResourceServer]) -> Result<Self, UnknownTarget> {
        if presented == ours {
            return Ok(Self::Ours);
        }
        servers.iter().find(|server| server.identifier.is(presented)).map(Self::Server).ok_or(UnknownTarget)
    }

    /// What a token is for whose request names `presented` or nothing, where the user was asked about `granted`. Nothing was
    /// asked for: the app's own resource API alone.
    ///
    /// # Errors
    /// [`UnknownTarget`]
    pub fn of_token(
        presented: Option<&str>,
        granted: &[String],
        ours: &str,
        servers: &'a [ResourceServer],
    ) -> Result<Self, UnknownTarget> {
        let wanted = match (presented, granted) {
            (Some(presented), _) => Self::named(presented, ours, servers)?,
            (None, []) => Self::Ours,
            (None, [one]) => Self::named(one, ours, servers)?,
            (None, _) => return Err(UnknownTarget),
        };
        let audience = wanted.audience(ours);
        let was_asked = granted.iter().any(|known| known == audience) || (granted.is_empty() && wanted == Self::Ours);
        if was_asked { Ok(wanted) } else { Err(UnknownTarget) }
    }

    /// How tokens for it are signed, of which others than we have the key.
    #[must_use]
    pub fn algorithm(&self, app: &App) -> Algorithm {
        match self {
            Self::Ours => app.policy.algorithm,
            Self::Server(server) => server.algorithm,
        }
        .for_others()
    }

    /// The audience, where `ours` is that of the app's own resource API.
    #[must_use]
    pub fn audience<'b>(&'b self, ours: &'b str) -> &'b str {
        match self {
            Self::Ours => ours,
            Self::Server(server) => server.identifier.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Identifier, ResourceServer, Target, UnknownTarget};
    use crate::scope::Scope;
    use crate::token::Algorithm;

    const OURS: &str = "https://auth.example/api";

    fn server(identifier: &str) -> ResourceServer {
        let identifier = identifier.parse().expect("an identifier");
        ResourceServer { identifier, scopes: Scope::read("read write"), algorithm: Algorithm::Rs256 }
    }

    #[test]
    fn an_identifier_is_a_plain_https_address_or_one_of_this_machine() {
        for text in
            ["https://api.example", "https://api.example/", "https://api.example/v1", "http://127.0.0.1:3000/mcp"]
        {
            assert!(text.parse::<Identifier>().is_ok(), "{text}");
        }
        let long = format!("https://api.example/{}", "x".repeat(256));
        for text in [
            "",
            "api.example",
            "http://api.example",
            "https://api.example/#part",
            "https://api.example/?a=b",
            "https://user@api.example/",
            "com.example.api:/v1",
            "https://api.example/a b",
            &long,
        ] {
            assert!(text.parse::<Identifier>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_slash_behind_the_host_is_the_same_address_and_one_behind_a_path_is_another() {
        for (registered, presented, same) in [
            ("https://api.example", "https://api.example/", true),
            ("https://api.example/", "https://api.example", true),
            ("https://api.example/v1", "https://api.example/v1/", false),
            ("https://api.example", "https://api.example//", false),
            ("https://api.example", "https://API.example", false),
            ("https://api.example", "https://api.example.evil.example", false),
        ] {
            let registered: Identifier = registered.parse().expect("an identifier");
            assert_eq!(registered.is(presented), same, "{registered} {presented}");
        }
    }

    #[test]
    fn a_token_is_for_what_the_user_was_asked_about() {
        let servers = [server("https://api.example"), server("https://files.example/v1")];
        let [api, files] = servers.each_ref().map(Target::Server);
        let of = |presented, granted: &[&str]| {
            let granted: Vec<_> = granted.iter().map(|text| (*text).to_owned()).collect();
            Target::of_token(presented, &granted, OURS, &servers)
        };
        assert_eq!(of(None, &[]), Ok(Target::Ours));
        assert_eq!(of(Some(OURS), &[]), Ok(Target::Ours));
        assert_eq!(of(None, &["https://api.example"]), Ok(api));
        assert_eq!(of(Some("https://api.example/"), &["https://api.example"]), Ok(api));
        let both = ["https://api.example", "https://files.example/v1"];
        assert_eq!(of(Some("https://files.example/v1"), &both), Ok(files));
        assert_eq!(of(None, &both), Err(UnknownTarget), "one of two has to be named");
        assert_eq!(of(Some("https://api.example"), &[]), Err(UnknownTarget), "nobody was asked about it");
        assert_eq!(of(Some(OURS), &["https://api.example"]), Err(UnknownTarget));
        assert_eq!(of(Some("https://unknown.example"), &["https://unknown.example"]), Err(UnknownTarget));
        assert_eq!(of(None, &["https://gone.example"]), Err(UnknownTarget), "it was deleted since");
    }

    #[test]
    fn a_token_may_do_what_was_granted_and_the_server_knows() {
        let granted = Scope::read("profile read admin");
        assert_eq!(server("https://api.example").part_of(&granted).to_string(), "read");
    }
}
