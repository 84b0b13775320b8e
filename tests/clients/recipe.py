"""The ten lines of docs/operations.md that verify a password elsewhere, on what an export has. Usage: python recipe.py INFO."""

import json
import pathlib
import subprocess
import sys
import tempfile

import requests

INFO_FILE = sys.argv[1]
with open(INFO_FILE) as file:
    URL = json.load(file)["url"]
EMAIL = "grace@example.com"
# Typed with a combining diaeresis; what is hashed is composed.
PASSWORD = "vio\u0308let-tractor"


def recipe():
    """The function that the page shows."""
    page = (pathlib.Path(__file__).parent / "../../docs/operations.md").read_text()
    block = page.split("```python\n", 1)[1].split("```", 1)[0]
    shown = {}
    exec(compile(block, "docs/operations.md", "exec"), shown)
    return shown["is_right"]


def ops(*arguments):
    command = ["cargo", "ops", *arguments, "--info", INFO_FILE, "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def stored():
    """The hash of a user who has just registered, out of the app's export."""
    made = ops("app", "create", "recipe")
    headers = {"x-app-id": made["id"], "x-app-secret": made["secret"]}
    account = {"email": EMAIL, "password": PASSWORD}
    answer = requests.post(f"{URL}/api/v1/auth/register", json=account, headers=headers, timeout=30)
    assert answer.status_code in (200, 201), answer.text
    with tempfile.TemporaryDirectory() as folder:
        key, export = f"{folder}/key.txt", f"{folder}/recipe.age"
        made = subprocess.run(["age-keygen", "-o", key], check=True, stderr=subprocess.PIPE, text=True)
        recipient = made.stderr.split()[-1]
        ops("app", "export", "recipe", "--to", recipient, export)
        opened = subprocess.run(["age", "--decrypt", "--identity", key, export], check=True, stdout=subprocess.PIPE)
    lines = [json.loads(line) for line in opened.stdout.splitlines()]
    return next(line["password"] for line in lines if line["kind"] == "user")


is_right, hash_of_grace = recipe(), stored()
assert is_right(PASSWORD, hash_of_grace)
assert is_right("vi\u00f6let-tractor", hash_of_grace)
assert not is_right("violet-tractor", hash_of_grace)
print("ok  argon2-cffi: the recipe of docs/operations.md verifies a password of an export")
