"""The running service, for the scripts beside this one: INFO, the file that `cargo dev up --info` wrote, is their first argument."""

import html
import json
import os
import re
import sys
import time
from urllib.parse import urljoin

import requests
from requests_oauthlib import OAuth2Session

__all__ = ["BASE", "INFO", "Browser", "OAuth2Session"]

# The local run speaks HTTP.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

with open(sys.argv[1], encoding="utf-8") as file:
    INFO = json.load(file)
PASSWORD = "violet-tractor-17"
BASE = INFO["url"] + "/api/v1/auth/oauth2"


class Browser:
    """Keeps cookies, which `requests` would not send back without TLS, and fills in forms."""

    def __init__(self):
        self.email = f"client-{time.time_ns()}@example.com"
        self.cookies = {}
        account = {"email": self.email, "password": PASSWORD, "name": "Ada", "captcha": "recaptcha_response"}
        assert requests.post(INFO["url"] + "/api/v1/auth/signup", json=account).status_code == 201

    def request(self, path, form=None):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"cookie": cookies, "accept-language": "en"}
        method = "GET" if form is None else "POST"
        answer = requests.request(
            method, urljoin(INFO["url"], path), data=form, headers=headers, allow_redirects=False
        )
        self.cookies.update(answer.cookies.get_dict())
        return answer

    def agree(self, url):
        page = self.request(url).text
        if 'type="password"' in page:
            form = hidden(page) | {"login": self.email, "password": PASSWORD}
            page = self.request(self.request(f"{BASE}/signin/", form).headers["location"]).text
        answer = self.request(f"{BASE}/authorize/", hidden(page) | {"action": "authorize"})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


def hidden(page):
    inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {html.unescape(name): html.unescape(value) for name, value in inputs}
