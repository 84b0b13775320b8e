//! YAML with `CloudFormation`'s tags to JSON with the long form of its functions.

use anyhow::{Result, anyhow, bail};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The one document of `text`; `!Ref X` becomes `{"Ref": "X"}`, `!Sub …` becomes `{"Fn::Sub": …}`.
pub(super) fn to_json(text: &str) -> Result<Value> {
    let documents = Yaml::load_from_str(text).map_err(|error| anyhow!("it is not YAML: {error}; correct that line"))?;
    match documents.as_slice() {
        [document] => node(document, ""),
        _ => bail!("it has {} YAML documents: keep one", documents.len()),
    }
}

fn node(yaml: &Yaml<'_>, place: &str) -> Result<Value> {
    Ok(match yaml {
        Yaml::Value(scalar) => self::scalar(scalar),
        Yaml::Sequence(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| node(item, &format!("{place}[{index}]")))
            .collect::<Result<_>>()?,
        Yaml::Mapping(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, value)| {
                    let key = self::key(key, place)?;
                    let value = node(value, &format!("{place}.{key}"))?;
                    Ok((key, value))
                })
                .collect::<Result<Map<_, _>>>()?,
        ),
        Yaml::Tagged(tag, tagged) => function(&tag.suffix, node(tagged, place)?),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            bail!("{} has a value that cannot be read: write it out plainly", place.trim_start_matches('.'))
        }
    })
}

fn scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(boolean) => json!(boolean),
        Scalar::Integer(integer) => json!(integer),
        Scalar::FloatingPoint(number) => json!(number.into_inner()),
        Scalar::String(string) => json!(string),
    }
}

fn key(key: &Yaml<'_>, place: &str) -> Result<String> {
    match node(key, place)? {
        Value::String(key) => Ok(key),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            bail!("{} has a key that is not a name: put it in quotes", place.trim_start_matches('.'))
        }
        plain => Ok(plain.to_string()),
    }
}

fn function(tag: &str, argument: Value) -> Value {
    match tag {
        "Ref" | "Condition" => json!({ tag: argument }),
        // The short form is `!GetAtt Resource.Attribute`, the long form takes a list.
        "GetAtt" => match argument {
            Value::String(dotted) => json!({ "Fn::GetAtt": dotted.splitn(2, '.').collect::<Vec<_>>() }),
            list => json!({ "Fn::GetAtt": list }),
        },
        name => json!({ format!("Fn::{name}"): argument }),
    }
}
