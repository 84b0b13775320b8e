"""Makes the stack's protect configuration the account's default, and sets what SNS keeps for an account:
CloudFormation cannot. It calls this when infra/texts.yaml is deployed, changed or removed, and nobody else does."""

import boto3
import cfnresponse


def handler(event, context):
    settings = event["ResourceProperties"]
    ours = settings["ProtectConfigurationId"]
    try:
        texts = boto3.client("pinpoint-sms-voice-v2")
        if event["RequestType"] == "Delete":
            # AWS deletes no default. Another that took its place stays.
            if is_default(texts, ours):
                texts.delete_account_default_protect_configuration()
        else:
            texts.set_account_default_protect_configuration(ProtectConfigurationId=ours)
            keep_failures(settings)
            attributes = {
                "DefaultSMSType": "Transactional",
                # SNS logs each text that a carrier did not deliver, and why. Of those that arrived it logs none.
                "DeliveryStatusIAMRole": settings["DeliveryRole"],
                "DeliveryStatusSuccessSamplingRate": "0",
            }
            if settings["MonthLimit"]:
                attributes["MonthlySpendLimit"] = settings["MonthLimit"]
            boto3.client("sns").set_sms_attributes(attributes=attributes)
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, ours)
    except Exception as error:
        # Without an answer CloudFormation waits for an hour.
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, ours, reason=str(error))


def is_default(texts, ours):
    try:
        found = texts.describe_protect_configurations(ProtectConfigurationIds=[ours])
    except texts.exceptions.ResourceNotFoundException:
        return False
    return any(one["AccountDefault"] for one in found["ProtectConfigurations"])


def keep_failures(settings):
    """SNS would make the group itself and keep its lines, which have phone numbers, forever."""
    logs, group = boto3.client("logs"), settings["FailureLogs"]
    try:
        logs.create_log_group(logGroupName=group)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    logs.put_retention_policy(logGroupName=group, retentionInDays=int(settings["LogRetentionDays"]))
