"""Relying parties of OpenID Connect in Python, unmodified. Usage: python parties.py INFO, the file that `cargo dev up --info` wrote."""

import json
import subprocess
import sys

import django
import requests
from authlib.integrations.requests_client import OAuth2Session as Authlib
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken
from django.conf import settings

from service import INFO, Browser

HOST = "127.0.0.1:9995"
SITE = f"http://{HOST}"


def register(name, *options):
    """A client of the app `default`, as the app's owner makes it."""
    command = ["cargo", "ops", "client", "create", "--app", "default", "--name", name, "--info", sys.argv[1], "--json"]
    made = subprocess.run([*command, "--scope", "openid profile email", *options], check=True, stdout=subprocess.PIPE)
    return json.loads(made.stdout)


def with_authlib():
    party = register("Authlib", "--redirect-uri", f"{SITE}/back")
    metadata = requests.get(INFO["url"] + "/.well-known/openid-configuration", timeout=30).json()
    browser = Browser()
    session = Authlib(
        party["id"], party["secret"], redirect_uri=f"{SITE}/back", scope="openid email", code_challenge_method="S256"
    )
    verifier = "v" * 64
    url, _ = session.create_authorization_url(metadata["authorization_endpoint"], nonce="once", code_verifier=verifier)
    back = browser.agree(url)
    tokens = session.fetch_token(metadata["token_endpoint"], authorization_response=back, code_verifier=verifier)
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    options = {"iss": {"values": [metadata["issuer"]]}, "aud": {"values": [party["id"]]}}
    params = {"nonce": "once", "client_id": party["id"], "access_token": tokens["access_token"]}
    claims = jwt.decode(tokens["id_token"], keys, CodeIDToken, options, params)
    claims.validate()
    assert session.get(metadata["userinfo_endpoint"]).json()["sub"] == claims["sub"]


def with_django():
    party = register("mozilla-django-oidc", "--redirect-uri", f"{SITE}/oidc/callback/")
    metadata = requests.get(INFO["url"] + "/.well-known/openid-configuration", timeout=30).json()
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "mozilla_django_oidc",
        ],
        LOGIN_REDIRECT_URL="/in",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        OIDC_OP_AUTHORIZATION_ENDPOINT=metadata["authorization_endpoint"],
        OIDC_OP_JWKS_ENDPOINT=metadata["jwks_uri"],
        OIDC_OP_TOKEN_ENDPOINT=metadata["token_endpoint"],
        OIDC_OP_USER_ENDPOINT=metadata["userinfo_endpoint"],
        OIDC_RP_CLIENT_ID=party["id"],
        OIDC_RP_CLIENT_SECRET=party["secret"],
        OIDC_RP_SIGN_ALGO="RS256",
        ROOT_URLCONF="django_urls",
        SECRET_KEY="not a secret",
    )
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    browser = Browser()
    page = Client(headers={"host": HOST})
    away = page.get("/oidc/authenticate/")
    back = browser.agree(away["location"])
    arrived = page.get(back)
    assert arrived["location"] == "/in", arrived["location"]
    assert page.get("/in").content.decode() == browser.email


RUNS = {"Authlib, OpenID Connect": with_authlib, "mozilla-django-oidc": with_django}
for name, run in RUNS.items():
    run()
    print(f"ok  {name}")
