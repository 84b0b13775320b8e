"""template.yaml as CloudFormation gets it: by SAM's own translator, pinned in requirements.lock. Run by `cargo dev check`."""

import json
import logging
import sys

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

# It warns of a feature toggle that only AWS's own service reads.
logging.disable(logging.WARNING)

with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())

# The translator takes what `sam package` leaves: addresses in S3, whatever they are.
for resource in template["Resources"].values():
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::Serverless::Function":
        properties["CodeUri"] = "s3://bucket/key"
    if resource["Type"] == "AWS::Serverless::Application":
        properties["Location"] = "https://s3.amazonaws.com/bucket/key"

session = boto3.Session(region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
translator = Translator({}, Parser(), None, session)
json.dump(translator.translate(template, {}), sys.stdout)
