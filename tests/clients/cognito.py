"""Users of a Cognito pool, as moto emulates it, who move to an app when they first sign in. Usage: python cognito.py INFO."""

import json
import subprocess
import sys

import boto3
import requests
from moto.server import ThreadedMotoServer

INFO_FILE = sys.argv[1]
with open(INFO_FILE) as file:
    URL = json.load(file)["url"]
REGION = "eu-west-1"
EMAIL, PASSWORD = "grace@example.com", "Violet-tractor-17"


def pool():
    """A pool with one user, and the id of its app client."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    endpoint = "http://127.0.0.1:%d" % server.get_host_and_port()[1]
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    cognito = boto3.client("cognito-idp", region_name=REGION, endpoint_url=endpoint, **keys)
    created = cognito.create_user_pool(PoolName="old", UsernameAttributes=["email"])["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=created, ClientName="move", ExplicitAuthFlows=flows)
    attributes = [{"Name": "email", "Value": EMAIL}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=created, Username=EMAIL, UserAttributes=attributes)
    cognito.admin_set_user_password(UserPoolId=created, Username=EMAIL, Password=PASSWORD, Permanent=True)
    return server, endpoint, client["UserPoolClient"]["ClientId"]


def app(endpoint, client):
    """An app whose users are in the pool."""
    options = ["--user-pool", endpoint, "--user-pool-client", client, "--info", INFO_FILE, "--json"]
    made = subprocess.run(["cargo", "ops", "app", "create", "moved", *options], check=True, stdout=subprocess.PIPE)
    made = json.loads(made.stdout)
    return {"x-app-id": made["id"], "x-app-secret": made["secret"]}


def login(headers, password):
    body = {"email": EMAIL, "password": password}
    return requests.post(f"{URL}/api/v1/auth/login", json=body, headers=headers, timeout=30).status_code


server, endpoint, client = pool()
headers = app(endpoint, client)
assert login(headers, "Another-tractor1") == 401
assert login(headers, PASSWORD) == 200
# From now on the pool is not asked.
server.stop()
assert login(headers, "Another-tractor1") == 401
assert login(headers, PASSWORD) == 200
print("ok  Cognito (moto): the first sign-in moves a user, the pool is asked once")
