//! SES and SNS that deliver to nobody: what they are given can be read here.

pub(crate) mod wire;
