//! The layers inside `shared`, read from its imports: ground, domain, what AWS needs, and the use cases on top.

#![expect(clippy::expect_used, reason = "a test that cannot read the sources has to fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The modules of each layer, lowest first. A module imports those of its own layer and of the layers below.
const LAYERS: [&[&str]; 5] = [
    &[
        "clock", "edge", "foreign", "hex", "id", "language", "limit", "network", "origin", "outbound", "random",
        "refill", "scope", "secret", "typed", "when",
    ],
    &["app", "audit", "budget", "code", "factor", "oauth", "passkey", "session", "token", "user", "webhook"],
    &["aws", "config"],
    &["captcha", "notify", "store", "user_pool"],
    &["cache", "service"],
];

/// What each module imports: by the module, the other modules and a file that does so.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn a_module_imports_its_own_layer_and_those_below() {
    let layer = |module: &str| {
        let found = LAYERS.iter().position(|layer| layer.contains(&module));
        found.unwrap_or_else(|| panic!("`{module}` is in no layer: add it to LAYERS"))
    };
    for (module, imported) in imports() {
        for (other, file) in imported {
            assert!(layer(&other) <= layer(&module), "{file}: `{module}` is below `{other}`, and may not import it");
        }
    }
}

#[test]
fn no_module_imports_itself_through_others() {
    let imports = imports();
    for module in imports.keys() {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = imports[module].keys().map(String::as_str).collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(imports.get(next).into_iter().flat_map(BTreeMap::keys).map(String::as_str));
            }
        }
        assert!(!reached.contains(module.as_str()), "`{module}` imports itself through {reached:?}");
    }
}

fn imports() -> Imports {
    let mut imports = Imports::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), None, &mut imports);
    assert!(imports.len() > 20, "the modules are not where the test looks: {:?}", imports.keys());
    imports
}

/// Reads the files below `folder`, which belong to `module`, or to the module that each is named after.
fn collect(folder: &Path, module: Option<&str>, imports: &mut Imports) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        let module = module.unwrap_or(&name);
        if path.is_dir() {
            collect(&path, Some(module), imports);
        } else if module != "lib" {
            let text = fs::read_to_string(&path).expect("a file");
            let found = imports.entry(module.to_owned()).or_default();
            for other in named(&text, depth(&path)).into_iter().filter(|other| other != module) {
                found.insert(other, path.display().to_string());
            }
        }
    }
}

/// How many modules a file is in, with its own: so many times `super` is the crate.
fn depth(path: &Path) -> usize {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("a source");
    below.components().count() - usize::from(path.file_stem().is_some_and(|name| name == "mod"))
}

/// The modules of the crate that a file names outside its tests and comments: by `crate::…`, by as many `super::` as lead there, and in
/// braces.
fn named(text: &str, depth: usize) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let up = "super::".repeat(depth);
    let after = |root: &str| code.split(root).skip(1).map(str::to_owned).collect::<Vec<_>>();
    let by_super = after(&up).into_iter().filter(|rest| !rest.starts_with("super::"));
    after("crate::")
        .into_iter()
        .chain(by_super)
        .flat_map(|rest| first_names(&rest))
        .filter(|name| !name.is_empty())
        .collect()
}

/// The first name of a path, or of each path in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |path: &str| -> String {
        path.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let Some(list) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut names, mut open, mut path) = (Vec::new(), 0_usize, String::new());
    for letter in list.chars() {
        match letter {
            ',' | '}' if open == 0 => {
                names.push(name(&path));
                path.clear();
                if letter == '}' {
                    break;
                }
            }
            '{' => open += 1,
            '}' => open -= 1,
            _ => path.push(letter),
        }
    }
    names
}

#[test]
fn an_import_is_seen_however_it_is_written() {
    let code = "
        //! In words: crate::unseen.
        use crate::clock::{Seconds, Timestamp};
        use crate::{id::{AppId, UserId}, token, store::{
            self,
        }};
        use super::super::{secret::Secret, hex};
        use super::beside;
        fn call() { super::super::random::draw(); crate::origin::read() }
        #[cfg(test)]
        mod inner {}
    ";
    let seen = ["clock", "hex", "id", "origin", "random", "secret", "store", "token"];
    assert_eq!(named(code, 2), seen.map(str::to_owned).into());
    assert_eq!(named("use super::limit::Quota;", 1), ["limit".to_owned()].into());
}
