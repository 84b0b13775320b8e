//! A browser can have a cookie of our host alone beside the one of the whole domain, with the same name. An answer removes the first.

use crate::answer::Answer;
use crate::event::Request;

/// Has the browser forget the cookie of our host alone, where the answer sets or clears the one of that name for the whole domain and
/// the request brought the name more than once. The first is from before the operator set `COOKIE_DOMAIN`: no other line removes
/// it (RFC 6265 §5.3), and the browser goes on to send it first.
///
/// Such a line comes before those of the answer: a client that takes both cookies for one then keeps what the answer says.
pub(crate) fn forgetting_host_cookies(mut answer: Answer, request: &Request) -> Answer {
    let forgotten: Vec<_> = answer.cookies.iter().filter_map(|line| forget_host_cookie(line, request)).collect();
    answer.cookies.splice(0..0, forgotten);
    answer
}

/// The line that removes the cookie of our host alone with the name of the one that `line` sets, if there is one.
fn forget_host_cookie(line: &str, request: &Request) -> Option<String> {
    let (name, rest) = line.split_once('=')?;
    let attributes: Vec<_> = rest.split(';').skip(1).map(str::trim).collect();
    let is = |attribute: &str, name: &str| attribute.split('=').next().is_some_and(|it| it.eq_ignore_ascii_case(name));
    let is_of_domain = attributes.iter().any(|attribute| is(attribute, "domain"));
    if !is_of_domain || request.cookies(name).nth(1).is_none() {
        return None;
    }
    let kept = attributes.into_iter().filter(|attribute| !is(attribute, "domain") && !is(attribute, "max-age"));
    Some([format!("{name}=").as_str()].into_iter().chain(kept).chain(["Max-Age=0"]).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::forgetting_host_cookies;
    use crate::answer::Answer;
    use crate::event::{Request, read_event};

    const SET: &str = "refresh_token=new; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=604800";

    fn answered(cookies: &[&str], line: &str) -> Vec<String> {
        let event =
            json!({"cookies": cookies, "requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.1"}}});
        let event = read_event(&event.to_string()).expect("an event");
        let request = Request::try_from(event).expect("a request");
        forgetting_host_cookies(Answer::empty(204).with_cookies([line.to_owned()]), &request).cookies
    }

    #[test]
    fn a_name_that_came_twice_is_removed_of_our_host_alone_and_set_after_that() {
        let forgotten = "refresh_token=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0";
        assert_eq!(answered(&["refresh_token=a", "refresh_token=b"], SET), [forgotten, SET]);
    }

    #[test]
    fn no_line_is_added_where_the_name_came_once_or_our_cookie_is_of_our_host_alone() {
        assert_eq!(answered(&["refresh_token=a", "access_token=b"], SET), [SET]);
        assert_eq!(answered(&[], SET), [SET]);
        let of_our_host = SET.replace("Domain=example.com; ", "");
        assert_eq!(answered(&["refresh_token=a", "refresh_token=b"], &of_our_host), [of_our_host.as_str()]);
    }
}
