//! `/account/sign-up`: make an account.

mod joiner;
mod make;
mod onward;
mod page;
mod show;

pub use joiner::Joiner;
pub use make::{SignUp, SignUpForm};
pub use page::SignUpPage;
pub use show::ShowSignUp;

/// Its path.
pub const PATH: &str = web::way_back::SIGN_UP;
const FUNCTION: &str = "pages-sign-up";

/// What the page says of forms that made no account.
pub(crate) fn form_errors() -> impl Iterator<Item = web::FormError> {
    let error = |problem: &page::SignUpProblem| {
        let (says, reason) = problem.row();
        web::FormError { status: 400, says, reason }
    };
    page::SignUpProblem::EACH.iter().map(error)
}
