//! The functions of the OAuth API in one program, without those that send mail and texts (`oauth-pages`). A function's `Handler` in the template names the one that its process is.
#![recursion_limit = "256"]

use runtime::serve;

/// The documents of the issuers.
type OfIssuers = (
    (oauth::Metadata, oauth::Metadata<true>),
    (oauth::AppMetadata, oauth::AppMetadata<true>, oauth::IssuerConfiguration),
);

/// The documents of the resource API.
type OfTheApi = (oauth::ProtectedResource<false>, oauth::ProtectedResource<true>);

/// What changes one grant, of the client that the path names or the query.
type Named<const BY_QUERY: bool> = (oauth::grants::Choose<BY_QUERY>, oauth::grants::Disconnect<BY_QUERY>);

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[
        ("oauth-authorize", serve::<(oauth::authorize::Ask, oauth::authorize::Decide)>),
        ("oauth-token", serve::<oauth::Token>),
        ("oauth-device-authorization", serve::<oauth::device::DeviceAuthorization>),
        ("oauth-device", serve::<(oauth::device::ShowDevice, oauth::device::DecideDevice)>),
        ("oauth-introspect", serve::<oauth::Introspect>),
        ("oauth-revoke", serve::<oauth::Revoke>),
        (
            "oauth-register",
            serve::<(
                (oauth::register::Register, oauth::register::ReadClient),
                (oauth::register::UpdateClient, oauth::register::RemoveClient),
            )>,
        ),
        ("oauth-metadata", serve::<(OfIssuers, OfTheApi, oauth::Jwks)>),
        ("oauth-userinfo", serve::<(oauth::userinfo::UserInfo<false>, oauth::userinfo::UserInfo<true>)>),
        ("oauth-logout", serve::<(oauth::logout::Ask, oauth::logout::SignOut)>),
        ("oauth-me", serve::<(oauth::me::Me<false>, oauth::me::Me<true>, oauth::me::Account)>),
        (
            "oauth-mementos",
            serve::<(
                (oauth::mementos::List, oauth::mementos::Create),
                (oauth::mementos::ShowMemento, oauth::mementos::Delete, oauth::mementos::Edit),
            )>,
        ),
        (
            "oauth-grants",
            serve::<(
                (oauth::grants::List, Named<false>, Named<true>),
                (oauth::account_page::ShowApps, oauth::account_page::ChangeApps),
            )>,
        ),
    ])
}
