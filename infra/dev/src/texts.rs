//! `infra/texts.yaml`: the protect configuration, made from `infra/countries.txt`, and what makes it the account's default. A
//! country that it does not name would be let through, so it names all.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use shared::user::phone::{Countries, Country};

const COUNTRIES: &str = "infra/countries.txt";
const TEMPLATE: &str = "infra/texts.yaml";

/// What stands before the countries.
const HEAD: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Description: The countries that may be texted; made from infra/countries.txt by `cargo dev gen`

Parameters:
  Service:
    Type: String
    Description: The stack that texts.
  MonthLimit:
    Type: String
    Description: US dollars that SNS may spend on texts in a month. Empty to leave it as it is.
  LogRetentionDays:
    Type: Number
    Description: How long log lines are kept.
  RoleBoundary:
    Type: String
    Description: The permissions boundary of roles. Empty for none.

Conditions:
  HasBoundary: !Not [!Equals [!Ref RoleBoundary, ""]]

Resources:
  ProtectConfiguration:
    Type: AWS::SMSVOICE::ProtectConfiguration
    Properties:
      CountryRuleSet:
        SMS:
"#;

/// What stands after them; the code follows it.
const TAIL: &str = r#"
  # CloudFormation makes a protect configuration, and cannot make it the account's default, which alone holds for SNS.
  # docs/decisions/0078-what-an-account-has-one-of.md
  Account:
    Type: Custom::AccountTexts
    Properties:
      ServiceToken: !GetAtt AccountTexts.Arn
      ServiceTimeout: 60
      ProtectConfigurationId: !Ref ProtectConfiguration
      MonthLimit: !Ref MonthLimit
      DeliveryRole: !GetAtt DeliveryRole.Arn
      FailureLogs: !Sub sns/${AWS::Region}/${AWS::AccountId}/DirectPublishToPhoneNumber/Failure
      LogRetentionDays: !Ref LogRetentionDays

  # What SNS writes with: https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
  DeliveryRole:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !If [HasBoundary, !Ref RoleBoundary, !Ref "AWS::NoValue"]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: sns.amazonaws.com}
            Action: sts:AssumeRole
            Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}
      Policies:
        - PolicyName: delivery
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: Log
                Effect: Allow
                Action: [logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents, logs:PutMetricFilter, logs:PutRetentionPolicy]
                Resource:
                  !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:sns/${AWS::Region}/${AWS::AccountId}/*

  AccountTextsRole:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !If [HasBoundary, !Ref RoleBoundary, !Ref "AWS::NoValue"]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: account-texts
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: TheStacksOwn
                Effect: Allow
                Action: [sms-voice:DescribeProtectConfigurations, sms-voice:SetAccountDefaultProtectConfiguration]
                Resource: !GetAtt ProtectConfiguration.Arn
              # The account is not a resource.
              - Sid: Account
                Effect: Allow
                Action: [sms-voice:DeleteAccountDefaultProtectConfiguration, sns:SetSMSAttributes]
                Resource: "*"
              - Sid: HandOver
                Effect: Allow
                Action: iam:PassRole
                Resource: !GetAtt DeliveryRole.Arn
                Condition: {StringEquals: {"iam:PassedToService": sns.amazonaws.com}}
              - Sid: KeepFailures
                Effect: Allow
                Action: [logs:CreateLogGroup, logs:PutRetentionPolicy]
                Resource:
                  !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:sns/${AWS::Region}/${AWS::AccountId}/*
              - Sid: Log
                Effect: Allow
                Action: [logs:CreateLogStream, logs:PutLogEvents]
                Resource: !GetAtt AccountTextsLogs.Arn

  AccountTextsLogs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/${Service}/account-texts
      RetentionInDays: !Ref LogRetentionDays

  AccountTexts:
    Type: AWS::Lambda::Function
    Properties:
      Description: Makes the stack's protect configuration the account's default.
      Runtime: python3.13
      Handler: index.handler
      Timeout: 30
      MemorySize: 256
      Role: !GetAtt AccountTextsRole.Arn
      LoggingConfig: {LogFormat: JSON, LogGroup: !Ref AccountTextsLogs}
      Code:
        # infra/account_texts.py
        ZipFile: |
"#;

const CODE: &str = include_str!("../../account_texts.py");

/// The file, by its path.
pub(crate) fn file() -> Result<(String, String)> {
    let text = std::fs::read_to_string(COUNTRIES).with_context(|| format!("{COUNTRIES} cannot be read"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let allowed: Vec<Country> =
        lines.map(|line| line.parse().with_context(|| format!("{COUNTRIES}: {line}"))).collect::<Result<_>>()?;
    Ok((TEMPLATE.to_owned(), template(&Countries::new(allowed))?))
}

fn template(allowed: &Countries) -> Result<String> {
    let mut text = HEAD.to_owned();
    for country in Country::all() {
        let status = if allowed.contains(country) { "ALLOW" } else { "BLOCK" };
        // In quotes: NO is Norway.
        writeln!(text, "          - {{CountryCode: \"{country}\", ProtectStatus: {status}}}")?;
    }
    text.push_str(TAIL);
    for line in CODE.lines() {
        let indent = if line.is_empty() { "" } else { "          " };
        writeln!(text, "{indent}{line}")?;
    }
    text.push_str("\nOutputs:\n  ProtectConfigurationId:\n    Value: !Ref ProtectConfiguration\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use shared::user::phone::Countries;

    use super::template;

    #[test]
    fn every_country_but_those_that_are_allowed_is_blocked() {
        let text = template(&Countries::default()).unwrap_or_default();
        let allowed: Vec<_> = text.lines().filter(|line| line.contains("ALLOW")).collect();
        assert_eq!(allowed, ["          - {CountryCode: \"CN\", ProtectStatus: ALLOW}"]);
        let blocked = text.lines().filter(|line| line.ends_with("ProtectStatus: BLOCK}")).count();
        assert!(blocked > 230, "{blocked} countries are blocked");
        assert!(text.contains("CountryCode: \"NO\", ProtectStatus: BLOCK"), "{text}");
    }

    /// Lambda takes so much of it in a template.
    #[test]
    fn the_code_that_sets_the_account_up_fits_into_the_template() {
        assert!(super::CODE.len() < 4096);
    }
}
