//! The layers inside `shared`, read from its imports: ground, domain, what AWS needs, and the use cases on top.

#![expect(clippy::expect_used, reason = "a test that cannot read the sources has to fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The modules of each layer, lowest first. A module imports those of its own layer and of the layers below.
const LAYERS: [&[&str]; 5] = [
    &[
        "clock", "edge", "foreign", "hex", "id", "language", "limit", "network", "origin", "outbound", "random",
        "refill", "scope", "secret", "typed",
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
            for other in named(&text).filter(|other| other != module) {
                found.insert(other, path.display().to_string());
            }
        }
    }
}

/// The modules that a file names as `crate::…` outside its tests and comments.
fn named(text: &str) -> impl Iterator<Item = String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| {
        line.split("crate::").skip(1).filter_map(|rest| {
            let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            (!name.is_empty()).then_some(name)
        })
    })
}
