//! The ceilings beside the counts: what an app and the deployment may send in a day.

use std::collections::BTreeMap;

use anyhow::Result;
use shared::budget::{Channel, Scope};

use crate::deployment::Deployment;
use crate::doctor::aws::Aws;
use crate::doctor::stack::Stack;

/// What a ceiling is called.
#[derive(Clone, Copy)]
struct Name {
    /// In the functions' environment.
    variable: &'static str,
    /// Among the stack's parameters.
    parameter: &'static str,
}

const TEXTS_OF_APP: Name = Name { variable: "SMS_BUDGET_APP", parameter: "SmsBudgetApp" };
const TEXTS_OF_ALL: Name = Name { variable: "SMS_BUDGET_DAY", parameter: "SmsBudgetDay" };
const MAILS_OF_APP: Name = Name { variable: "MAIL_BUDGET_APP", parameter: "MailBudgetApp" };
const MAILS_OF_ALL: Name = Name { variable: "MAIL_BUDGET_DAY", parameter: "MailBudgetDay" };

/// The ceilings that are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ceilings {
    texts: Ceiling,
    mails: Ceiling,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ceiling {
    app: Option<u32>,
    deployment: Option<u32>,
}

impl Ceilings {
    /// Those of the local run that `deployment` names; none of another.
    pub(super) fn of_local_run(deployment: &Deployment) -> Result<Self> {
        Ok(Self::of_variables(&deployment.local_budgets()?))
    }

    /// Those of a stack on AWS, whose tables `deployment` names afterwards.
    pub(super) fn of_stack(name: &str, deployment: &mut Deployment) -> Result<Self> {
        let aws = Aws::new(deployment.region())?;
        let stack = Stack::describe(&aws, name)?;
        deployment.use_tables(&stack.tables()?);
        Ok(Self::by(|name| stack.parameter(name.parameter).parse().ok()))
    }

    fn of_variables(variables: &BTreeMap<String, String>) -> Self {
        Self::by(|name| variables.get(name.variable)?.parse().ok())
    }

    fn by(value: impl Fn(Name) -> Option<u32>) -> Self {
        Self {
            texts: Ceiling { app: value(TEXTS_OF_APP), deployment: value(TEXTS_OF_ALL) },
            mails: Ceiling { app: value(MAILS_OF_APP), deployment: value(MAILS_OF_ALL) },
        }
    }

    /// The ceiling of a scope; those of a prefix and of a source are not shown.
    pub(super) const fn of(&self, channel: Channel, scope: &Scope) -> Option<u32> {
        let ceiling = match channel {
            Channel::Sms => self.texts,
            Channel::Mail | Channel::MailToNew | Channel::MailToTold => self.mails,
            Channel::MailToNobody => return None,
        };
        match scope {
            Scope::App(_) => ceiling.app,
            Scope::Deployment => ceiling.deployment,
            Scope::Source(_)
            | Scope::Address(..)
            | Scope::KnownSource(_)
            | Scope::KnownAddress(..)
            | Scope::Prefix(_) => None,
        }
    }
}

/// A count for people: `3 of 2,000`, or `3` where the ceiling is not known.
pub(super) fn beside(sent: u32, ceiling: Option<u32>) -> String {
    match ceiling {
        Some(ceiling) => format!("{} of {}", in_thousands(sent), in_thousands(ceiling)),
        None => in_thousands(sent),
    }
}

/// 2000 as `2,000`.
fn in_thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use shared::budget::{Channel, Scope};

    use super::{Ceilings, beside};

    #[test]
    fn an_app_and_the_deployment_have_a_ceiling_for_texts_and_another_for_mails() {
        let named =
            [("SMS_BUDGET_APP", "1"), ("SMS_BUDGET_DAY", "2"), ("MAIL_BUDGET_APP", "3"), ("MAIL_BUDGET_DAY", "4")];
        let variables: BTreeMap<_, _> = named.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let ceilings = Ceilings::of_variables(&variables);
        let app = Scope::App("shop".parse().expect("an app id"));
        for (channel, of_app, of_all) in
            [(Channel::Sms, 1, 2), (Channel::Mail, 3, 4), (Channel::MailToNew, 3, 4), (Channel::MailToTold, 3, 4)]
        {
            assert_eq!(ceilings.of(channel, &app), Some(of_app), "{}", channel.name());
            assert_eq!(ceilings.of(channel, &Scope::Deployment), Some(of_all), "{}", channel.name());
            assert_eq!(ceilings.of(channel, &Scope::Prefix("+861381234".to_owned())), None);
        }
        assert_eq!(ceilings.of(Channel::MailToNobody, &Scope::Deployment), None);
        assert_eq!(Ceilings::of_variables(&BTreeMap::new()), Ceilings::default());
    }

    #[test]
    fn a_ceiling_stands_beside_the_count_where_it_is_known() {
        assert_eq!(beside(3, Some(2000)), "3 of 2,000");
        assert_eq!(beside(1_234_567, Some(1_000_000)), "1,234,567 of 1,000,000");
        assert_eq!(beside(999, None), "999");
    }
}
