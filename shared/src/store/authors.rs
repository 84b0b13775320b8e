//! The author of a change, in the item that it changes.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;

use crate::audit::Author;
use crate::hex::hex;
use crate::store::client::Store;
use crate::store::item::{Attributes, Reader, Writer, text};

/// The attribute's name. In update expressions it is set from [`AUTHOR_VALUE`].
pub(super) const AUTHOR: &str = "author";

/// What an update expression says of the author.
pub(super) const BY: &str = "author = :author";

const AUTHOR_VALUE: &str = ":author";

impl Store {
    /// The mark of the author. Each has a number of its own, so that a later write of somebody who leaves none is not taken for
    /// theirs; a repetition of the write is the same.
    pub(super) fn mark(&self) -> AttributeValue {
        self.mark_numbered(&hex(&self.random.bytes::<3>()))
    }

    /// The mark with a number that the caller keeps. A caller who got no answer and writes again knows the first write by it.
    pub(super) fn mark_numbered(&self, number: &str) -> AttributeValue {
        let Author { operator, from, request, language } = &self.author;
        let some = |value: &str| (!value.is_empty()).then(|| text(value));
        Writer::default()
            .maybe("operator", operator.as_deref().map(text))
            .maybe("from", some(from))
            .maybe("request", some(request))
            .maybe("lang", language.map(|language| text(language.tag())))
            .with("n", text(number))
            .into_map()
    }

    /// The item with the mark.
    pub(super) fn by_author(&self, mut item: Attributes) -> Attributes {
        item.insert(AUTHOR.to_owned(), self.mark());
        item
    }

    /// Gives an update the value that [`BY`] names.
    pub(super) fn signed(&self, update: UpdateItemInputBuilder) -> UpdateItemInputBuilder {
        update.expression_attribute_values(AUTHOR_VALUE, self.mark())
    }

    /// The same for an update in a transaction.
    pub(super) fn transact_signed(&self, update: UpdateBuilder) -> UpdateBuilder {
        update.expression_attribute_values(AUTHOR_VALUE, self.mark())
    }
}

/// Who made the change that left `new` where `old` was; `None` where it left no mark of its own.
pub(super) fn author_of(old: Option<&Attributes>, new: &Attributes) -> Option<Author> {
    let mark = new.get(AUTHOR)?;
    if old.and_then(|old| old.get(AUTHOR)) == Some(mark) {
        return None;
    }
    let mark = Reader::new("author", mark.as_m().ok()?);
    let part = |name| mark.maybe_text(name).ok().flatten().map(str::to_owned);
    Some(Author {
        operator: part("operator"),
        from: part("from").unwrap_or_default(),
        request: part("request").unwrap_or_default(),
        language: part("lang").and_then(|tag| tag.parse().ok()),
    })
}
