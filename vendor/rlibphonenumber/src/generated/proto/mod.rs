include!("../built/i18n.phonenumbers.rs");
