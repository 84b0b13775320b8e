//! The classes of sign-in that a request names (OpenID Connect Core §2, `acr`).

use runtime::Moment;
use shared::id::AppId;
use shared::session::method::Class;
use shared::store::StoreError;
use shared::user::User;

/// Those that we know of the classes that a request names.
#[derive(Clone, Debug, Default)]
pub(super) struct AskedClasses {
    named: Vec<Class>,
    need: Need,
}

/// How much a client wants one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Need {
    /// By a claim that it does without. Nobody is asked for a passkey again and again for that.
    #[default]
    Voluntary,
    /// The first that its user can reach (`acr_values`, Core §3.1.2.1).
    Preferred,
    /// It does not do without one.
    Essential,
}

impl AskedClasses {
    /// What `acr_values` names, in the order of preference.
    pub(super) fn preferred(values: &str) -> Self {
        Self { named: values.split(' ').filter_map(Class::named).collect(), need: Need::Preferred }
    }

    /// What the claim `acr` is asked for with. `None`: the client does not do without a class that we do not know.
    pub(super) fn of_claim(values: &[&str], essential: bool) -> Option<Self> {
        let named: Vec<_> = values.iter().filter_map(|name| Class::named(name)).collect();
        let is_essential = essential && !values.is_empty();
        let need = if is_essential { Need::Essential } else { Need::Voluntary };
        (!is_essential || !named.is_empty()).then_some(Self { named, need })
    }

    /// The same, unless nothing is named that we know, and nothing is essential in `other`.
    pub(super) fn or(self, other: Self) -> Self {
        if self.named.is_empty() || other.need == Need::Essential { other } else { self }
    }

    /// Whether a sign-in of `class` may be less than what is asked for.
    pub(super) fn may_exceed(&self, class: Class) -> bool {
        self.named.iter().any(|named| class < *named)
    }

    /// Whether the client does without nothing less than a sign-in of more than `class`, and its user cannot do better than `reach`.
    pub(super) fn cannot_be_met(&self, class: Class, reach: Class) -> bool {
        self.need == Need::Essential && self.goal(reach).is_some_and(|goal| class < goal && reach < goal)
    }

    /// Whether somebody whose sign-in was of `class` and who can reach `reach` has to sign in again.
    pub(super) fn want_more(&self, class: Class, reach: Class) -> bool {
        self.goal(reach.max(class)).is_some_and(|goal| class < goal && goal <= reach)
    }

    /// Whether what is asked for first takes a passkey: nothing less is enough, or nothing else comes before it. What goes on after a
    /// sign-in has the class 1 before it, and still names it.
    pub(super) fn want_passkey(&self) -> bool {
        match self.need {
            Need::Essential => self.named.iter().min() == Some(&Class::PhishingResistant),
            Need::Preferred => {
                self.named.iter().find(|class| **class > Class::OneFactor) == Some(&Class::PhishingResistant)
            }
            Need::Voluntary => false,
        }
    }

    /// The class that the ID token says, where it is less than that of the sign-in, `class`: the best of those that were asked for.
    pub(super) fn said_of(&self, class: Class) -> Option<Class> {
        self.named.iter().copied().filter(|named| *named <= class).max().filter(|named| *named < class)
    }

    fn goal(&self, reach: Class) -> Option<Class> {
        let first_up_to = |most: Class| self.named.iter().copied().find(|named| *named <= most);
        match self.need {
            Need::Essential => self.named.iter().copied().min(),
            Need::Preferred => first_up_to(reach),
            Need::Voluntary => first_up_to(reach.min(Class::TwoFactors)),
        }
    }
}

/// The class of the best sign-in that a user has the means for.
pub(super) async fn reach(at: &Moment, app: &AppId, user: &User) -> Result<Class, StoreError> {
    let has_passkey = !at.store.passkeys(app, user).await?.is_empty();
    Ok(match (has_passkey, user.second_factor) {
        (true, _) => Class::PhishingResistant,
        (false, true) => Class::TwoFactors,
        (false, false) => Class::OneFactor,
    })
}

/// The value of `acr_values` of a request that goes on after a sign-in: whatever that was, nobody is asked to sign in once more.
pub(super) fn after_a_sign_in(values: &str) -> String {
    let any = Class::OneFactor.name();
    if values.split(' ').next() == Some(any) { values.to_owned() } else { format!("{any} {values}") }
}

#[cfg(test)]
mod tests {
    use shared::session::method::Class::{OneFactor, PhishingResistant, TwoFactors};

    use super::{AskedClasses, after_a_sign_in};

    #[test]
    fn a_class_that_the_user_can_reach_is_asked_for_and_no_other() {
        for (values, class, reach, asked) in [
            ("phr", OneFactor, PhishingResistant, true),
            ("phr", TwoFactors, PhishingResistant, true),
            ("phr", PhishingResistant, PhishingResistant, false),
            ("phr", OneFactor, TwoFactors, false),
            ("phr 2", OneFactor, TwoFactors, true),
            ("2", OneFactor, PhishingResistant, true),
            ("2", PhishingResistant, PhishingResistant, false),
            ("1 phr", OneFactor, PhishingResistant, false),
            ("9", OneFactor, PhishingResistant, false),
            // Signed in by something that is gone since.
            ("phr", PhishingResistant, OneFactor, false),
        ] {
            let classes = AskedClasses::preferred(values);
            assert_eq!(classes.want_more(class, reach), asked, "{values} {class:?} {reach:?}");
            assert!(!classes.cannot_be_met(class, reach), "{values}");
        }
    }

    #[test]
    fn a_class_that_is_essential_is_had_asked_for_or_not_to_be_had() {
        let essential = |values: &[&str]| AskedClasses::of_claim(values, true).expect("known");
        for (values, class, reach, [asked, unmet]) in [
            (&["phr"][..], OneFactor, PhishingResistant, [true, false]),
            (&["phr"], OneFactor, TwoFactors, [false, true]),
            (&["phr"], PhishingResistant, OneFactor, [false, false]),
            (&["phr", "2"], OneFactor, TwoFactors, [true, false]),
            (&["2"], OneFactor, OneFactor, [false, true]),
        ] {
            let classes = essential(values);
            assert_eq!(classes.want_more(class, reach), asked, "{values:?} {class:?}");
            assert_eq!(classes.cannot_be_met(class, reach), unmet, "{values:?} {class:?}");
        }
        assert!(AskedClasses::of_claim(&["3"], true).is_none());
    }

    #[test]
    fn a_voluntary_claim_asks_for_a_second_factor_and_for_no_passkey() {
        let voluntary = |values: &[&str]| AskedClasses::of_claim(values, false).expect("taken");
        assert!(voluntary(&["2"]).want_more(OneFactor, TwoFactors));
        assert!(!voluntary(&["phr"]).want_more(OneFactor, PhishingResistant));
    }

    #[test]
    fn the_best_class_that_was_asked_for_is_said() {
        for (values, class, said) in [
            ("2", PhishingResistant, Some(TwoFactors)),
            ("1 2", PhishingResistant, Some(TwoFactors)),
            ("phr 2", PhishingResistant, None),
            ("2", TwoFactors, None),
            ("2", OneFactor, None),
            ("", PhishingResistant, None),
        ] {
            assert_eq!(AskedClasses::preferred(values).said_of(class), said, "{values} {class:?}");
        }
    }

    #[test]
    fn a_passkey_is_wanted_by_whoever_prefers_its_class_or_takes_no_other() {
        for (values, wanted) in [
            ("phr", true),
            ("phr 2", true),
            ("1 phr 2", true),
            ("9 phr", true),
            ("2 phr", false),
            ("2", false),
            ("1", false),
            ("", false),
        ] {
            assert_eq!(AskedClasses::preferred(values).want_passkey(), wanted, "{values}");
        }
        for (values, essential, wanted) in
            [(&["phr"][..], true, true), (&["phr", "2"], true, false), (&["2"], true, false), (&["phr"], false, false)]
        {
            let classes = AskedClasses::of_claim(values, essential).expect("known");
            assert_eq!(classes.want_passkey(), wanted, "{values:?} {essential}");
        }
    }

    #[test]
    fn after_a_sign_in_any_class_will_do() {
        assert_eq!(after_a_sign_in("phr 2"), "1 phr 2");
        assert_eq!(after_a_sign_in("1 phr 2"), "1 phr 2");
        let after = AskedClasses::preferred(&after_a_sign_in("phr"));
        assert!(!after.want_more(OneFactor, PhishingResistant));
    }
}
