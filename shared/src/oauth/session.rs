//! Sessions of OAuth clients.

use crate::clock::Timestamp;
use crate::oauth::code::Code;
use crate::oauth::grant::Delegation;
use crate::random::Random;
use crate::session::device::Device;
use crate::session::method::Methods;
use crate::session::refresh::RefreshToken;
use crate::session::{Session, Transport};
use crate::token::opaque::TokenDigest;

/// A client's session that is to be opened, as the store takes it.
#[derive(Clone, Debug)]
pub struct ClientOpening {
    /// The session.
    pub session: Session,
    /// What its first refresh token digests to.
    pub refresh: TokenDigest,
    /// What it is given under.
    pub delegation: Delegation,
}

impl ClientOpening {
    /// The session that a client is given for `code`, with its first refresh token: it has the code's own id.
    #[must_use]
    pub fn of_code(code: Code, device: Device, random: &Random, now: Timestamp) -> (Self, RefreshToken) {
        let transport = Transport::Oauth;
        let session = Session {
            id: code.session,
            user: code.user,
            epoch: code.epoch,
            transport,
            device,
            created: now,
            methods: Methods::default(),
            used: now,
            expires: now.plus(transport.idle()),
            until: now.plus(transport.absolute()),
            password_set: None,
        };
        let token = RefreshToken::draw(session.user, session.id.clone(), random);
        (Self { session, refresh: token.digest(), delegation: code.delegation }, token)
    }
}
