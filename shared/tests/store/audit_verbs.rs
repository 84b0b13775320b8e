//! Every verb of the store is on one of three lists: the audit trail tells it, or here is why not.

use std::collections::BTreeSet;
use std::path::Path;

/// Verbs that change a security state: `audit::each_is_told_with_its_author` does them all.
pub(crate) const TOLD: [&str; 34] = [
    "arrive",
    "arrive_client",
    "change_app",
    "change_client",
    "change_password",
    "choose_mementos",
    "clear_tries",
    "consent",
    "create_app",
    "create_client",
    "delete_user",
    "disconnect",
    "disown",
    "end_all_sessions",
    "end_listed_session",
    "end_session",
    "end_wrong_try",
    "exchange_code",
    "give_role",
    "import",
    "open_session",
    "prove_by_word",
    "prove_email_by_code",
    "prove_email_by_link",
    "put_reset_link",
    "redeem_reset_link",
    "register",
    "remove_client",
    "replace_ring",
    "revoke_session",
    "ring",
    "set_disabled",
    "sign_out",
    "take_role",
];

/// Verbs that read, count, or write what opens nothing by itself, with the reason where that is not plain.
const UNTOLD: [&str; 77] = [
    // They read.
    "app",
    "asked_by_email",
    "client",
    "clients",
    "delegated_standing",
    "departing_client",
    "departing_user",
    "device_request",
    "directory",
    "factor",
    "find_mementos",
    "grant",
    "grants",
    "identity",
    "import_standing",
    "listed_apps",
    "live_link",
    "logo",
    "mailed_code_record",
    "memento",
    "mementos",
    "named_mementos",
    "number_of",
    "of_app",
    "of_user",
    "passkey",
    "passkeys",
    "present",
    "refreshable_standing",
    "reset_link",
    "sessions",
    "sms_code_to_try",
    "sms_record",
    "standing",
    "standing_session",
    "stored_ring",
    "undo_link",
    "used",
    "user",
    "users_by_creation",
    // They count, or take a count back.
    "begin_reset_cooldown",
    "charge",
    "count_request",
    "end_reset_cooldown",
    "note_grant_use",
    "note_secret_use",
    "note_success",
    "note_verified",
    "refund",
    "reserve_try",
    "reset_budget",
    "uncount_request",
    "withdraw_try",
    // Codes, until somebody shows one: then a session is opened, an address is verified or a client is let have something.
    "begin_device",
    "decide_device",
    "forget_mailed_code_record",
    "forget_sms_record",
    "give_assertion_back",
    "guess_mailed_code",
    "guess_sms_code",
    "note_email_challenge_mailed",
    "poll_device",
    "put_email_challenge",
    "put_mailed_code",
    "put_new_email_code",
    "put_sms_code",
    "spend_assertion",
    "spend_mailed_code",
    "spend_sms_code",
    "try_new_email_code",
    "withdraw_email_challenge",
    "withdraw_mailed_code",
    "withdraw_new_email_code",
    "withdraw_sms_code",
    // The same session goes on; one that is revoked for it is told as `revoke_session`.
    "rotate_delegated",
    "rotate_session",
    "withhold_rotation",
];

/// Verbs whose change is another verb's, or none of a security state.
const PART_OF_OTHERS: [(&str, &str); 26] = [
    ("change_email", "told by the user: `audit::a_changed_handle_is_told_with_its_author`"),
    ("change_phone", "told by the user: `audit::a_changed_handle_is_told_with_its_author`"),
    ("change_profile", "a name and a language"),
    ("change_username", "told by the user: `audit::a_changed_handle_is_told_with_its_author`"),
    ("undo_email_change", "told by the user: `audit::a_changed_handle_is_told_with_its_author`"),
    ("enter_by_factor", "open_session; a recovery code that was used is a factor that changed"),
    ("remove_factor", "told by the user: `audit::factors_stand_in_the_user`"),
    ("replace_recovery_codes", "told by the user: `audit::factors_stand_in_the_user`"),
    ("set_up_factor", "told by the user: `audit::factors_stand_in_the_user`"),
    ("add_passkey", "told by the count in the user: `audit::a_passkey_is_a_factor`"),
    ("create_memento", "what the user keeps"),
    ("delete_memento", "what the user keeps"),
    ("edit_memento", "what the user keeps"),
    ("keep_client", "create_client said that it is there"),
    ("list_older_users", "an index of an upgrade"),
    ("note", "it writes the trail"),
    ("note_proven", "prove_email_by_code and its like said so"),
    ("open_session_by_passkey", "open_session"),
    ("remove_passkey", "told by the count in the user: `audit::a_passkey_is_a_factor`"),
    ("put_logo", "change_app says which image the app has"),
    ("rename_passkey", "a name"),
    ("replace_hash", "the same password"),
    ("sealed_ring", "ring"),
    ("upkeep", "it reads"),
    ("withdraw_exchange", "exchange_code, taken back: its session is told as ended"),
    ("write", "it writes the trail"),
];

#[test]
fn every_verb_of_the_store_is_told_or_has_a_reason_why_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut verbs = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the store's sources") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("UTF-8");
        let names = text.split("    pub async fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
        verbs.extend(names.map(str::to_owned));
    }
    let reasons = PART_OF_OTHERS.map(|(verb, _)| verb);
    let known = TOLD.iter().chain(&UNTOLD).chain(&reasons).map(|verb| (*verb).to_owned()).collect();
    assert_eq!(verbs, known, "say of a new verb whether the audit trail tells it");
}
