//! `infra/texts.yaml`: the protect configuration, made from `infra/countries.txt`. A country that it does not name would be
//! let through, so it names all.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use shared::user::phone::{Countries, Country};

const COUNTRIES: &str = "infra/countries.txt";
const TEMPLATE: &str = "infra/texts.yaml";

/// The file, by its path.
pub(crate) fn file() -> Result<(String, String)> {
    let text = std::fs::read_to_string(COUNTRIES).with_context(|| format!("{COUNTRIES} cannot be read"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let allowed: Vec<Country> =
        lines.map(|line| line.parse().with_context(|| format!("{COUNTRIES}: {line}"))).collect::<Result<_>>()?;
    Ok((TEMPLATE.to_owned(), template(&Countries::new(allowed))?))
}

fn template(allowed: &Countries) -> Result<String> {
    let mut text = String::from(
        "AWSTemplateFormatVersion: \"2010-09-09\"\n\
         Description: The countries that may be texted; made from infra/countries.txt by `cargo dev gen`\n\n\
         Resources:\n  \
           ProtectConfiguration:\n    \
             Type: AWS::SMSVOICE::ProtectConfiguration\n    \
             Properties:\n      \
               CountryRuleSet:\n        \
                 SMS:\n",
    );
    for country in Country::all() {
        let status = if allowed.contains(country) { "ALLOW" } else { "BLOCK" };
        // In quotes: NO is Norway.
        writeln!(text, "          - {{CountryCode: \"{country}\", ProtectStatus: {status}}}")?;
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
}
