//! `/account/sign-up`: make an account.

mod joiner;
mod make;
mod onward;
mod page;
mod show;

pub use joiner::Joiner;
pub use make::{SignUp, SignUpForm};
pub use page::SignUpPage;
pub use show::Show;

/// Its path.
pub const PATH: &str = web::way_back::SIGN_UP;
const FUNCTION: &str = "pages-sign-up";
