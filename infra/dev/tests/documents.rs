//! Every link between the repository's own documents leads to a file, and to a heading of it; the code that they show is that of the
//! examples; the commands that they name exist; and the counts that they speak of are those of the benchmark.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The documents, by their paths from the root.
fn documents() -> Result<Vec<PathBuf>> {
    let mut folders: Vec<_> =
        ["docs", "examples", "clients", "bench"].into_iter().map(|name| root().join(name)).collect();
    let mut files: Vec<_> = fs::read_dir(root())?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    Ok(files.into_iter().filter_map(|path| path.strip_prefix(root()).ok().map(Path::to_owned)).collect())
}

/// The links of a document, and the anchors of its headings.
#[derive(Default)]
struct Page {
    targets: Vec<String>,
    anchors: BTreeSet<String>,
}

fn read(path: &Path) -> Result<Page> {
    let text = fs::read_to_string(root().join(path)).with_context(|| format!("{} cannot be read", path.display()))?;
    let (mut page, mut heading) = (Page::default(), None::<String>);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.targets.push(dest_url.to_string());
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let attributes =
                    ["src=\"", "srcset=\"", "href=\""].into_iter().flat_map(|name| html.split(name).skip(1));
                page.targets.extend(attributes.filter_map(|rest| rest.split('"').next().map(str::to_owned)));
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => page.anchors.extend(heading.take().map(|text| anchor(&text))),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    Ok(page)
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|each| each.is_alphanumeric() || matches!(each, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// `folder/../file` as `file`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if normal.pop() => {}
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[test]
fn every_link_between_documents_leads_somewhere() -> Result<()> {
    let pages: BTreeMap<PathBuf, Page> =
        documents()?.into_iter().map(|path| Ok((path.clone(), read(&path)?))).collect::<Result<_>>()?;
    let (mut followed, mut dead) = (0, Vec::new());
    for (path, page) in &pages {
        for target in &page.targets {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let (file, wanted) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => path.clone(),
                file => normal(&path.with_file_name(file)),
            };
            let leads = match pages.get(&file) {
                Some(page) => wanted.is_empty() || page.anchors.contains(wanted),
                None => wanted.is_empty() && root().join(&file).exists(),
            };
            if !leads {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    ensure!(followed > 200, "only {followed} links were followed");
    ensure!(dead.is_empty(), "these lead nowhere:\n{}", dead.join("\n"));
    Ok(())
}

/// Each fenced block of a document that names a file after its language, such as `js examples/web/auth.js`, with the file.
fn snippets(path: &Path) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(root().join(path))?;
    let (mut snippets, mut open) = (Vec::new(), None::<(String, String)>);
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                open = info.split_once(' ').map(|(_, file)| (file.to_owned(), String::new()));
            }
            Event::Text(text) => {
                if let Some((_, code)) = &mut open {
                    code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => snippets.extend(open.take()),
            _ => {}
        }
    }
    Ok(snippets)
}

#[test]
fn the_code_that_a_document_shows_of_a_file_is_that_file() -> Result<()> {
    let mut compared = 0;
    for path in documents()? {
        for (file, code) in snippets(&path)? {
            let source =
                fs::read_to_string(root().join(&file)).with_context(|| format!("{} shows {file}", path.display()))?;
            ensure!(source == code, "{} shows another {file} than there is", path.display());
            compared += 1;
        }
    }
    ensure!(compared >= 8, "only {compared} snippets were compared");
    Ok(())
}

/// The options among the words of a line, without their values.
fn options(line: &str) -> impl Iterator<Item = String> {
    line.split_whitespace().filter(|word| word.starts_with("--")).map(|word| {
        word.chars().take_while(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || *each == '-').collect()
    })
}

/// Each command of `cargo dev` and `cargo ops` with its options, as `infra/front/help.txt` lists them: `app create`, `--name`.
fn commands() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let help = fs::read_to_string(root().join("infra/front/help.txt"))?;
    let command = |section: &str| {
        let (name, body) = section.split_once('\n').unwrap_or((section, ""));
        let lines = body.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let taken: BTreeSet<String> = lines.flat_map(options).collect();
        (name.trim().to_owned(), taken)
    };
    Ok(help.split("## cargo dev").skip(1).map(command).collect())
}

/// Whether a word may be a command's: a placeholder is in capitals, and an option begins with a dash.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_lowercase())
}

/// What is wrong with a command line, such as `app create shop --name Shop`.
fn complaints(commands: &BTreeMap<String, BTreeSet<String>>, line: &str) -> Vec<String> {
    let words: Vec<_> = line.split_whitespace().collect();
    if !words.first().is_some_and(|word| is_name(word) || word.starts_with("--")) {
        return Vec::new();
    }
    let mut named = (0..=words.len().min(3)).rev().map(|many| words[..many].join(" "));
    let Some(name) = named.find(|name| commands.contains_key(name)) else { return vec![line.to_owned()] };
    let below = if name.is_empty() { String::new() } else { format!("{name} ") };
    let is_group = commands.keys().any(|other| *other != name && other.starts_with(&below));
    let next = words.get(name.split_whitespace().count());
    if is_group && next.is_some_and(|word| is_name(word)) {
        return vec![format!("there is no command {line}")];
    }
    let unknown = options(line).filter(|option| !commands[&name].contains(option));
    unknown.map(|option| format!("{name} has no {option}")).collect()
}

#[test]
fn every_command_that_a_document_names_exists_and_has_the_options_that_are_given() -> Result<()> {
    let commands = commands()?;
    let (mut read, mut wrong) = (0, Vec::new());
    for path in documents()?.into_iter().filter(|path| !path.starts_with("docs/decisions")) {
        let text = fs::read_to_string(root().join(&path))?.replace("\\\n", " ");
        for rest in ["cargo dev ", "cargo ops "].into_iter().flat_map(|tool| text.split(tool).skip(1)) {
            let line = rest.split(['\n', '`', '#', '|', '&', ';', ')']).next().unwrap_or_default();
            wrong.extend(complaints(&commands, line).into_iter().map(|what| format!("{}: {what}", path.display())));
            read += 1;
        }
    }
    ensure!(read > 200, "only {read} commands were read");
    ensure!(wrong.is_empty(), "infra/front/help.txt says otherwise:\n{}", wrong.join("\n"));
    Ok(())
}

/// `aws dynamodb wait` gives up after eight minutes, and a restore can take hours: what comes next would fail, and then delete
/// the live table.
#[test]
fn a_restore_is_waited_for_until_its_table_is_active() -> Result<()> {
    let handbook = fs::read_to_string(root().join("docs/operations.md"))?.replace("\\\n", " ");
    let mut lines = handbook.lines();
    let mut restores = 0;
    while let Some(line) = lines.next() {
        let restores_a_table =
            ["dynamodb restore-table-", "backup start-restore-job"].iter().any(|call| line.contains(call));
        if restores_a_table {
            let next = lines.next().unwrap_or_default().trim_start();
            ensure!(next.starts_with("active "), "docs/operations.md says {next:?} after a restore");
            restores += 1;
        }
    }
    ensure!(restores == 3, "{restores} restores were found");
    Ok(())
}

#[test]
fn the_counts_of_the_page_on_scale_are_those_of_the_benchmark() -> Result<()> {
    let baseline: Value = serde_json::from_str(&fs::read_to_string(root().join("bench/baseline.json"))?)?;
    let measured = baseline["rows"].as_array().context("no rows")?;
    let page = fs::read_to_string(root().join("docs/scale.md"))?;
    let mut compared = 0;
    for line in page.lines() {
        let columns: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, kind, calls, depth, written, read, ..] = columns[..] else { continue };
        let Some(case) = kind.split('`').nth(1) else { continue };
        let Some(row) = measured.iter().find(|row| row["case"] == case) else { continue };
        let held = &row["held"];
        let sum: u64 = held["calls"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
        let counted = json!([sum.to_string(), held["depth"], held["write_units"], held["read_units"]]);
        let said: Vec<f64> = [depth, written, read].into_iter().map(str::parse).collect::<Result<_, _>>()?;
        ensure!(counted == json!([calls, said[0], said[1], said[2]]), "{case}: the benchmark says {counted}");
        compared += 1;
    }
    ensure!(compared == 5, "{compared} rows were compared");
    Ok(())
}

#[test]
fn the_costs_of_the_page_on_scale_are_those_of_the_page_of_costs() -> Result<()> {
    let costs = fs::read_to_string(root().join("docs/reference/cost.md"))?;
    let all = |operation: &str| -> Result<f64> {
        let row = costs.lines().find(|line| line.starts_with(&format!("| {operation} |"))).context("no row")?;
        Ok(row.rsplit("**").nth(1).context("no sum")?.parse()?)
    };
    let page = fs::read_to_string(root().join("docs/scale.md"))?;
    let day = (864.0 * all("login")? / 10.0).round() * 10.0;
    let thousands = format!("${},{:03}", (day / 1000.0).floor(), day % 1000.0);
    for said in [
        format!(
            "A million sign-ins cost ${} in the App API and ${} in the browser.",
            all("login")?,
            all("browser-sign-in")?
        ),
        format!("864 million sign-ins, about {thousands}."),
        format!("a million refreshes cost ${}.", all("browser-refresh")?),
    ] {
        ensure!(
            page.split_whitespace().collect::<Vec<_>>().join(" ").contains(&said),
            "docs/scale.md does not say {said:?}"
        );
    }
    Ok(())
}

/// The bold sum of dollars behind `mark`.
fn dollars(page: &str, mark: &str) -> Result<f64> {
    let (_, rest) = page.split_once(mark).with_context(|| format!("the page does not say {mark:?}"))?;
    let sum = rest.split_once("**$").and_then(|(_, rest)| rest.split_once("**"));
    Ok(sum.with_context(|| format!("no sum follows {mark:?}"))?.0.parse()?)
}

#[test]
fn the_plot_of_the_costs_is_the_model_of_the_page_of_costs() -> Result<()> {
    let page = fs::read_to_string(root().join("docs/reference/cost.md"))?;
    let idle = dollars(&page, "A month without a request:")?;
    let thousand = dollars(&page, "A month of 1,000 users:")?;
    let plot = fs::read_to_string(root().join("docs/diagrams/costs.txt"))?;
    let line = plot.lines().find_map(|line| line.strip_prefix("line Latchet ")).context("no line of Latchet")?;
    let numbers: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let (points, _) = numbers.as_chunks();
    for [users, shown] in points {
        let cost = idle + thousand * users / 1000.0;
        ensure!((shown - cost).abs() < cost / 100.0, "{users} users cost {cost}, and the plot says {shown}");
    }
    ensure!(points.len() == 9, "{} points were compared", points.len());
    Ok(())
}
