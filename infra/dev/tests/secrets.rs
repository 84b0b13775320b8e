//! Secrets are of types that print as `***`: no struct of the service or of the operator's command that can be printed has a plain text
//! under a secret's name. What is on a laptop alone is not looked at: its secrets are made up, and shown on purpose.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// The last word of the name of a field that holds a secret.
const NAMES: [&str; 12] =
    ["token", "tokens", "ticket", "secret", "secrets", "code", "codes", "cookie", "cookies", "kek", "password", "otp"];

/// Fields with such a name whose text is no secret.
const HARMLESS: [(&str, &str); 1] = [
    // The checksum of a function's package.
    ("Version", "code"),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The sources of what runs on AWS, and of what an operator runs.
fn sources() -> Result<Vec<PathBuf>> {
    let mut folders = vec![root().join("shared/src"), root().join("infra/ops/src")];
    for function in fs::read_dir(root().join("functions"))? {
        folders.push(function?.path().join("src"));
    }
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    Ok(sources)
}

/// A named field of a struct, or of a variant.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    of: String,
    name: String,
    kind: String,
}

/// The named fields of every type in the source that derives `Debug`.
fn printable_fields(source: &str) -> Vec<Field> {
    let code = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut fields = Vec::new();
    for derived in code.split("#[derive(").skip(1) {
        let (traits, rest) = derived.split_once(")]").unwrap_or_default();
        let first = ["struct ", "enum "].iter().filter_map(|word| rest.find(word).map(|at| &rest[at + word.len()..]));
        let declared = first.max_by_key(|rest| rest.len());
        let Some(declared) = declared.filter(|_| traits.split(',').any(|name| name.trim() == "Debug")) else {
            continue;
        };
        let name: String = declared.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        fields.extend(pairs(body(declared)).into_iter().map(|(field, kind)| Field {
            of: name.clone(),
            name: field,
            kind,
        }));
    }
    fields
}

/// What stands between the braces of a declaration; nothing for a struct without named fields.
fn body(declared: &str) -> &str {
    let start = declared.find(['{', ';', '(']).filter(|at| declared[*at..].starts_with('{'));
    let Some(start) = start else { return "" };
    let mut depth = 0_u32;
    for (at, letter) in declared[start..].char_indices() {
        depth = match letter {
            '{' => depth + 1,
            '}' => depth - 1,
            _ => depth,
        };
        if depth == 0 {
            return &declared[start + 1..start + at];
        }
    }
    ""
}

/// Each `name: type`, also of a variant's own fields.
fn pairs(body: &str) -> Vec<(String, String)> {
    let pieces = body.split(['\n', '{', '}']).flat_map(|line| line.split(", "));
    let pair = |piece: &str| {
        let (name, kind) = piece.trim().trim_end_matches(',').split_once(": ")?;
        let name = name.rsplit(' ').next()?;
        let is_name =
            name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_' || letter.is_ascii_digit());
        (is_name && !name.is_empty()).then(|| (name.to_owned(), kind.to_owned()))
    };
    pieces.filter_map(pair).collect()
}

/// Whether the type is text that is printed as it is. What the compiler wrote is no secret.
fn is_plain_text(kind: &str) -> bool {
    let words = kind.split(|letter: char| !letter.is_alphanumeric() && letter != '\'').collect::<Vec<_>>();
    let has = |word| words.contains(&word);
    !has("Secret") && (has("String") || (has("str") && !has("'static")))
}

fn is_secret(field: &Field) -> bool {
    let last = field.name.rsplit('_').next().unwrap_or_default();
    NAMES.contains(&last) && is_plain_text(&field.kind)
}

#[test]
fn nothing_that_can_be_printed_has_a_secret_as_plain_text() -> Result<()> {
    let (mut looked_at, mut plain) = (0, Vec::new());
    for path in sources()? {
        let fields = printable_fields(&fs::read_to_string(&path)?);
        looked_at += fields.len();
        let secrets = fields.into_iter().filter(is_secret);
        let secrets = secrets.filter(|field| !HARMLESS.contains(&(field.of.as_str(), field.name.as_str())));
        plain.extend(secrets.map(|field| format!("{}: {}.{}: {}", path.display(), field.of, field.name, field.kind)));
    }
    ensure!(looked_at > 1000, "only {looked_at} fields were found");
    ensure!(plain.is_empty(), "make these a Secret, or write their Debug by hand: {plain:#?}");
    Ok(())
}

#[test]
fn the_walk_finds_a_secret_wherever_it_stands() {
    let source = r"
        #[derive(Clone, Debug)]
        pub struct Form {
            /// A comment: not a field.
            pub(crate) ticket: String,
            user_code: Option<&'a str>,
            #[arg(long)]
            kek: Option<String>,
        }

        #[derive(Debug)]
        enum Order {
            Confirm { otp: Vec<String>, name: String },
            Other,
        }

        #[derive(Clone)]
        struct Unprinted {
            secret: String,
        }

        #[derive(Debug)]
        struct Fine {
            password: Secret<String>,
            code: &'static str,
        }
    ";
    let found = printable_fields(source);
    let named: Vec<_> = found.iter().filter(|field| is_secret(field)).map(|field| field.name.as_str()).collect();
    assert_eq!(named, ["ticket", "user_code", "kek", "otp"]);
}
