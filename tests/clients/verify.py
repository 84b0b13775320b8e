"""PyJWT, unmodified, as backends use it: by the keys, the issuer and an audience, which is all that it looks at unasked.

Usage: python verify.py INFO TOKENS EXPIRED. Collects a token of each kind from the running service, and those of EXPIRED, whose time is
over; tries each verifier on each token, and writes both to TOKENS, for the verifiers in other languages.
"""

import hashlib
import json
import sys
import time

import jwt
import requests

from service import INFO, Browser, OAuth2Session
from verifier import verifier as verifier_of

URL = INFO["url"]
APPS = {app["id"]: app for app in INFO["apps"]}
CLIENT = next(client for client in INFO["clients"] if not client["public"])
METADATA = requests.get(f"{URL}/.well-known/oauth-authorization-server").json()
ISSUER, KEYS = METADATA["issuer"], METADATA["jwks_uri"]


def post(path, body, **headers):
    answer = requests.post(URL + path, json=body, headers=headers)
    assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
    return answer


def of_the_app_api(app):
    account = {"email": f"verify-{time.time_ns()}@example.com", "password": "tractor-17"}
    headers = {"x-app-id": app, "x-app-secret": APPS[app]["secret"]}
    return post("/api/v1/auth/register", account, **headers).json()["token"]


def of_the_account_api(app):
    name = f"v{time.time_ns()}"[:20]
    digest = hashlib.sha256(b"tractor-17").hexdigest()
    headers = {"authorization": f"Bearer {APPS[app]['api_key']}"}
    post("/api/Auth/Register", {"username": name, "password": digest, "email": f"{name}@example.com"}, **headers)
    pair = post("/api/Auth/Login", {"username": name, "password": digest}, **headers).json()["token"]
    return pair["accessToken"], pair["refreshToken"]


def of_a_client(browser, resource=None):
    scope = ["openid", "profile"] if resource is None else ["read"]
    session = OAuth2Session(CLIENT["id"], redirect_uri=CLIENT["redirect_uris"][0], scope=scope)
    named = {} if resource is None else {"resource": resource}
    url, _ = session.authorization_url(f"{URL}/api/v1/auth/oauth2/authorize/", **named)
    back = browser.agree(url)
    tokens = session.fetch_token(
        f"{URL}/api/v1/auth/oauth2/token/", authorization_response=back, client_secret=CLIENT["secret"], **named
    )
    return tokens["access_token"], tokens["refresh_token"], tokens.get("id_token")


def unsigned(token):
    """The claims of a token under a header that asks for no signature."""
    return jwt.encode(jwt.decode(token, options={"verify_signature": False}), None, algorithm="none")


def collect():
    browser = Browser()
    client_access, client_refresh, client_id_token = of_a_client(browser)
    servers = ["https://notes.example", "https://files.example/v1"]
    notes, files = [of_a_client(browser, resource)[0] for resource in servers]
    account_access, account_refresh = of_the_account_api("default")
    app_access = of_the_app_api("default")
    own = "backend of default"
    return [
        {"kind": "App API, default", "token": app_access, "good_for": own},
        {"kind": "Browser API, default", "token": browser.cookies["access_token"], "good_for": own},
        {"kind": "Account API, default", "token": account_access, "good_for": own},
        {"kind": "App API, demo", "token": of_the_app_api("demo"), "good_for": "backend of demo"},
        {"kind": "Account API, demo", "token": of_the_account_api("demo")[0], "good_for": "backend of demo"},
        {"kind": "OAuth client, default", "token": client_access, "good_for": "resource API of default"},
        {"kind": "OAuth client, for notes", "token": notes, "good_for": "notes"},
        {"kind": "OAuth client, for files", "token": files, "good_for": "files"},
        {"kind": "ID token, default", "token": client_id_token, "good_for": "client of default"},
        {"kind": "refresh token, Browser API", "token": browser.cookies["refresh_token"], "good_for": None},
        {"kind": "refresh token, Account API", "token": account_refresh, "good_for": None},
        {"kind": "refresh token, OAuth client", "token": client_refresh, "good_for": None},
        {"kind": "App API, unsigned", "token": unsigned(app_access), "good_for": None},
        {"kind": "ID token, unsigned", "token": unsigned(client_id_token), "good_for": None},
    ]


def expired():
    """Tokens that nothing speaks against but their time."""
    with open(sys.argv[3], encoding="utf-8") as file:
        tokens = json.load(file)
    client = jwt.PyJWKClient(KEYS)
    for token in tokens:
        key = client.get_signing_key_from_jwt(token["token"])
        rules = {"algorithms": ["ES256", "RS256"], "audience": token["audience"], "issuer": ISSUER}
        jwt.decode(token["token"], key, options={"verify_exp": False}, **rules)
    return tokens


VERIFIERS = [
    {"name": "backend of default", "issuer": ISSUER, "audience": "default"},
    {"name": "backend of demo", "issuer": ISSUER, "audience": "demo"},
    {"name": "resource API of default", "issuer": ISSUER, "audience": f"{ISSUER}/api"},
    {"name": "client of default", "issuer": ISSUER, "audience": CLIENT["id"]},
    {"name": "another client of default", "issuer": ISSUER, "audience": "demo-client-2"},
    {"name": "resource API of demo", "issuer": f"{ISSUER}/apps/demo", "audience": f"{ISSUER}/apps/demo/api"},
    {"name": "notes", "issuer": ISSUER, "audience": "https://notes.example"},
    {"name": "files", "issuer": ISSUER, "audience": "https://files.example/v1"},
    {"name": "default of another deployment", "issuer": "https://auth.example", "audience": "default"},
]


def accepts(verify, token):
    try:
        verify(token)
    except jwt.PyJWTError:
        return False
    return True


tokens = collect() + expired()
for verifier in VERIFIERS:
    verify = verifier_of(KEYS, verifier["issuer"], verifier["audience"])
    for token in tokens:
        accepted = accepts(verify, token["token"])
        assert accepted == (token["good_for"] == verifier["name"]), (verifier["name"], token["kind"], accepted)
print(f"ok  PyJWT {jwt.__version__}: {len(VERIFIERS)} verifiers, {len(tokens)} tokens")
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump({"keys": KEYS, "verifiers": VERIFIERS, "tokens": tokens}, file)
