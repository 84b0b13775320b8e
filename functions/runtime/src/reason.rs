//! Why a request was refused, by a stable name: for the log, and listed in `docs/operations.md`.

use serde::Serialize;
use shared::passkey::Refused;
use shared::service::sign_in::WrongLogin;
use shared::token::InvalidToken;

/// Lists one value of each variant of an enum, as `WireError::EACH` wants it. A variant that is missing does not compile:
/// add it here, its reason to `docs/operations.md`, and what it answers to the dialect's page in `docs/api`.
#[macro_export]
macro_rules! one_of_each {
    ($of:ident: $($variant:ident $(($($part:expr),*))? $({$($name:ident: $value:expr),*})?),* $(,)?) => {{
        const fn listed(one: &$of) {
            match one {
                $($of::$variant { .. })|* => {}
            }
        }
        const _: fn(&$of) = listed;
        &[$($of::$variant $(($($part),*))? $({$($name: $value),*})?),*]
    }};
}

/// Why a request was refused. Each is a word of the log, in `snake_case`: an operator's queries use it, so it is never
/// renamed. No value of a request is in it, and callers never see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A header of the App API's credentials is missing.
    NoAppCredentials,
    /// Unknown app, wrong secret or disabled app.
    InvalidAppCredentials,
    /// The app that a request of the Account API names is disabled, or does not have this API.
    DisabledApp,
    /// The request has no token.
    NoToken,
    /// The token is malformed, or none of our keys for this API and app made it.
    InvalidToken,
    /// The token is one of ours, for another API, app or issuer.
    WrongAudience,
    /// The token was made by a clock that is ahead of ours.
    TokenFromTheFuture,
    /// The token has expired, or its session was not refreshed in time.
    ExpiredToken,
    /// The session that the token names was ended: signed out, ended from the list, or after a token was reused.
    EndedSession,
    /// All sessions of the user were ended: a password was set, or an operator signed the user out.
    AllSessionsEnded,
    /// An operator shut the user out.
    DisabledUser,
    /// A refresh token or code was used again after its successor was: the session was ended.
    SessionReused,
    /// An access token was sent where a refresh token belongs.
    NotARefreshToken,
    /// The body cannot be read.
    MalformedBody,
    /// The body is of a type that is not read.
    UnsupportedMediaType,
    /// Nothing is served at this path.
    NotFound,
    /// What the gateway handed over is not a request: its path is too long, for one.
    MalformedEvent,
    /// The request did not come through the edge that the deployment has.
    NotThroughEdge,
    /// The body is over 64 KiB.
    BodyTooLarge,
    /// Fields are missing or cannot be used.
    InvalidFields,
    /// A parameter of an OAuth request is missing, repeated or wrong.
    InvalidRequest,
    /// The text is not an e-mail address.
    InvalidEmail,
    /// The text cannot be a username.
    InvalidUsername,
    /// The text is not the digest of a password.
    InvalidPassword,
    /// The new password cannot be one.
    InvalidNewPassword,
    /// The new password is too short or too long.
    PasswordLength,
    /// The new password is known from a breach.
    BreachedPassword,
    /// The body is neither form of sign-in.
    NoLoginForm,
    /// The text is not a phone that this app sends messages to.
    InvalidPhone,
    /// The address is registered.
    EmailTaken,
    /// The username is registered.
    UsernameTaken,
    /// The phone belongs to another account.
    PhoneTaken,
    /// The captcha's provider says no.
    CaptchaRefused,
    /// Nobody has the login.
    UnknownLogin,
    /// The login exists and the password is wrong.
    WrongPassword,
    /// The user was moved here with another product's hash, and the client sends digests, which that cannot be compared with.
    ForeignPassword,
    /// Login and password are right, and the account has a second factor that was not shown.
    OtpRequired,
    /// Login and password are right, and the one-time code is wrong or was used.
    WrongOtp,
    /// The app wants a second factor, and the user has set up none in time.
    NoSecondFactor,
    /// The current password is wrong, where a new one is set.
    WrongOldPassword,
    /// A password was to be set for a user who has neither an e-mail address nor a username.
    NoPasswordHandle,
    /// The account or phone has to wait after too many tries.
    CoolingDown,
    /// The user has a second factor already.
    FactorExists,
    /// The user has no second factor.
    NoFactor,
    /// The address has sent too many requests.
    RateLimited,
    /// A code was sent less than a minute ago.
    SentJustNow,
    /// No code was requested, or it was used.
    NoCode,
    /// The code differs.
    WrongCode,
    /// The code is too old, or wrong tries have burnt it.
    DeadCode,
    /// The link or token from a mail is wrong, expired or used.
    DeadLink,
    /// The token or link is good and its user is gone.
    DeletedUser,
    /// A passkey answered no challenge of ours for this page, or one that was answered before, or too late.
    PasskeyChallenge,
    /// A passkey was used on a page that may not ask, or was made for another RP id.
    PasskeyOrigin,
    /// A passkey's signature is wrong.
    PasskeySignature,
    /// A passkey's sign count did not go up.
    PasskeyCountedBack,
    /// What browser and authenticator say of a passkey is wrong in another way.
    PasskeyRefused,
    /// The user has as many passkeys as anybody may.
    TooManyPasskeys,
    /// No user of the app has such a passkey, or the caller has not.
    UnknownPasskey,
    /// The operation wants a recent sign-in or the password.
    Unconfirmed,
    /// The user has no such session.
    UnknownSession,
    /// A page of an origin that is not allowed sent the request.
    ForeignOrigin,
    /// The form was not shown to this session, or what it changes was changed in the meantime.
    StaleForm,
    /// The page between the two factors was open for more than five minutes.
    DeadTicket,
    /// The secret of an authenticator app was shown more than ten minutes before its first code came.
    DeadSetup,
    /// A client sent a request to sign out that is not its own.
    InvalidLogoutRequest,
    /// No OAuth client of that id, or its app is disabled.
    UnknownClient,
    /// The OAuth client has not registered this address.
    UnknownRedirectUri,
    /// A client sent its user here with a request that cannot be served, and was told by a redirect.
    AuthorizationError,
    /// A client asked for no page, and nobody is signed in, or not as it asks.
    LoginRequired,
    /// A client asked for no page, and its user has not agreed to all that it asks for.
    ConsentRequired,
    /// Unknown OAuth client, or a wrong secret.
    InvalidClient,
    /// The code or refresh token is not this client's, or verifier or redirect URI do not match.
    InvalidGrant,
    /// The user took back what the client had been granted.
    DeadGrant,
    /// A device asked before its user had decided.
    AuthorizationPending,
    /// A device asked twice within five seconds.
    SlowDown,
    /// The user refused what a client or a device asked for.
    AccessDenied,
    /// A grant type that the client is not registered for.
    UnauthorizedClient,
    /// A grant type that is not offered.
    UnsupportedGrantType,
    /// A client's own token, which cannot be revoked.
    UnsupportedTokenType,
    /// More than what was granted.
    InvalidScope,
    /// `authorization_details` that cannot be read, or more than what was granted.
    InvalidAuthorizationDetails,
    /// A `resource` that is not registered, or that the user was not asked about.
    InvalidTarget,
    /// What a client says of itself cannot be registered.
    InvalidClientMetadata,
    /// No app of that id issues tokens.
    UnknownIssuer,
    /// The user has no such memento, or the client may not see it.
    UnknownMemento,
    /// The user has not connected such a client.
    UnknownGrant,
    /// The body names another memento than the path.
    OtherMemento,
    /// The memento or the grant holds as much as it may.
    TooManyMementos,
    /// A client's token, where something would change.
    ReadOnlyToken,
    /// A client's token that lacks the scope that is needed.
    MissingScope,
    /// A client's token, where only the user may call.
    NotForClients,
    /// DynamoDB did not answer, or refused to work.
    StoreUnavailable,
    /// An item is not as this release reads it.
    StoreCorrupt,
    /// The key ring cannot be opened or used.
    KeysUnusable,
    /// SES did not take a mail.
    MailUnavailable,
    /// SNS refused a text message.
    SmsRefused,
    /// SNS did not answer, or is too busy.
    SmsUnavailable,
    /// The captcha's provider did not answer.
    CaptchaUnavailable,
    /// The app that the API or the page is bound to is missing or disabled.
    NoBoundApp,
    /// The request was not answered in 4.2 s; undoing what it wrote may take 0.3 s more.
    TooSlow,
    /// A handler panicked.
    Panic,
}

impl Reason {
    /// One of each.
    pub const EACH: &'static [Self] = one_of_each!(Reason:
        NoAppCredentials,
        InvalidAppCredentials,
        DisabledApp,
        NoToken,
        InvalidToken,
        WrongAudience,
        TokenFromTheFuture,
        ExpiredToken,
        EndedSession,
        AllSessionsEnded,
        DisabledUser,
        SessionReused,
        NotARefreshToken,
        MalformedBody,
        UnsupportedMediaType,
        NotFound,
        MalformedEvent,
        NotThroughEdge,
        BodyTooLarge,
        InvalidFields,
        InvalidRequest,
        InvalidEmail,
        InvalidUsername,
        InvalidPassword,
        InvalidNewPassword,
        PasswordLength,
        BreachedPassword,
        NoLoginForm,
        InvalidPhone,
        EmailTaken,
        UsernameTaken,
        PhoneTaken,
        CaptchaRefused,
        UnknownLogin,
        WrongPassword,
        ForeignPassword,
        OtpRequired,
        WrongOtp,
        NoSecondFactor,
        WrongOldPassword,
        NoPasswordHandle,
        CoolingDown,
        FactorExists,
        NoFactor,
        RateLimited,
        SentJustNow,
        NoCode,
        WrongCode,
        DeadCode,
        DeadLink,
        DeletedUser,
        PasskeyChallenge,
        PasskeyOrigin,
        PasskeySignature,
        PasskeyCountedBack,
        PasskeyRefused,
        TooManyPasskeys,
        UnknownPasskey,
        Unconfirmed,
        UnknownSession,
        ForeignOrigin,
        StaleForm,
        DeadTicket,
        DeadSetup,
        InvalidLogoutRequest,
        UnknownClient,
        UnknownRedirectUri,
        AuthorizationError,
        LoginRequired,
        ConsentRequired,
        InvalidClient,
        InvalidGrant,
        DeadGrant,
        AuthorizationPending,
        SlowDown,
        AccessDenied,
        UnauthorizedClient,
        UnsupportedGrantType,
        UnsupportedTokenType,
        InvalidScope,
        InvalidAuthorizationDetails,
        InvalidTarget,
        InvalidClientMetadata,
        UnknownIssuer,
        UnknownMemento,
        UnknownGrant,
        OtherMemento,
        TooManyMementos,
        ReadOnlyToken,
        MissingScope,
        NotForClients,
        StoreUnavailable,
        StoreCorrupt,
        KeysUnusable,
        MailUnavailable,
        SmsRefused,
        SmsUnavailable,
        CaptchaUnavailable,
        NoBoundApp,
        TooSlow,
        Panic,
    );
}

impl From<InvalidToken> for Reason {
    fn from(why: InvalidToken) -> Self {
        match why {
            InvalidToken::Unknown => Self::InvalidToken,
            InvalidToken::WrongAudience => Self::WrongAudience,
            InvalidToken::FromTheFuture => Self::TokenFromTheFuture,
            InvalidToken::Expired => Self::ExpiredToken,
            InvalidToken::SessionEnded => Self::EndedSession,
            InvalidToken::AllSessionsEnded => Self::AllSessionsEnded,
            InvalidToken::OneFactor => Self::NoSecondFactor,
            InvalidToken::UserDisabled => Self::DisabledUser,
            InvalidToken::NoUser => Self::DeletedUser,
            InvalidToken::GrantTakenBack => Self::DeadGrant,
        }
    }
}

impl From<WrongLogin> for Reason {
    fn from(why: WrongLogin) -> Self {
        match why {
            WrongLogin::Unknown => Self::UnknownLogin,
            WrongLogin::Password => Self::WrongPassword,
            WrongLogin::Disabled => Self::DisabledUser,
            WrongLogin::NeedsPlain => Self::ForeignPassword,
        }
    }
}

impl From<Refused> for Reason {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Challenge | Refused::Replayed => Self::PasskeyChallenge,
            Refused::Origin | Refused::Framed | Refused::RelyingParty => Self::PasskeyOrigin,
            Refused::Unknown => Self::UnknownPasskey,
            Refused::Signature => Self::PasskeySignature,
            Refused::CountedBack => Self::PasskeyCountedBack,
            Refused::Malformed
            | Refused::Type
            | Refused::UserAbsent
            | Refused::UserUnverified
            | Refused::Backup
            | Refused::Algorithm
            | Refused::Attestation
            | Refused::CredentialId
            | Refused::Registered => Self::PasskeyRefused,
        }
    }
}
