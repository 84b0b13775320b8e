//! What every function shares: how an API Gateway event becomes a caller and an input, and an outcome an answer.
//!
//! An [`Endpoint`] is one operation. [`serve`] runs it, or a few of them, as a Lambda function, and
//! [`serve_handler`] is the main function of a program of several; [`respond`] answers one event, which is
//! also how tests call it. No rule of the product lives here.

mod answer;
mod cause;
mod consume;
mod context;
mod describe;
mod edge;
mod endpoint;
mod erased;
mod event;
mod fields;
mod form;
mod function;
mod gate;
mod host_cookies;
mod limiter;
mod message;
mod metric;
mod preflight;
mod reason;
mod refusal;
mod respond;
mod route;
mod serve;
mod telemetry;

pub use answer::Answer;
pub use cause::{COME_BACK, Cause};
pub use consume::{Consumer, again, consume, lost};
pub use context::{Context, Counter, Ctx, Storeless};
pub use describe::{EndpointVisitor, Operation, Security, form_schema, object_schema, otp_schema};
pub use endpoint::{Anyone, Caller, Cors, Counted, Dialect, Endpoint, Input, NoInput, Output};
pub use event::{Event, NotAnEvent, Request, read_event};
pub use fields::{Fields, Malformed};
pub use form::{Form, encode, query};
pub use function::Function;
pub use gate::{Admitted, Gate, Pass};
pub use message::Message;
pub use metric::Metric;
pub use preflight::Preflight;
pub use reason::Reason;
pub use refusal::{Preferences, RuntimeError, WireError};
pub use respond::respond;
pub use route::Route;
pub use serve::{Handler, serve, serve_handler};
pub use shared::service::Moment;
