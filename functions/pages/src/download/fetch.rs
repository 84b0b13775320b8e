//! `POST /account/download`: the file.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route, form_schema};
use serde_json::Value;
use shared::id::UserId;

use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::Go;
use web::{AccountPages, PageError};

/// `POST /account/download`: what is stored of the user, as a file.
#[derive(Clone, Copy, Debug)]
pub struct Download;

/// The page's form.
#[derive(Debug)]
pub struct DownloadForm {
    user: Option<UserId>,
}

/// The file, or the way to it.
#[derive(Debug)]
pub enum MyData {
    /// The file.
    File(Value),
    /// Somewhere else first.
    Go(Go),
}

impl Endpoint for Download {
    const ROUTE: Route = Route::post("pages-download", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Download the user's data as a file. Requires a recent sign-in.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = DownloadForm;
    type Output = MyData;

    fn prepare(ctx: &Ctx) {
        ctx.trail();
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        form: DownloadForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<MyData>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(MyData::Go(caller.sign_in_first(PATH)))) };
        // Somebody else signed in meanwhile, or it was too long ago: the page says whose data it is, and asks.
        if form.user != Some(person.user.id) || !person.is_fresh(at) {
            return Ok(pass.give(MyData::Go(Go::to(PATH))));
        }
        let data = at.personal_data(&caller.app.id, person.user, None).await?;
        Ok(pass.give(MyData::File(web::personal_data(&caller.app, &data))))
    }
}

impl Input<Download> for DownloadForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self { user: request.form().one("user").ok().flatten().and_then(|id| id.parse().ok()) })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user"], &[]))
    }
}

impl Output for MyData {
    const OTHERWISE: &'static [u16] = &[303];

    fn answer(self) -> Answer {
        match self {
            Self::File(data) => Answer::json(200, &data).with("content-disposition", web::FILE),
            Self::Go(go) => go.answer(),
        }
    }

    fn schema() -> Value {
        web::personal_data_schema()
    }
}
