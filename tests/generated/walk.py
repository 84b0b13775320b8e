"""A walk by the client that openapi-python-client made. Usage: walk.py INFO"""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "out" / "python"))

from latchet_client import AuthenticatedClient, Client  # noqa: E402
from latchet_client.api.app import app_delete_account, app_login, app_me, app_register  # noqa: E402
from latchet_client.models import AppLoginBodyType0, AppRegisterBody  # noqa: E402

info = json.loads(pathlib.Path(sys.argv[1]).read_text())
app = next(app for app in info["apps"] if app["id"] == "demo")
headers = {"x-app-id": app["id"], "x-app-secret": app["secret"]}
client = Client(base_url=info["url"], headers=headers)
email = f"python-{time.time_ns()}@example.com"

made = app_register.sync(client=client, body=AppRegisterBody(email=email, password="secret123"))
assert made.user.email == email, made
wrong = app_login.sync_detailed(client=client, body=AppLoginBodyType0(email=email, password="secret124"))
assert wrong.status_code == 401 and wrong.parsed.error, wrong
login = app_login.sync(client=client, body=AppLoginBodyType0(email=email, password="secret123"))
user = AuthenticatedClient(base_url=info["url"], token=login.token, headers=headers)
assert app_me.sync(client=user).user.id == login.user.id
assert app_delete_account.sync_detailed(client=user).status_code == 200
