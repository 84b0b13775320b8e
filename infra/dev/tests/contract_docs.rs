//! The pages in `docs/api`, `docs/errors.md` and the list of reasons in `docs/operations.md` say what the code says, and no more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use account::wire::AccountError;
use anyhow::{Context as _, Result, ensure};
use app::wire::AppError;
use browser::wire::{BrowserError, Field, Problem};
use oauth::authorize::AuthorizeError;
use oauth::pages::PageError;
use oauth::resources::ResourceError;
use oauth::wire::OauthError;
use runtime::{Answer, Cause, Message, Operation, Preferences, Reason, WireError};
use serde_json::Value;
use shared::language::Language;
use shared::passkey::Refused;
use shared::service::sign_in::WrongLogin;
use shared::token::InvalidToken;

type Rows = BTreeSet<Vec<String>>;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("{path} cannot be read"))
}

/// The tables of a section, each with its rows, each with its cells as they read.
fn tables(path: &str, heading: &str) -> Result<Vec<Vec<Vec<String>>>> {
    let page = read(path)?;
    let start = page.find(&format!("\n## {heading}\n")).with_context(|| format!("{path} has no section {heading}"))?;
    let section = page[start + 1..].split("\n## ").next().unwrap_or_default();
    let mut tables = Vec::new();
    let mut lines = section.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.starts_with('|') || !lines.peek().is_some_and(|rule| rule.starts_with("|---")) {
            continue;
        }
        lines.next();
        let mut rows = Vec::new();
        while let Some(row) = lines.next_if(|row| row.starts_with('|')) {
            let cells = row.trim_matches('|').split(" |").map(|cell| cell.trim().trim_matches('`').to_owned());
            rows.push(cells.collect());
        }
        tables.push(rows);
    }
    Ok(tables)
}

/// The first `width` cells of each row of a section's table.
fn documented(path: &str, heading: &str, table: usize, width: usize) -> Result<Rows> {
    let tables = tables(path, heading)?;
    let rows = tables.get(table).with_context(|| format!("{path}, {heading} has no table {table}"))?;
    Ok(rows.iter().map(|row| row.iter().take(width).cloned().collect()).collect())
}

/// Both directions at once; what differs is shown.
fn same(documented: &Rows, in_code: &Rows) -> Result<()> {
    let (stale, missing): (Vec<_>, Vec<_>) =
        (documented.difference(in_code).collect(), in_code.difference(documented).collect());
    ensure!(stale.is_empty() && missing.is_empty(), "documented only: {stale:#?}\nin the code only: {missing:#?}");
    Ok(())
}

fn spoken<E: WireError>(error: &E, language: Language) -> Answer {
    error.answer(Preferences { language, ..Preferences::default() })
}

fn json(answer: &Answer) -> Result<Value> {
    serde_json::from_str(&answer.body).with_context(|| format!("not JSON: {}", answer.body))
}

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_default().to_owned()
}

/// Status, `code`, and `detail` in both languages.
fn coded<'a, E: WireError>(errors: impl IntoIterator<Item = &'a E>) -> Result<Rows> {
    let row = |error: &E| {
        let answer = spoken(error, Language::Chinese);
        let (chinese, english) = (json(&answer)?, json(&spoken(error, Language::English))?);
        Ok(vec![answer.status.to_string(), text(&chinese, "code"), text(&chinese, "detail"), text(&english, "detail")])
    };
    errors.into_iter().map(row).collect()
}

fn operations() -> Vec<Operation> {
    [app::operations(), browser::operations(), account::operations(), oauth::operations(), pages::operations()].concat()
}

/// The headings of a page as GitHub links to them.
fn anchors(path: &str) -> Result<BTreeSet<String>> {
    let page = read(path)?;
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    Ok(headings.map(|heading| heading.to_lowercase().replace(' ', "-").replace(',', "")).collect())
}

#[test]
fn every_route_has_a_section_and_every_section_a_route() -> Result<()> {
    let rows = documented("docs/api/README.md", "Routes", 0, 2)?;
    let routes = rows.iter().map(|row| vec![row[0].clone()]).collect();
    let served = operations().iter().map(|one| vec![format!("{} {}", one.route.method, one.route.path)]).collect();
    same(&routes, &served)?;
    for row in rows {
        let target = row[1].rsplit_once("](").and_then(|(_, target)| target.strip_suffix(')')).context("no link")?;
        let (page, anchor) = target.split_once('#').context("no section")?;
        ensure!(anchors(&format!("docs/api/{page}"))?.contains(anchor), "no section {target}");
    }
    Ok(())
}

#[test]
fn every_comment_that_names_a_section_names_one_that_exists() -> Result<()> {
    let mut folders: Vec<PathBuf> =
        ["functions", "https", "infra", "shared", "tests"].into_iter().map(|name| root().join(name)).collect();
    let mut named = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path)?;
                let comments = source.lines().filter(|line| line.trim_start().starts_with("//"));
                for mention in comments.flat_map(|line| line.split("`docs/api/").skip(1)) {
                    let target = mention.split('`').next().unwrap_or_default();
                    let (page, anchor) = target.split_once('#').unwrap_or((target, ""));
                    let known = anchors(&format!("docs/api/{page}"));
                    let exists = known.is_ok_and(|known| anchor.is_empty() || known.contains(anchor));
                    ensure!(exists, "{} names docs/api/{target}", path.display());
                    named += 1;
                }
            }
        }
    }
    ensure!(named > 50, "only {named} comments name a section");
    Ok(())
}

#[test]
fn the_app_apis_errors_are_documented_to_the_byte() -> Result<()> {
    let row = |error: &AppError| {
        let answer = spoken(error, Language::Chinese);
        ensure!(answer == spoken(error, Language::English), "the App API speaks one language: {error:?}");
        Ok(vec![answer.status.to_string(), text(&json(&answer)?, "error")])
    };
    let in_code = AppError::EACH.iter().map(row).collect::<Result<_>>()?;
    same(&documented("docs/api/app.md", "Errors", 0, 2)?, &in_code)
}

#[test]
fn the_browser_apis_errors_are_documented_in_both_languages() -> Result<()> {
    same(&documented("docs/api/browser.md", "Errors", 0, 4)?, &coded(BrowserError::EACH)?)
}

#[test]
fn what_the_browser_api_says_of_a_field_is_documented_in_both_languages() -> Result<()> {
    let row = |problem: &Problem| {
        let error = BrowserError::invalid(Field::Email, *problem);
        let said = |language| Ok(json(&spoken(&error, language))?["errors"]["email"][0].as_str().map(str::to_owned));
        let words: Result<Vec<_>> = [said(Language::Chinese), said(Language::English)].into_iter().collect();
        words?.into_iter().collect::<Option<Vec<_>>>().context("nothing is said of the field")
    };
    let in_code = Problem::EACH.iter().map(row).collect::<Result<_>>()?;
    same(&documented("docs/api/browser.md", "Errors", 1, 2)?, &in_code)
}

#[test]
fn the_account_apis_errors_are_documented_to_the_byte() -> Result<()> {
    let row = |error: &AccountError| {
        let answer = spoken(error, Language::English);
        let media_type = answer.header("content-type").unwrap_or_default();
        let (shape, said) = match media_type.split(';').next().unwrap_or_default() {
            "" => ("empty", String::new()),
            "text/plain" => ("string", answer.body.clone()),
            "application/problem+json" => ("problem", text(&json(&answer)?, "title")),
            _ => ("message", text(&json(&answer)?, "message")),
        };
        Ok(vec![answer.status.to_string(), shape.to_owned(), said])
    };
    let in_code = AccountError::EACH.iter().map(row).collect::<Result<_>>()?;
    same(&documented("docs/api/account.md", "Errors", 0, 3)?, &in_code)
}

#[test]
fn the_oauth_apis_errors_are_documented_to_the_byte() -> Result<()> {
    let row = |error: &OauthError| {
        let answer = spoken(error, Language::English);
        let body = json(&answer)?;
        // What varies is listed without its text.
        let description = Some(text(&body, "error_description")).filter(|text| !text.is_empty());
        Ok(vec![answer.status.to_string(), text(&body, "error"), description.unwrap_or_else(|| "…".to_owned())])
    };
    let in_code = OauthError::EACH.iter().map(row).collect::<Result<_>>()?;
    same(&documented("docs/api/oauth.md", "Errors", 0, 3)?, &in_code)
}

#[test]
fn the_errors_of_resources_are_documented_in_both_languages() -> Result<()> {
    same(&documented("docs/api/oauth.md", "Errors of resources", 0, 4)?, &coded(ResourceError::EACH)?)
}

#[test]
fn the_refusals_of_pages_are_documented_in_both_languages() -> Result<()> {
    fn row<E: WireError>(error: &E) -> Result<Vec<String>> {
        let element = |language, name: &str| {
            let page = spoken(error, language).body;
            let (_, rest) = page.split_once(&format!("<{name}>")).with_context(|| format!("no {name}"))?;
            let (inner, _) = rest.split_once(&format!("</{name}>")).with_context(|| format!("{name} has no end"))?;
            Ok::<_, anyhow::Error>(inner.replace("&#39;", "'").replace("&#34;", "\"").replace("&#38;", "&"))
        };
        Ok(vec![
            spoken(error, Language::English).status.to_string(),
            element(Language::Chinese, "h1")?,
            element(Language::English, "h1")?,
            element(Language::Chinese, "p")?,
            element(Language::English, "p")?,
        ])
    }
    let shown = PageError::EACH.iter().filter(|error| !matches!(error, PageError::Back(..)));
    let in_code = shown.map(row).collect::<Result<_>>()?;
    let in_docs = documented("docs/api/pages.md", "Errors", 0, 5)?;
    same(&in_docs, &in_code)?;
    // The pages of the own account have some of them, in the same words.
    let of_account: Rows = web::PageError::EACH.iter().map(row).collect::<Result<_>>()?;
    ensure!(of_account.is_subset(&in_docs), "not documented: {of_account:#?}");
    Ok(())
}

#[test]
fn what_authorize_tells_a_client_is_documented_to_the_byte() -> Result<()> {
    let row = |error: &AuthorizeError| {
        let (error, description) = error.row();
        // What varies is listed without its text.
        let description = description.map(|text| if text.is_empty() { "…" } else { text });
        vec![error.to_owned(), description.unwrap_or_default().to_owned()]
    };
    let in_code = AuthorizeError::EACH.iter().map(row).collect();
    same(&documented("docs/api/oauth.md", "Errors of authorize", 0, 2)?, &in_code)
}

#[test]
fn what_pages_say_of_their_forms_is_documented_in_both_languages() -> Result<()> {
    let row = |(page, error): (&str, web::FormError)| {
        let [chinese, english] = error.says;
        vec![page.to_owned(), error.status.to_string(), chinese.to_owned(), english.to_owned()]
    };
    let in_code = oauth::sign_in::form_errors().into_iter().chain(pages::form_errors()).map(row).collect();
    same(&documented("docs/api/pages.md", "Errors of forms", 0, 4)?, &in_code)
}

#[test]
fn errors_md_says_what_to_do_for_every_error() -> Result<()> {
    // The section there; the table of the reference, which the tests above compare with the code; what both name an error by.
    let sections = [
        ("App API", "docs/api/app.md", "Errors", vec![0, 1]),
        ("Browser API", "docs/api/browser.md", "Errors", vec![0, 1]),
        ("Account API", "docs/api/account.md", "Errors", vec![0, 1, 2]),
        ("OAuth 2.0", "docs/api/oauth.md", "Errors", vec![0, 1]),
        ("Resources", "docs/api/oauth.md", "Errors of resources", vec![0, 1]),
        ("Pages", "docs/api/pages.md", "Errors", vec![0, 4]),
    ];
    for (section, page, heading, columns) in sections {
        let reference = tables(page, heading)?;
        let rows = reference.first().with_context(|| format!("{page} has no table of {heading}"))?;
        let named = rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
        same(&documented("docs/errors.md", section, 0, columns.len())?, &named).with_context(|| section)?;
        for row in tables("docs/errors.md", section)?.into_iter().flatten() {
            ensure!(row.last().is_some_and(|advice| !advice.is_empty()), "{section}: nothing is said of {row:?}");
        }
    }
    Ok(())
}

fn name(reason: Reason) -> Result<String> {
    let name = serde_json::to_value(reason)?;
    name.as_str().map(str::to_owned).context("a reason is a word")
}

#[test]
fn operations_md_says_what_to_do_for_every_reason() -> Result<()> {
    let in_code = Reason::EACH.iter().map(|reason| Ok(vec![name(*reason)?])).collect::<Result<_>>()?;
    same(&documented("docs/operations.md", "Reasons", 0, 1)?, &in_code)?;
    for row in documented("docs/operations.md", "Reasons", 0, 3)? {
        ensure!(row.iter().all(|cell| !cell.is_empty()), "nothing is said of {}", row[0]);
    }
    Ok(())
}

#[test]
fn operations_md_says_what_to_do_for_every_message() -> Result<()> {
    let in_code = Message::all().into_iter().map(|message| vec![message.text().to_owned()]).collect();
    same(&documented("docs/operations.md", "Other lines", 0, 1)?, &in_code)?;
    for row in documented("docs/operations.md", "Other lines", 0, 3)? {
        ensure!(row.len() == 3 && row.iter().all(|cell| !cell.is_empty()), "nothing is said of {}", row[0]);
    }
    Ok(())
}

#[test]
fn verify_md_shows_the_files_that_the_tests_run() -> Result<()> {
    let page = read("docs/verify.md")?;
    let mut shown = 0;
    for section in page.split("\n## ").filter(|section| section.contains("```")) {
        let (_, link) = section.split_once("](../").context("no file is named")?;
        let file = link.split(')').next().unwrap_or_default();
        let (_, block) = section.split_once("```").and_then(|(_, block)| block.split_once('\n')).context("no code")?;
        let code = block.split("```").next().unwrap_or_default();
        ensure!(code == read(file)?, "docs/verify.md shows another {file} than the one that runs");
        shown += 1;
    }
    ensure!(shown == 7, "{shown} files are shown");
    Ok(())
}

/// Why a token is refused: the errors of each dialect have one of these.
const INVALID_TOKENS: &[InvalidToken] = runtime::one_of_each!(InvalidToken:
    Unknown,
    WrongAudience,
    FromTheFuture,
    Expired,
    SessionEnded,
    AllSessionsEnded,
    OneFactor,
    UserDisabled,
    NoUser,
    GrantTakenBack,
);

/// The reasons of requests that no endpoint is asked about.
const BEFORE_THE_ENDPOINT: [Reason; 2] = [Reason::MalformedEvent, Reason::NotThroughEdge];

#[test]
fn every_reason_is_one_word_in_snake_case_and_some_error_has_it() -> Result<()> {
    fn of<E: WireError>() -> impl Iterator<Item = Reason> {
        E::EACH.iter().map(WireError::reason)
    }
    let given: BTreeSet<Reason> = of::<AppError>()
        .chain(of::<BrowserError>())
        .chain(of::<AccountError>())
        .chain(of::<OauthError>())
        .chain(of::<ResourceError>())
        .chain(of::<PageError>())
        .chain(of::<web::PageError>())
        .chain(AuthorizeError::EACH.iter().map(|error| error.reason()))
        .chain(oauth::sign_in::form_errors().into_iter().chain(pages::form_errors()).map(|(_, error)| error.reason))
        .chain(BEFORE_THE_ENDPOINT)
        .chain(Cause::EACH.iter().map(Cause::reason))
        .chain(
            [WrongLogin::Unknown, WrongLogin::Password, WrongLogin::Disabled, WrongLogin::NeedsPlain].map(Reason::from),
        )
        .chain(INVALID_TOKENS.iter().map(|why| (*why).into()))
        .chain([Refused::Challenge, Refused::Origin, Refused::Signature, Refused::CountedBack].map(Reason::from))
        .collect();
    ensure!(given == Reason::EACH.iter().copied().collect(), "a reason that no error has: {given:?}");
    for reason in Reason::EACH {
        let name = name(*reason)?;
        ensure!(name.chars().all(|each| each.is_ascii_lowercase() || each == '_'), "{name}");
    }
    Ok(())
}
