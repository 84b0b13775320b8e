//! What the SDK is told of a call that failed: it repeats an attempt by this.

use std::error::Error;
use std::io;

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;
use hyper_util::client::legacy;

use crate::dial::TooSlow;

/// The failure by its kind, in the classes of the SDK's own HTTP client. A request is whole before it is sent, so that none fails by its body.
pub(crate) fn classified(error: legacy::Error) -> ConnectorError {
    if cause::<TooSlow>(&error).is_some() {
        return ConnectorError::timeout(error.into());
    }
    let is_of_connection = error.is_connect() || cause::<io::Error>(&error).is_some();
    match cause::<hyper::Error>(&error) {
        _ if is_of_connection => ConnectorError::io(error.into()),
        Some(of_http) if of_http.is_closed() || of_http.is_canceled() => ConnectorError::io(error.into()),
        // The connection ended within an answer.
        Some(of_http) if of_http.is_incomplete_message() => {
            ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
        }
        _ => ConnectorError::other(error.into(), None),
    }
}

/// The first error of a type, of this error and its causes.
fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}
