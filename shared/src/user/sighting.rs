//! Whether somebody was seen at a place before.

use crate::user::lockout::Place;

/// What a list of the places that somebody came in from says of one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// They were seen there before.
    Known,
    /// They were seen elsewhere, and never there.
    New,
    /// They were seen nowhere yet.
    First,
}

impl Sighting {
    /// What `places` say of `place`. What is not an address is nowhere that somebody could be told of.
    #[must_use]
    pub fn of(places: &[Place], place: &Place) -> Self {
        match places {
            _ if !place.is_known() || places.contains(place) => Self::Known,
            [] => Self::First,
            _ => Self::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sighting;
    use crate::user::lockout::Place;

    #[test]
    fn a_place_is_known_new_or_the_first() {
        let [home, away, nowhere] = ["home", "away", "unknown"].map(|name| Place::from_hash(name.to_owned()));
        let at_home = std::slice::from_ref(&home);
        assert_eq!(Sighting::of(at_home, &home), Sighting::Known);
        assert_eq!(Sighting::of(at_home, &away), Sighting::New);
        assert_eq!(Sighting::of(&[], &away), Sighting::First);
        assert_eq!(Sighting::of(at_home, &nowhere), Sighting::Known, "of what is not an address nobody is told");
    }
}
