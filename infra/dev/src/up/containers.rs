//! `--sam-local FILE`: what `sam local` needs, so that the functions in its containers use the store and the outbox of this run.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use super::info::Info;

/// Docker Desktop gives containers this name for the machine's own loopback address.
const DOCKER_DESKTOP: &str = "host.docker.internal";

/// How containers reach this machine.
enum Reach {
    /// By a name that leads to the loopback address.
    Loopback(&'static str),
    /// By an address of this machine, at which somebody has to listen.
    Bridge(IpAddr),
}

/// Listens where containers can reach it, and writes the file for `sam local --env-vars`.
///
/// # Errors
/// When no container engine answers and no address is given, or the address is not this machine's.
pub(super) async fn open(info: &Info, environment: &BTreeMap<String, String>, told: &SamLocal) -> Result<()> {
    let Some(file) = &told.sam_local else { return Ok(()) };
    let host = match reach(told.sam_local_address)? {
        Reach::Loopback(name) => name.to_owned(),
        Reach::Bridge(address) => {
            for port in ports(environment)? {
                forward(address, port).await?;
            }
            address.to_string()
        }
    };
    write(file, &for_containers(&info.tables, environment, &host)?)
}

/// What `sam local` and containers are told.
#[derive(clap::Args)]
pub(super) struct SamLocal {
    /// Write the file for `sam local … --env-vars FILE`, and let its containers use this run's store and outbox
    #[arg(long, value_name = "FILE")]
    pub(super) sam_local: Option<std::path::PathBuf>,
    /// The address of this machine that containers reach; Docker's bridge when absent
    #[arg(long, value_name = "ADDRESS", requires = "sam_local")]
    sam_local_address: Option<IpAddr>,
}

fn reach(given: Option<IpAddr>) -> Result<Reach> {
    if let Some(address) = given {
        return Ok(Reach::Bridge(address));
    }
    if !cfg!(target_os = "linux") {
        return Ok(Reach::Loopback(DOCKER_DESKTOP));
    }
    let bridge = "{{with index .IPAM.Config 0}}{{.Gateway}} {{.Subnet}}{{end}}";
    let asked = Command::new("docker").args(["network", "inspect", "bridge", "--format", bridge]).output();
    let told = asked.ok().filter(|output| output.status.success());
    let address = told.and_then(|output| own_address(&String::from_utf8_lossy(&output.stdout)));
    address.map(Reach::Bridge).context(
        "no container engine says where containers reach this machine: start Docker, or give --sam-local-address",
    )
}

/// This machine's address on Docker's bridge: its gateway. Docker 20.10, which Debian 12 has, names only the subnet, of which the
/// gateway has the first address.
fn own_address(gateway_and_subnet: &str) -> Option<IpAddr> {
    let (gateway, subnet) = gateway_and_subnet.split_once(' ')?;
    gateway.parse().ok().or_else(|| match subnet.split('/').next()?.parse().ok()? {
        IpAddr::V4(network) => Some(IpAddr::V4(Ipv4Addr::from(u32::from(network) + 1))),
        IpAddr::V6(_) => None,
    })
}

const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL_SNS"];

fn port(endpoint: &str) -> Result<u16> {
    let port = endpoint.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok());
    port.with_context(|| format!("{endpoint} names no port"))
}

fn ports(environment: &BTreeMap<String, String>) -> Result<Vec<u16>> {
    let endpoints = ENDPOINTS.iter().filter_map(|name| environment.get(*name));
    let mut ports = endpoints.map(|endpoint| port(endpoint)).collect::<Result<Vec<_>>>()?;
    ports.dedup();
    Ok(ports)
}

/// Hands every connection to that address and port on to the same port of the loopback address.
async fn forward(address: IpAddr, port: u16) -> Result<()> {
    let listener = TcpListener::bind((address, port)).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {address}:{port}: is it an address of this machine?"))?;
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Ok(mut to) = TcpStream::connect(("127.0.0.1", port)).await {
                    // Either side may go at any time.
                    let _ = copy_bidirectional(&mut from, &mut to).await;
                }
            });
        }
    });
    Ok(())
}

/// The variables of every function, as `sam local` takes them.
fn for_containers(
    tables: &BTreeMap<String, String>,
    environment: &BTreeMap<String, String>,
    host: &str,
) -> Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for (key, name) in tables {
        variables.insert(format!("{}_TABLE", key.to_uppercase()), name.clone());
    }
    for (name, value) in environment {
        let value =
            if ENDPOINTS.contains(&name.as_str()) { format!("http://{host}:{}", port(value)?) } else { value.clone() };
        variables.insert(name.clone(), value);
    }
    Ok(variables)
}

/// Writes the file for nobody else's eyes: it holds what wraps the key ring.
fn write(file: &Path, variables: &BTreeMap<String, String>) -> Result<()> {
    let text = serde_json::to_string_pretty(&json!({"Parameters": variables}))? + "\n";
    fs::write(file, text).with_context(|| format!("cannot write {}: choose another --sam-local FILE", file.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::{TcpListener, TcpStream, for_containers, forward, own_address};

    #[test]
    fn the_bridge_is_found_where_docker_names_only_its_subnet() {
        let found = |text| own_address(text).map(|address| address.to_string());
        assert_eq!(found("172.18.0.9 172.18.0.0/16\n").as_deref(), Some("172.18.0.9"));
        assert_eq!(found(" 172.17.0.0/16\n").as_deref(), Some("172.17.0.1"));
        assert_eq!(found("\n"), None);
    }

    #[tokio::test]
    async fn what_listens_on_the_loopback_address_is_reached_at_the_other_one() -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        // All of 127.0.0.0/8 is this machine's on Linux.
        forward("127.0.0.2".parse()?, port).await?;
        let mut caller = TcpStream::connect(("127.0.0.2", port)).await?;
        caller.write_all(b"ping").await?;
        let mut heard = [0; 4];
        listener.accept().await?.0.read_exact(&mut heard).await?;
        assert_eq!(&heard, b"ping");
        Ok(())
    }

    #[test]
    fn containers_are_told_the_address_that_they_reach_and_all_else_as_it_is() -> anyhow::Result<()> {
        let pairs = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:3002"), ("PUBLIC_URL", "http://127.0.0.1:3000")];
        let environment = BTreeMap::from(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let tables = BTreeMap::from([("core".to_owned(), "latchet-core".to_owned())]);
        let told = for_containers(&tables, &environment, "172.17.0.1")?;
        assert_eq!(told["AWS_ENDPOINT_URL_DYNAMODB"], "http://172.17.0.1:3002");
        assert_eq!(told["PUBLIC_URL"], "http://127.0.0.1:3000");
        assert_eq!(told["CORE_TABLE"], "latchet-core");
        Ok(())
    }
}
