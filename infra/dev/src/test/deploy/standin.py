#!/usr/bin/env python3
"""What every function runs in `cargo dev test --deploy`: it answers with its name, its version and its settings."""

import json
import os
import urllib.request

BUILD = "1"
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"

while True:
    with urllib.request.urlopen(f"{API}/next") as response:
        event = json.load(response)
        request = response.headers["Lambda-Runtime-Aws-Request-Id"]
    said = {
        "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        "build": BUILD,
        "route": event.get("routeKey"),
        "environment": dict(os.environ),
    }
    answer = {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(said)}
    urllib.request.urlopen(
        urllib.request.Request(f"{API}/{request}/response", data=json.dumps(answer).encode(), method="POST")
    ).read()
