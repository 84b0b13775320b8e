//! What the APIs for browsers share, so that they stand beside each other: docs/decisions/0130-what-pages-share.md.
//!
//! * [`page`]: how a page looks, and the headers that every page is sent with.
//! * [`words`]: what people are told when a request is refused, in Chinese and in English.
//! * [`account_pages`]: the dialect of the pages about a user's own account.
//! * [`caller`]: who sends a request from a browser, and whether one of our own pages did ([`origin`]).
//! * [`form_error`]: why a page shows its form again.
//! * [`frame`]: what surrounds a page's content.
//! * [`when`]: how a page writes a moment.
//! * [`way_back`]: the way back from the sign-in page to a page of the account.
//! * [`owner`]: the owner of an account, and the account as they see it.
//! * [`personal_data`]: what is stored of a person, as the file that they take along.
//! * [`session`], [`cookies`]: the session that a browser brings, and how it keeps it.
//! * [`showing`]: a form that may be sent twice.

extern crate self as web;

pub mod account_pages;
pub mod caller;
pub mod cookies;
pub mod form_error;
pub mod frame;
pub mod origin;
pub mod owner;
pub mod page;
pub mod personal_data;
pub mod session;
pub mod showing;
pub mod way_back;
pub mod words;

pub use account_pages::{AccountPages, PageError};
pub use caller::{CrossOrigin, NotAdmitted, NotSignedIn, SignedIn, SigningIn, Verifier, Visitor, app_of, bound_app};
pub use cookies::{Cookies, SetCookie, SetCookies};
pub use form_error::FormError;
pub use frame::{Frame, language};
pub use origin::is_ours;
pub use owner::{AccountOwner, account, account_schema};
pub use page::{Opener, Setting, redirect, refusal, secured, show};
pub use personal_data::{FILE, personal_data, personal_data_schema};
pub use shared::when;
pub use showing::Showing;
pub use way_back::WayBack;
