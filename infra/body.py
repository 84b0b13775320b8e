"""The gateway's body, as `aws apigatewayv2 import-api` takes it: the intrinsic functions of the transformed template, resolved for
an account and a region as a first deploy without a domain resolves them. Tells before any stack is made whether API Gateway takes
the routes: docs/on-aws.md.

usage: transform.py template.yaml | body.py ACCOUNT REGION >body.json"""

import json
import re
import sys

account, region = sys.argv[1:]
values = {"AWS::AccountId": account, "AWS::Partition": "aws", "AWS::Region": region, "AWS::StackName": "latchet"}


def resolve(value):
    if isinstance(value, list):
        return [resolve(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return values[value["Ref"]]
    if set(value) == {"Fn::If"}:
        return resolve(value["Fn::If"][2])
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]+)\}", lambda name: values[name[1]], value["Fn::Sub"])
    return {name: resolve(one) for name, one in value.items()}


[api] = [one for one in json.load(sys.stdin)["Resources"].values() if one["Type"] == "AWS::ApiGatewayV2::Api"]
json.dump(resolve(api["Properties"]["Body"]), sys.stdout, indent=1)
