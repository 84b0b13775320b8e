//! What a person sees of the running service.

use std::path::Path;
use std::time::{Duration, SystemTime};

use local::gateway::Handled;
use local::process::Event;
use serde_json::Value;

use super::info::Info;
use ops::out::say;

/// The standard output. That it cannot be written is no reason to end.
#[derive(Clone, Copy)]
pub(super) struct Terminal {
    logs: bool,
}

impl Terminal {
    /// `logs`: the functions' request logs are shown too.
    pub(super) const fn new(logs: bool) -> Self {
        Self { logs }
    }

    /// A line.
    #[expect(clippy::unused_self, reason = "all that is shown goes through here")]
    pub(super) fn say(self, text: &str) {
        let _ = say!("{text}");
    }

    /// What to open, where the data is, and a call that works.
    pub(super) fn welcome(self, info: &Info, data: Option<&Path>, written: Option<&Path>) {
        self.say(&welcome(info, data, written));
    }

    /// A request that was answered.
    pub(super) fn request(self, handled: &Handled) {
        self.say(&request(handled));
    }

    /// What happened to a function's process.
    pub(super) fn process(self, bin: &str, event: Event) {
        match event {
            Event::Line(line) if !self.logs && is_request_log(&line) => {}
            Event::Line(line) => self.say(&format!("[{bin}] {line}")),
            Event::Killed => self.say(&format!("[{bin}] took too long; killed, and started again")),
            Event::Ended { how, again_in } => {
                self.say(&format!("[{bin}] ended ({how}); starts again in {} ms", again_in.as_millis()));
            }
        }
    }
}

/// `data`: where the tables are kept, if they are. `written`: the file with all of `info`, if one was asked for.
fn welcome(info: &Info, data: Option<&Path>, written: Option<&Path>) -> String {
    let Info { url, outbox, dynamodb, .. } = info;
    let data = data.map_or_else(|| "nowhere: --memory keeps nothing".to_owned(), |path| path.display().to_string());
    let example = written.map_or_else(
        || "start this with --info FILE, and then: node examples/third-party/app.mjs FILE".to_owned(),
        |file| format!("node examples/third-party/app.mjs {}", file.display()),
    );
    let trust = info.ca.as_ref().map(|file| format!("Trust     {}\n", file.display())).unwrap_or_default();
    let trusting = info.ca.as_ref().map(|file| format!("--cacert {} ", file.display())).unwrap_or_default();
    let call = info.apps.first().map(|app| {
        format!(
            "\nTry it:\n\n  curl -s {trusting}{url}/api/v1/auth/register \\\n    -H 'content-type: application/json' \\\n    \
             -H 'x-app-id: {}' -H 'x-app-secret: {}' \\\n    \
             -d '{{\"email\":\"ada@example.com\",\"password\":\"secret123\"}}'\n",
            app.id, app.secret
        )
    });
    let call = call.unwrap_or_default();
    format!(
        "\nPortal    {url} (forms, and the documentation of all APIs)\nOutbox    {outbox} (mails and texts: nothing is sent)\n\
         Example   {example}\nDynamoDB  {dynamodb}\nData      {data}\n\
         Limits    as on AWS; to lift them: --env RATE_LIMIT_APP=100000 --env RATE_LIMIT_DEFAULT=100000\n\
         {trust}{call}\nCtrl-C ends it.\n"
    )
}

fn request(handled: &Handled) -> String {
    let Handled { at, method, path, status, took, function, failure } = handled;
    let function = function.as_deref().unwrap_or("-");
    let failure = failure.as_deref().map(|why| format!("  ({why})")).unwrap_or_default();
    format!("{}  {method:<7} {path}  {status}  {} ms  {function}{failure}", time_of_day(*at), took.as_millis())
}

/// As in `09:30:00`, UTC.
fn time_of_day(at: SystemTime) -> String {
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs() % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The line that a function writes of each request, when all went well: the gateway's line says the same.
fn is_request_log(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|log| {
        log["route"].is_string() && log["level"].as_str().is_some_and(|level| level.eq_ignore_ascii_case("info"))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::up::seed::DemoApp;

    #[test]
    fn a_request_is_one_line() {
        let handled = Handled {
            at: SystemTime::UNIX_EPOCH + Duration::from_mins(570),
            method: "POST".to_owned(),
            path: "/api/v1/auth/login".to_owned(),
            status: 200,
            took: Duration::from_millis(34),
            function: Some("app-login".to_owned()),
            failure: None,
        };
        assert_eq!(request(&handled), "09:30:00  POST    /api/v1/auth/login  200  34 ms  app-login");
    }

    #[test]
    fn only_the_plain_request_log_is_left_out() {
        assert!(is_request_log(r#"{"level":"info","route":"app-login","status":200}"#));
        assert!(!is_request_log(r#"{"level":"ERROR","route":"app-login","cause":"x"}"#));
        assert!(!is_request_log(r#"{"level":"INFO","message":"hello"}"#));
        assert!(!is_request_log("thread 'main' panicked"));
    }

    #[test]
    fn the_welcome_names_what_there_is_and_nothing_else() {
        let mut info = Info {
            ca: None,
            url: "http://127.0.0.1:3000".to_owned(),
            outbox: String::new(),
            siteverify: "http://127.0.0.1:3001/siteverify".to_owned(),
            dynamodb: String::new(),
            kek: String::new(),
            budgets: BTreeMap::new(),
            tables: BTreeMap::new(),
            apps: vec![DemoApp { id: "demo".to_owned(), secret: "s3cret".to_owned(), api_key: String::new() }],
            clients: Vec::new(),
            users: Vec::new(),
        };
        let text = welcome(&info, None, Some("/tmp/info.json".as_ref()));
        assert!(text.contains("Example   node examples/third-party/app.mjs /tmp/info.json\n"), "{text}");
        assert!(text.contains("Data      nowhere"), "{text}");
        assert!(text.contains("curl -s http://127.0.0.1:3000/api/v1/auth/register"), "{text}");
        assert!(text.contains("-H 'x-app-id: demo' -H 'x-app-secret: s3cret'"), "{text}");
        info.apps.clear();
        let text = welcome(&info, Some("/src/.dev".as_ref()), None);
        assert!(!text.contains("curl"), "{text}");
        assert!(text.contains("Example   start this with --info FILE"), "{text}");
        for part in ["Portal    http://127.0.0.1:3000 ", "Outbox    ", "RATE_LIMIT_APP=", "RATE_LIMIT_DEFAULT="] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("Data      /src/.dev\n"), "{text}");
    }
}
