//! The help of every command, which `infra/front` prints before anything is compiled.

use clap::Command;

/// For each command a heading and its help, as `infra/front/src/help.rs` reads them.
pub(crate) fn texts(commands: Command) -> String {
    let mut commands = plain(commands);
    commands.build();
    let mut text = String::new();
    add(&mut commands, "cargo dev", &mut text);
    text
}

/// Without what the environment happens to hold.
fn plain(command: Command) -> Command {
    command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(plain)
}

fn add(command: &mut Command, name: &str, text: &mut String) {
    text.extend(["## ", name, "\n", &command.render_long_help().to_string(), "\n"]);
    for each in command.get_subcommands_mut().filter(|each| each.get_name() != "help") {
        let name = format!("{name} {}", each.get_name());
        add(each, &name, text);
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    #[test]
    fn every_command_has_a_heading_and_no_value_of_the_environment() {
        let update = Command::new("update").arg(Arg::new("id").long("id").env("CARGO_PKG_NAME"));
        let all = Command::new("cargo dev").bin_name("cargo dev").subcommand(Command::new("app").subcommand(update));
        let text = super::texts(all);
        let headings: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, ["## cargo dev", "## cargo dev app", "## cargo dev app update"]);
        assert!(text.contains("[env: CARGO_PKG_NAME]"), "{text}");
    }
}
