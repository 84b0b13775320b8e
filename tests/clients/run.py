"""Python's client libraries, unmodified. Usage: python run.py INFO, the file that `cargo dev up --info` wrote."""

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session as Authlib

from service import BASE, INFO, Browser, OAuth2Session

CLIENT = next(client for client in INFO["clients"] if not client["public"])
PHONE = next(client for client in INFO["clients"] if client["public"])


def with_requests_oauthlib():
    browser = Browser()
    session = OAuth2Session(CLIENT["id"], redirect_uri=CLIENT["redirect_uris"][0], scope=["profile", "email"])
    url, _ = session.authorization_url(f"{BASE}/authorize/")
    session.fetch_token(
        f"{BASE}/token/", authorization_response=browser.agree(url), client_secret=CLIENT["secret"]
    )
    assert session.get(INFO["url"] + "/api/me").json()["email"] == browser.email
    tokens = session.refresh_token(f"{BASE}/token/", client_id=CLIENT["id"], client_secret=CLIENT["secret"])
    assert set(tokens["scope"]) == {"profile", "email"}


def with_authlib(client, method):
    browser = Browser()
    session = Authlib(
        client["id"],
        client["secret"],
        redirect_uri=client["redirect_uris"][0],
        scope="profile",
        code_challenge_method="S256",
        token_endpoint_auth_method=method,
    )
    verifier = "v" * 64
    url, _ = session.create_authorization_url(f"{BASE}/authorize/", code_verifier=verifier)
    back = browser.agree(url)
    session.fetch_token(f"{BASE}/token/", authorization_response=back, code_verifier=verifier)
    assert session.get(INFO["url"] + "/api/v1/account").json()["email"] == browser.email
    tokens = session.refresh_token(f"{BASE}/token/")
    if client["secret"]:
        answer = session.introspect_token(f"{BASE}/introspect/", token=tokens["access_token"])
        assert answer.json()["active"] is True
    assert session.revoke_token(f"{BASE}/revoke/", token=tokens["refresh_token"]).status_code == 200
    try:
        session.refresh_token(f"{BASE}/token/", refresh_token=tokens["refresh_token"])
    except AuthlibBaseError as error:
        assert error.error == "invalid_grant"
    else:
        raise AssertionError("a revoked token was refreshed")


RUNS = {
    "requests-oauthlib": with_requests_oauthlib,
    "Authlib, client_secret_basic": lambda: with_authlib(CLIENT, "client_secret_basic"),
    "Authlib, client_secret_post": lambda: with_authlib(CLIENT, "client_secret_post"),
    "Authlib, public": lambda: with_authlib(PHONE, "none"),
}
for name, run in RUNS.items():
    run()
    print(f"ok  {name}")
