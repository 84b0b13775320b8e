"""Asks the service what an access token of your app is worth now. Python 3 alone."""

import base64
import json
import urllib.parse
import urllib.request


def ask(token, service, app_id, app_secret):
    """The claims of `token` if it is alive; otherwise None."""
    basic = base64.b64encode(f"{app_id}:{app_secret}".encode()).decode()
    request = urllib.request.Request(
        f"{service}/api/v1/auth/oauth2/introspect/",
        data=urllib.parse.urlencode({"token": token}).encode(),
        headers={"Authorization": f"Basic {basic}"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        claims = json.load(answer)
    return claims if claims.pop("active") else None
