//! That the two roles which deploy may do what a deploy does.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{Schemas, document, types};

/// What `sam deploy` calls (`samcli/lib/deploy/deployer.py` and `samcli/lib/package/s3_uploader.py` of the pinned SAM CLI), and
/// what hands the execution role over.
const BY_SAM: [&str; 9] = [
    "cloudformation:CreateChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:GetTemplateSummary",
    "iam:PassRole",
    "s3:GetObject",
    "s3:PutObject",
];

/// What `CloudFormation` calls only for properties that the template does not use, by the beginning of the action and the type.
const UNUSED: [(&str, &[&str], &str); 10] = [
    ("", &["kms:"], "everything is encrypted under AWS's own keys"),
    (
        "AWS::DynamoDB::Table",
        &[
            "dynamodb:AssociateTableReplica",
            "dynamodb:BatchWriteItem",
            "dynamodb:CreateTableReplica",
            "dynamodb:DeleteItem",
            "dynamodb:DeleteResourcePolicy",
            "dynamodb:DescribeImport",
            "dynamodb:DisableKinesisStreamingDestination",
            "dynamodb:EnableKinesisStreamingDestination",
            "dynamodb:GetItem",
            "dynamodb:ImportTable",
            "dynamodb:PutItem",
            "dynamodb:PutResourcePolicy",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:UpdateContributorInsights",
            "dynamodb:UpdateItem",
            "dynamodb:UpdateKinesisStreamingDestination",
            "kinesis:",
            "logs:",
            "s3:",
        ],
        "no table is imported, replicated, streamed or has a policy",
    ),
    ("AWS::IAM::Role", &["iam:DeleteRolePermissionsBoundary"], "a boundary is never taken off"),
    ("AWS::CodeDeploy::DeploymentGroup", &["codedeploy:RegisterOnPremisesInstance"], "there are no instances"),
    (
        "AWS::Lambda::",
        &[
            "ec2:",
            "elasticfilesystem:",
            "lambda:AssociateRuntimeAlias",
            "lambda:DeleteFunctionCodeSigningConfig",
            "lambda:DeleteProvisionedConcurrencyConfig",
            "lambda:GetCodeSigningConfig",
            "lambda:GetLayerVersion",
            "lambda:PassCapacityProvider",
            "lambda:PutFunctionCodeSigningConfig",
            "lambda:PutFunctionRecursionConfig",
            "lambda:PutFunctionScalingConfig",
            "lambda:PutProvisionedConcurrencyConfig",
            "lambda:PutRuntimeManagementConfig",
            "s3files:",
        ],
        "no VPC, files, layers, signing, capacity providers or provisioned concurrency",
    ),
    (
        "AWS::Logs::LogGroup",
        &[
            "firehose:",
            "logs:AssociateKmsKey",
            "logs:DeleteDataProtectionPolicy",
            "logs:DeleteIndexPolicy",
            "logs:DeleteResourcePolicy",
            "logs:DisassociateKmsKey",
            "logs:PutBearerTokenAuthentication",
            "logs:PutDataProtectionPolicy",
            "logs:PutIndexPolicy",
            "logs:PutLogGroupDeletionProtection",
            "s3:",
        ],
        "no policies, indexes, keys or deletion protection on a log group",
    ),
    (
        "AWS::SES::ConfigurationSet",
        &[
            "ses:PutConfigurationSetArchivingOptions",
            "ses:PutConfigurationSetSendingOptions",
            "ses:PutConfigurationSetTrackingOptions",
            "ses:PutConfigurationSetVdmOptions",
        ],
        "mails are not archived, tracked or analysed",
    ),
    ("AWS::SNS::", &["sns:PutDataProtectionPolicy", "sns:SetSubscriptionAttributes"], "a topic with one mail address"),
    (
        "AWS::CloudFormation::Stack",
        &["cloudformation:SetStackPolicy", "cloudformation:UpdateTerminationProtection"],
        "a nested part has no policy and no protection of its own",
    ),
    ("AWS::ApiGatewayV2::Api", &["s3:getObject"], "the API's body stands in the template"),
];

/// Compares the roles of infra/deploy-role.yaml with what a deploy calls.
///
/// # Errors
/// The actions that a role lacks.
pub(crate) fn check(schemas: &Schemas) -> Result<()> {
    let roles = document("infra/deploy-role.yaml")?;
    let mut lacks = Vec::new();
    let deploying = allowed(&roles, &["DeployRole"]);
    lacks.extend(lacked(BY_SAM.map(str::to_owned), &deploying).map(|action| format!("DeployRole lacks {action}")));
    let executing = allowed(&roles, &["ExecutionRole", "ExecutionParts"]);
    for name in types()? {
        let needed = schemas.actions(&name)?;
        let needed = needed.into_iter().filter(|action| !is_unused(&name, action));
        lacks.extend(lacked(needed, &executing).map(|action| format!("ExecutionRole lacks {action}, for {name}")));
    }
    for (role, policies) in
        [("DeployRole", &["DeployRole"][..]), ("ExecutionRole", &["ExecutionRole", "ExecutionParts"])]
    {
        if !may_transform(&roles, policies) {
            lacks.push(format!("{role} may not use SAM's transform"));
        }
    }
    ensure!(lacks.is_empty(), "{}", lacks.join("\n"));
    Ok(())
}

fn is_unused(of: &str, action: &str) -> bool {
    UNUSED
        .iter()
        .any(|(name, actions, _)| of.starts_with(name) && actions.iter().any(|unused| action.starts_with(unused)))
}

/// IAM compares actions without regard to case.
fn lacked<'a>(
    needed: impl IntoIterator<Item = String> + 'a,
    has: &'a BTreeSet<String>,
) -> impl Iterator<Item = String> + 'a {
    needed.into_iter().filter(|action| !has.contains(&action.to_ascii_lowercase()))
}

fn statements<'a>(roles: &'a Value, of: &'a [&str]) -> impl Iterator<Item = &'a Value> {
    of.iter().flat_map(|name| {
        let properties = &roles["Resources"][*name]["Properties"];
        let inline = properties["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"]);
        let documents = inline.chain([&properties["PolicyDocument"]]);
        documents.flat_map(|document| document["Statement"].as_array().into_iter().flatten())
    })
}

fn actions(statement: &Value) -> impl Iterator<Item = String> {
    let action = &statement["Action"];
    let several = action.as_array().into_iter().flatten().chain([action]);
    several.filter_map(Value::as_str).map(str::to_ascii_lowercase)
}

fn allowed(roles: &Value, of: &[&str]) -> BTreeSet<String> {
    statements(roles, of).filter(|statement| statement["Effect"] == "Allow").flat_map(actions).collect()
}

/// With a service role `CloudFormation` expands the template as that role; without one, as the caller.
fn may_transform(roles: &Value, of: &[&str]) -> bool {
    statements(roles, of).any(|statement| {
        statement["Effect"] == "Allow"
            && actions(statement).any(|action| action == "cloudformation:createchangeset")
            && statement["Resource"].to_string().contains(":aws:transform/Serverless-2016-10-31")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{allowed, is_unused, lacked, may_transform};

    #[test]
    fn a_role_has_what_its_statements_and_its_policies_allow_and_not_what_they_deny() {
        let allow = |action: &str| json!({"Effect": "Allow", "Action": [action], "Resource": "*"});
        let roles = json!({"Resources": {
            "Role": {"Properties": {"Policies": [{"PolicyDocument": {"Statement": [
                allow("s3:GetObject"), {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"},
            ]}}]}},
            "Parts": {"Properties": {"PolicyDocument": {"Statement": [allow("ses:Tag")]}}},
        }});
        let has = allowed(&roles, &["Role", "Parts"]);
        let needed = ["s3:getObject", "s3:PutObject", "ses:Tag"].map(str::to_owned);
        assert_eq!(lacked(needed, &has).collect::<Vec<_>>(), ["s3:PutObject"]);
    }

    #[test]
    fn the_transform_is_a_right_of_its_own() {
        let roles = |resource: &str| {
            let statement =
                json!({"Effect": "Allow", "Action": "cloudformation:CreateChangeSet", "Resource": resource});
            json!({"Resources": {"Role": {"Properties": {"PolicyDocument": {"Statement": [statement]}}}}})
        };
        assert!(may_transform(&roles("arn:aws:cloudformation:a-1:aws:transform/Serverless-2016-10-31"), &["Role"]));
        assert!(!may_transform(&roles("arn:aws:cloudformation:a-1:1:stack/x/*"), &["Role"]));
    }

    #[test]
    fn what_is_unused_is_unused_for_its_type() {
        assert!(is_unused("AWS::DynamoDB::Table", "dynamodb:Scan"));
        assert!(!is_unused("AWS::DynamoDB::Table", "dynamodb:CreateTable"));
        assert!(!is_unused("AWS::SES::EmailIdentity", "logs:PutLogEvents"));
    }
}
