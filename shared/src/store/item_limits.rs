//! What DynamoDB takes as an item: values of its own, and 400 KB in all. Its documentation has the sizes under "Item sizes and formats".

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::store::item::Attributes;

/// How many bytes an item has at most, names and values together.
pub(super) const MOST_BYTES: usize = 400 * 1024;

/// How many bytes a sort key has at most.
pub(super) const MOST_BYTES_OF_SORT_KEY: usize = 1024;

/// How deep lists and maps lie in each other at most.
const MOST_LEVELS: usize = 32;

/// How many digits a number has at most, without zeros at either end.
const MOST_DIGITS: usize = 38;

/// What a list or a map takes beside its elements, and what each of them takes beside its value.
const NESTING: usize = 3;
const ELEMENT: usize = 1;

/// How many bytes an item takes; `None`: it has a value that DynamoDB refuses, such as an empty set or a number that is none.
pub(super) fn weight(item: &Attributes) -> Option<usize> {
    item.iter().map(|(name, value)| Some(name.len() + weight_of(value, 1)?)).sum()
}

fn weight_of(value: &AttributeValue, level: usize) -> Option<usize> {
    let elements = |all: Option<usize>, count: usize| {
        (level <= MOST_LEVELS).then_some(())?;
        Some(NESTING + ELEMENT * count + all?)
    };
    match value {
        AttributeValue::S(text) => Some(text.len()),
        AttributeValue::N(number) => weight_of_number(number),
        AttributeValue::B(bytes) => Some(bytes.as_ref().len()),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => Some(1),
        AttributeValue::Ss(texts) => is_set(texts).then(|| texts.iter().map(String::len).sum()),
        AttributeValue::Ns(numbers) => {
            let weights = numbers.iter().map(|number| weight_of_number(number)).sum();
            if is_set(numbers) { weights } else { None }
        }
        AttributeValue::L(list) => elements(list.iter().map(|one| weight_of(one, level + 1)).sum(), list.len()),
        AttributeValue::M(map) => {
            let all = map.iter().map(|(name, one)| Some(name.len() + weight_of(one, level + 1)?)).sum();
            elements(all, map.len())
        }
        _ => None,
    }
}

/// A set has something, and nothing twice.
fn is_set(elements: &[String]) -> bool {
    !elements.is_empty() && elements.iter().collect::<BTreeSet<_>>().len() == elements.len()
}

/// A byte for two digits, and one for sign and exponent.
fn weight_of_number(text: &str) -> Option<usize> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    exponent.parse::<i32>().ok()?;
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = [whole, part].concat();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = digits.trim_matches('0').len();
    (is_number && significant <= MOST_DIGITS).then_some(1 + significant.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::{MOST_LEVELS, weight};

    fn of(value: AttributeValue) -> Option<usize> {
        weight(&[("n".to_owned(), value)].into())
    }

    #[test]
    fn an_item_weighs_its_names_and_values() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let set = AttributeValue::Ss(vec!["a".to_owned(), "bc".to_owned()]);
        let map = AttributeValue::M([("k".to_owned(), text("v"))].into());
        for (value, bytes) in [
            (text("é"), 2),
            (text(""), 0),
            (AttributeValue::B(Blob::new([0; 5])), 5),
            (AttributeValue::Bool(true), 1),
            (set, 3),
            (AttributeValue::L(vec![text("a"), text("b")]), 3 + 2 + 2),
            (map, 3 + 1 + 2),
        ] {
            assert_eq!(of(value.clone()), Some(1 + bytes), "{value:?}");
        }
        for (number, bytes) in [("0", 1), ("7", 2), ("-12", 2), ("1200", 2), ("123.5", 3), ("1E+2", 2)] {
            assert_eq!(of(AttributeValue::N(number.to_owned())), Some(1 + bytes), "{number}");
        }
    }

    #[test]
    fn what_dynamodb_refuses_has_no_weight() {
        for number in ["", "x", "-", ".", "1.2.3", "1e", "NaN", &"1".repeat(39)] {
            assert_eq!(of(AttributeValue::N(number.to_owned())), None, "{number}");
        }
        let twice = vec!["1".to_owned(); 2];
        for set in [AttributeValue::Ss(Vec::new()), AttributeValue::Ss(twice.clone()), AttributeValue::Ns(twice)] {
            assert_eq!(of(set.clone()), None, "{set:?}");
        }
        let nested = |levels| (0..levels).fold(AttributeValue::Bool(true), |inner, _| AttributeValue::L(vec![inner]));
        assert!(of(nested(MOST_LEVELS)).is_some() && of(nested(MOST_LEVELS + 1)).is_none());
    }
}
