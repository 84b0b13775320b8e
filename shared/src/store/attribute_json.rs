//! Items as JSON, each value beside its type, as DynamoDB's own protocol writes them. Names and sets are in order, so that one
//! item is one text.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::store::item::Attributes;

/// The attributes as JSON. A type that DynamoDB invents after this is left out.
pub(super) fn to_json(attributes: &Attributes) -> Value {
    let ordered: BTreeMap<_, _> = attributes.iter().filter_map(|(name, value)| Some((name, typed(value)?))).collect();
    ordered.into_iter().map(|(name, value)| (name.clone(), value)).collect::<Map<_, _>>().into()
}

/// The attributes that a JSON object has; `None` where it is not what [`to_json`] writes.
pub(super) fn from_json(json: &Value) -> Option<Attributes> {
    json.as_object()?.iter().map(|(name, value)| Some((name.clone(), untyped(value)?))).collect()
}

fn typed(value: &AttributeValue) -> Option<Value> {
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort_unstable();
        texts
    };
    Some(match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(bytes) => json!({"B": STANDARD.encode(bytes)}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Null(_) => json!({"NULL": true}),
        AttributeValue::Ss(texts) => json!({"SS": sorted(texts)}),
        AttributeValue::Ns(numbers) => json!({"NS": sorted(numbers)}),
        AttributeValue::L(list) => json!({"L": list.iter().map(typed).collect::<Option<Vec<_>>>()?}),
        AttributeValue::M(map) => json!({"M": to_json(map)}),
        _ => return None,
    })
}

fn untyped(value: &Value) -> Option<AttributeValue> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    let (kind, value) = fields.iter().next()?;
    let text = || value.as_str().map(str::to_owned);
    let texts = || value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    Some(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()?).ok()?)),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(texts()?),
        "NS" => AttributeValue::Ns(texts()?),
        "L" => AttributeValue::L(value.as_array()?.iter().map(untyped).collect::<Option<_>>()?),
        "M" => AttributeValue::M(from_json(value)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::{from_json, to_json};
    use crate::store::item::Attributes;

    #[test]
    fn an_item_reads_back() {
        let inner = AttributeValue::M([("a".to_owned(), AttributeValue::N("1".to_owned()))].into());
        let item: Attributes = [
            ("s", AttributeValue::S("text".to_owned())),
            ("b", AttributeValue::B(Blob::new([0, 255]))),
            ("f", AttributeValue::Bool(false)),
            ("n", AttributeValue::Null(true)),
            ("ss", AttributeValue::Ss(vec!["a".to_owned(), "b".to_owned()])),
            ("ns", AttributeValue::Ns(vec!["1".to_owned()])),
            ("l", AttributeValue::L(vec![inner])),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        assert_eq!(from_json(&to_json(&item)), Some(item));
    }

    #[test]
    fn what_is_no_item_is_not_read() {
        for text in ["[]", r#"{"a":1}"#, r#"{"a":{"S":1}}"#, r#"{"a":{"X":"1"}}"#, r#"{"a":{"S":"1","N":"1"}}"#] {
            assert_eq!(from_json(&serde_json::from_str(text).expect("JSON")), None, "{text}");
        }
    }
}
