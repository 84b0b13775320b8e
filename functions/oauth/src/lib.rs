//! The OAuth 2.0 API: third-party apps act for a user who agreed, and who chose which mementos they may use.
//!
//! * [`protocol`]: what clients and resource servers call: authorize, token, introspect, revoke, metadata.
//! * [`sign_in`]: the pages on which somebody signs in, or sets a new password, on their way to what they asked for.
//! * [`resources`]: what belongs to a user, as JSON, for the user and for the clients that they let in.
//! * [`account_page`]: the page of the connected apps.
//!
//! [`pages`] is the dialect of everything that people see, and the picker is the list of mementos that two pages have.

pub mod account_page;
pub mod pages;
mod picker;
pub mod protocol;
pub mod resources;
pub mod sign_in;

pub use picker::{Picked, Picker, PickerNotice};
pub use protocol::{
    AppMetadata, Introspect, IssuerConfiguration, Jwks, KnownClient, Metadata, ProtectedResource, Revoke, Token,
    authorize, device, logout, register, token, userinfo, wire,
};
pub use resources::{grants, me, mementos};
pub use sign_in::{
    MailCode, PasskeyOptions, PhonePage, SendCode, ShowSignIn, SignIn, SignInPage, SignInVisitor, forgot, reset,
};

// In the order of the reference.
runtime::endpoints! {
    authorize::Ask,
    authorize::Decide,
    ShowSignIn,
    SignIn,
    PasskeyOptions,
    SendCode,
    MailCode,
    Token,
    device::DeviceAuthorization,
    device::ShowDevice,
    device::DecideDevice,
    Introspect,
    Revoke,
    register::Register,
    register::ReadClient,
    register::UpdateClient,
    register::RemoveClient,
    Metadata::<false>,
    AppMetadata::<false>,
    Metadata::<true>,
    AppMetadata::<true>,
    IssuerConfiguration,
    ProtectedResource::<false>,
    ProtectedResource::<true>,
    Jwks,
    userinfo::UserInfo::<false>,
    userinfo::UserInfo::<true>,
    logout::Ask,
    logout::SignOut,
    me::Me::<false>,
    me::Me::<true>,
    me::Account,
    mementos::List,
    mementos::Create,
    mementos::ShowMemento,
    mementos::Delete,
    mementos::Edit,
    grants::List,
    grants::Choose::<false>,
    grants::Disconnect::<false>,
    grants::Choose::<true>,
    grants::Disconnect::<true>,
    account_page::ShowApps,
    account_page::ChangeApps,
    forgot::Ask,
    forgot::Mail,
    reset::ShowReset,
    reset::Set,
}
