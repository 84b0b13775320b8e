//! `cargo dev up`: the whole service on this machine, until Ctrl-C.

mod build;
mod clients;
mod containers;
mod fleet;
mod info;
mod seed;
mod state;
mod terminal;
mod users;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use local::certificate::Certificate;
use local::engine::Engine;
use local::gateway::{Gateway, Handled};
use local::outbox::Outbox;
use local::process::Processes;
use local::queue::Queue;
use local::sqs::Sqs;
use local::streams::Streams;
use local::template::{Parameters, Template};
use tokio::signal::unix::{SignalKind, signal};

use self::fleet::Fleet;
use self::info::{Info, Seeded};
use self::seed::Ground;
use self::state::UpState;
use self::terminal::Terminal;
use self::watch::Change;
use crate::tools;

/// How long functions may take to start before the terminal says which ones do.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the certificate of `--tls` is kept, also by a run that keeps nothing else: somebody told their browser to trust it.
const TLS: &str = ".dev/tls";

/// What `--help` groups options by.
const WHERE: &str = "Data and addresses";
const FUNCTIONS: &str = "Functions";
const SHOWN: &str = "What is shown";

/// What the command line says.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// Keep nothing: start with an empty database and new keys, and delete them at the end
    #[arg(long, help_heading = WHERE)]
    memory: bool,
    /// The port of the service. The outbox and DynamoDB get the next two. 0 takes any free ports
    #[arg(long, value_name = "N", default_value_t = 3000, help_heading = WHERE)]
    port: u16,
    /// Build and run optimised functions, as they are deployed
    #[arg(long, help_heading = FUNCTIONS)]
    release: bool,
    /// Build and restart whenever a source file or Cargo.toml changes, and start everything again when template.yaml does
    #[arg(long, help_heading = FUNCTIONS)]
    watch: bool,
    /// Processes per function, each of which serves one request at a time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..), help_heading = FUNCTIONS)]
    processes: u8,
    /// A variable of the functions' environment, in place of the template's. May be repeated
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable, help_heading = FUNCTIONS)]
    environment: Vec<(String, String)>,
    /// Write addresses and credentials to this file, as JSON, when everything answers. The file is removed at the end
    #[arg(long, value_name = "FILE", help_heading = SHOWN)]
    info: Option<PathBuf>,
    /// Serve https. The certificate stays in .dev/tls, and clients must trust .dev/tls/authority.pem
    #[arg(long, help_heading = WHERE)]
    tls: bool,
    /// Also show the request logs of the functions
    #[arg(long, help_heading = SHOWN)]
    logs: bool,
    #[command(flatten, next_help_heading = "Containers of sam local")]
    containers: containers::SamLocal,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// Runs the service until SIGINT or SIGTERM.
///
/// # Errors
/// What keeps it from running, and what to do about that.
pub(crate) fn run(mut options: Options) -> Result<()> {
    // Before the working directory changes, for it is where the caller is.
    options.info = options.info.map(std::path::absolute).transpose()?;
    options.containers.sam_local = options.containers.sam_local.map(std::path::absolute).transpose()?;
    tools::enter_root()?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?;
    // Leaving this block drops, and so ends, all that was started.
    runtime.block_on(async {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            result = serve_again_and_again(&options) => result,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

/// Serves, from the start whenever there is another template.
async fn serve_again_and_again(options: &Options) -> Result<()> {
    loop {
        serve(options).await?;
        // The ports of what was dropped are free a moment later.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Serves until there is another template.
async fn serve(options: &Options) -> Result<()> {
    if let Some(file) = &options.info {
        info::prepare(file)?;
    }
    let terminal = Terminal::new(options.logs);
    // The deployment's own values; PUBLIC_URL is overridden below, once the port is known.
    let parameters = Parameters::from([
        ("PublicUrl".to_owned(), "http://127.0.0.1".to_owned()),
        ("MailFrom".to_owned(), "no-reply@example.com".to_owned()),
    ]);
    let template = Template::read("template.yaml".as_ref(), &parameters)?;
    let binaries = build::Binaries::find(&template, options.release).await?;
    let state = if options.memory { UpState::throw_away()? } else { UpState::open()? };
    let servers = Servers::start(options, &template, &state)?;
    // The ports are ours, so no other run goes on that wrote it.
    if let Some(file) = &options.info {
        info::clear(file)?;
    }

    binaries.build().await?;
    let environment = environment(&servers, &state, options);
    let ground = Ground::new(&servers, &template, &state);
    let apps = seed::seed(&ground).await?;
    let clients = clients::seed(&ground).await?;
    let users = users::seed(&ground).await?;
    let fleet = Fleet::new(servers.queues.clone(), binaries, environment.clone(), options.processes, terminal);
    let processes = fleet.launch();
    let _streams = servers.engine.changes().map(|changes| Streams::start(changes, &template.tables, &servers.queues));
    let _mappings = servers.sqs.feed(&servers.queues);
    all_ready(&servers.queues, &terminal).await;

    let authority = options.tls.then(|| std::path::absolute(Certificate::authority_in(TLS.as_ref()))).transpose()?;
    let info = Info::new(&servers, &template, &environment, state.kek(), authority, Seeded { apps, clients, users });
    containers::open(&info, &environment, &options.containers).await?;
    terminal.welcome(&info, state.directory(), options.info.as_deref());
    let _written = options.info.as_deref().map(|file| info.write(file)).transpose()?;
    if !options.watch {
        return std::future::pending().await;
    }
    follow_changes(&fleet, processes, &parameters, terminal).await;
    Ok(())
}

/// Rebuilds and restarts the functions with every change, until there is another template that can be read.
async fn follow_changes(fleet: &Fleet, mut processes: Vec<Processes>, parameters: &Parameters, terminal: Terminal) {
    let mut sources = watch::Sources::new();
    loop {
        if sources.changed().await == Change::Template {
            match Template::read("template.yaml".as_ref(), parameters) {
                Ok(_) => return terminal.say("template.yaml changed: everything starts again."),
                Err(error) => terminal.say(&format!("{error:#}; what runs is from before.")),
            }
            continue;
        }
        match fleet.rebuild().await {
            Ok(()) => {
                for running in processes {
                    running.stop().await;
                }
                processes = fleet.launch();
                terminal.say("The functions were rebuilt and restarted.");
            }
            Err(error) => terminal.say(&format!("{error:#}; the functions from before keep running.")),
        }
    }
}

/// What listens on a port, and ends when dropped.
struct Servers {
    engine: Engine,
    outbox: Outbox,
    gateway: Gateway,
    sqs: Sqs,
    queues: Vec<Arc<Queue>>,
}

impl Servers {
    fn start(options: &Options, template: &Template, state: &UpState) -> Result<Self> {
        let port = |offset: u16| match options.port {
            0 => Ok(0),
            first => first.checked_add(offset).context("--port is too high: two more ports follow it"),
        };
        let queues: Vec<_> = template.functions.iter().cloned().map(Queue::new).collect();
        let observer = Terminal::new(options.logs);
        let observer = Arc::new(move |handled: &Handled| observer.request(handled));
        let gateway = if options.tls {
            Gateway::start_tls(port(0)?, &queues, observer, &Certificate::kept_in(TLS.as_ref())?)
        } else {
            Gateway::start(port(0)?, &queues, observer)
        };
        let outbox = Outbox::start(port(1)?);
        let engine = match state.database() {
            Some(file) => Engine::file(port(2)?, file, &template.tables),
            None => Engine::memory(port(2)?, &template.tables),
        };
        Ok(Self {
            gateway: gateway.map_err(|error| port_in_use(error, options))?,
            outbox: outbox.map_err(|error| port_in_use(error, options))?,
            engine: engine.map_err(|error| port_in_use(error, options))?,
            sqs: Sqs::start()?,
            queues,
        })
    }
}

fn port_in_use(error: anyhow::Error, options: &Options) -> anyhow::Error {
    if !local::port_was_taken(&error) {
        return error;
    }
    let (first, last) = (options.port, options.port.saturating_add(2));
    anyhow::anyhow!(
        "one of the ports {first} to {last} is in use: end the program that has it (another cargo dev up?), \
         or choose other ports with --port N"
    )
}

/// What every function is given over the template's environment.
fn environment(servers: &Servers, state: &UpState, options: &Options) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::from([
        ("PUBLIC_URL".to_owned(), servers.gateway.url()),
        ("KEY_RING_KEK".to_owned(), state.kek().to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), servers.engine.endpoint()),
        ("AWS_ENDPOINT_URL_SESV2".to_owned(), servers.outbox.endpoint()),
        ("AWS_ENDPOINT_URL_SNS".to_owned(), servers.outbox.endpoint()),
        ("AWS_ENDPOINT_URL_SQS".to_owned(), servers.sqs.endpoint()),
        // All that is tried out on this machine comes from here. Another loopback address is a client like any.
        ("SHARED_SOURCES".to_owned(), "127.0.0.1, ::1".to_owned()),
    ]);
    environment.extend(options.environment.iter().cloned());
    environment
}

/// Waits until each function has a process that is ready, and says which do not when that takes long.
async fn all_ready(queues: &[Arc<Queue>], terminal: &Terminal) {
    let all = async {
        for queue in queues {
            queue.ready().await;
        }
    };
    tokio::pin!(all);
    while tokio::time::timeout(PATIENCE, &mut all).await.is_err() {
        let late: Vec<_> =
            queues.iter().filter(|queue| !queue.is_ready()).map(|queue| queue.function().name.as_str()).collect();
        terminal.say(&format!("Still waiting for {} to start.", late.join(", ")));
    }
}
