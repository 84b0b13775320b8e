//! Each hash is by another implementation: `argon2-cffi`, `bcrypt`, `passlib`, Django and `hashlib` of Python, and the vector
//! that Firebase publishes with its own.

use super::scrypt::Cost;
use super::{Digest, ForeignHash, NotAForeignHash, Pbkdf2, Salted, Scrypt};
use crate::secret::Secret;
use crate::user::password::PasswordHash;

const PASSWORD: &str = "correct horse 17";

const KNOWN: [&str; 23] = [
    "$argon2id$v=19$m=1024,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$QVFHFygXEc8kUQmj10qbMms/jinNm0t9oXs6d2loJT8",
    "$argon2i$v=19$m=256,t=3,p=2$AAECAwQFBgcICQoLDA0ODw$LpKSOvdl3Mm6Qg6taSDNhTLh7Rj0sfCpJZzY0KRvO/s",
    "$argon2d$v=19$m=256,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$f3G0GlbeZxCtpVW/GvFUg2fnqO/KnvEY",
    "$argon2i$v=16$m=256,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$L5OBnQ5jSojcnEhBllqpAgVIWDFprmW+g7fdiFoqZYU",
    "$2b$04$Vh6z.Si019AsgMysIDku3OgdhQDooDN0rFsZh8ofItR9pMdMUEltC",
    "$2a$04$tbheXd5uPHXUXkiuCJoDzeaRBrBJQxXRXZNa96lsxCoUtcA/xaN.i",
    "$2y$04$Vh6z.Si019AsgMysIDku3OgdhQDooDN0rFsZh8ofItR9pMdMUEltC",
    "bcrypt_sha256$$2b$04$8yjQ3edC1yWY7jPUqMftOe1dyhOYJJl/Ym53B9Bje..U.275QCOuu",
    "$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$x9yIHEzXrChqbLL5BW06xPBSifTyJ4s/NPNbVHXRbjE",
    "$pbkdf2-sha1$i=1000$AAECAwQFBgcICQoLDA0ODw$RXmaY8khO9fA403SpopFoidCkY8",
    "$pbkdf2-sha1$i=1000$AAECAwQFBgcICQoLDA0ODw\
     $RXmaY8khO9fA403SpopFoidCkY9IgM3oJXeu1VBZOQZNpDIg+u4ZMKlbAKz4QTDgS3qhANZ6zHoLnMllSy8MhA",
    "$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$WxyeWVeiVzS9ozuM0lsDcemqK1o3rNSVtFyjs6tUL8o",
    "$pbkdf2-sha512$i=1000$AAECAwQFBgcICQoLDA0ODw\
     $i6W0uKD0tkS4V3KUmIKZBd05/xbIKvyrsok25dYl6W3st+puoBqXM0TVV3SjmjjfJ9bDIM+sJDeUzEw0Faw44A",
    "$5$rounds=1000$saltstring$rZAne7IQtPht0m9ZV7poE5bjBMv2p4tXsgfjCXRoyM2",
    "$5$saltstring$bmWFZsDvsxQ9OzXrz.UYTZ2Xh1ireSc.HZ92FKWhmw9",
    "$6$rounds=1000$saltstring\
     $XZX2iqoQO0FgUf/PC6ZrnEznYj2JsYFd/S99.oov2Ch5AEkGHPKq8CbdXEO65fGpfJTU4zaF7EuqG15OrXWFj1",
    "$P$6.JREv4UthqM.OYzpQOoa6tzRkzFoK/",
    "$H$6qC9bGsgxHIHLqnhcW8vNawZLTIZGB1",
    "$salted-md5$cGVw$ZXI$h5UPy0giC2P1EFnhoRodag",
    "$salted-sha1$cGVw$ZXI$5RqKGSgwAsnhvgRPcwm3ptpRzPE",
    "$salted-sha256$cGVw$ZXI$dwM3YRFqTeri+/06RjKbSwjdmxzAFipnCJkzfhDMYtY",
    "$salted-sha512$cGVw$ZXI$E8ItIRZJILebLk/NqbhmPU2ZOlVR6bAptY9RyxgeuFjljKo2jX+Fpca2r2DvkZzttftGa2MhKW7EqpTuHvVZsA",
    "$salted-md5$$$hxzeUhtqB92G1I9wx3mloQ",
];

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn read(text: &str) -> ForeignHash {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_hash_of_each_kind_is_opened_by_its_password_and_no_other() {
    for text in KNOWN {
        let hash = read(text);
        assert!(hash.opens(&secret(PASSWORD)), "{text}");
        for other in ["correct horse 18", "", "correct horse 17 ", "Correct horse 17"] {
            assert!(!hash.opens(&secret(other)), "{text}: {other}");
        }
    }
}

#[test]
fn what_is_stored_reads_back_and_nobody_sees_it_in_a_log() {
    for text in KNOWN {
        assert_eq!(read(text).to_string(), text);
        assert_eq!(format!("{:?}", read(text)), "***");
        assert!(PasswordHash::foreign(&read(text)).is_foreign());
    }
}

#[test]
fn firebases_published_vector_is_opened() {
    let decode = |text: &str| base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).expect("base64");
    let signer_key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    let hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let (salt, separator) = (decode("42xEC+ixf3L2lw=="), decode("Bw=="));
    let cost = Cost { log_n: 14, r: 8, p: 1 };
    let signer_key = Secret::new(decode(signer_key));
    let hash = ForeignHash::firebase(cost, &salt, &separator, &signer_key, &decode(hash)).expect("a hash");
    assert!(hash.opens(&secret("user1password")) && !hash.opens(&secret("user2password")));
    assert!(read(&hash.to_string()).opens(&secret("user1password")));
    let short = ForeignHash::firebase(cost, &salt, &separator, &Secret::new(vec![1; 16]), &[1; 64]);
    assert_eq!(short.err(), Some(NotAForeignHash::Damaged), "another project's key");
}

#[test]
fn a_hash_made_of_its_parts_is_the_one_that_is_read() {
    let (salt, hash) = (b"pepper".to_vec(), vec![7; 32]);
    let cost = Cost { log_n: 10, r: 8, p: 1 };
    let iterations = std::num::NonZeroU32::new(1000).expect("not zero");
    let pbkdf2 = Pbkdf2 { digest: Digest::Sha256, iterations, salt: salt.clone(), hash: hash.clone() };
    let salted = Salted { digest: Digest::Sha256, before: salt.clone(), after: Vec::new(), hash: hash.clone() };
    for text in [Scrypt { cost, salt, hash }.to_string(), pbkdf2.to_string(), salted.to_string()] {
        assert_eq!(read(&text).to_string(), text);
    }
}

#[test]
fn accents_may_have_been_typed_in_either_form() {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, "cr\u{e8}me".as_bytes());
    let of_composed =
        Salted { digest: Digest::Sha256, before: Vec::new(), after: Vec::new(), hash: digest.as_ref().to_vec() };
    let hash = read(&of_composed.to_string());
    assert!(hash.opens(&secret("cre\u{300}me")) && hash.opens(&secret("cr\u{e8}me")) && !hash.opens(&secret("creme")));
}

#[test]
fn what_would_take_too_long_is_refused() {
    for text in [
        "$argon2id$v=19$m=131073,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$QVFHFygXEc8kUQmj10qbMms/jinNm0t9oXs6d2loJT8",
        "$argon2id$v=19$m=65536,t=17,p=1$AAECAwQFBgcICQoLDA0ODw$QVFHFygXEc8kUQmj10qbMms/jinNm0t9oXs6d2loJT8",
        "$2b$15$Vh6z.Si019AsgMysIDku3OgdhQDooDN0rFsZh8ofItR9pMdMUEltC",
        "$scrypt$ln=18,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$x9yIHEzXrChqbLL5BW06xPBSifTyJ4s/NPNbVHXRbjE",
        "$scrypt$ln=10,r=8,p=4000$AAECAwQFBgcICQoLDA0ODw$x9yIHEzXrChqbLL5BW06xPBSifTyJ4s/NPNbVHXRbjE",
        "$scrypt$ln=63,r=4294967295,p=1$AAECAwQFBgcICQoLDA0ODw$x9yIHEzXrChqbLL5BW06xPBSifTyJ4s/NPNbVHXRbjE",
        "$pbkdf2-sha1$i=2000001$AAECAwQFBgcICQoLDA0ODw$RXmaY8khO9fA403SpopFoidCkY8",
        "$5$rounds=1000001$saltstring$rZAne7IQtPht0m9ZV7poE5bjBMv2p4tXsgfjCXRoyM2",
        "$P$Z.JREv4UthqM.OYzpQOoa6tzRkzFoK/",
    ] {
        assert_eq!(text.parse::<ForeignHash>().err(), Some(NotAForeignHash::TooCostly), "{text}");
    }
}

/// A hash of four blocks would be four times the work.
#[test]
fn of_a_long_hash_by_pbkdf2_the_first_block_is_derived() {
    let whole = Pbkdf2::read(KNOWN[10]).expect("a hash of four blocks");
    assert_eq!(whole.hash.len(), 64);
    let with_the_first = |bytes: usize| {
        let hash = [&whole.hash[..bytes], &vec![0; 64 - bytes]].concat();
        Pbkdf2 { hash, ..whole.clone() }.opens(PASSWORD.as_bytes())
    };
    assert!(with_the_first(20) && !with_the_first(19));
}

#[test]
fn a_text_that_no_item_of_the_store_holds_is_refused() {
    let of = |salt: usize| {
        Salted { digest: Digest::Md5, before: vec![7; salt], after: Vec::new(), hash: vec![7; 16] }.to_string()
    };
    assert_eq!(of(800).parse::<ForeignHash>().err(), Some(NotAForeignHash::Damaged));
    assert!(of(64).parse::<ForeignHash>().is_ok());
}

/// It would be hashed a million times.
#[test]
fn a_password_that_nobody_has_is_not_compared() {
    let of = |password: &str| {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, password.as_bytes()).as_ref().to_vec();
        let (before, after) = (Vec::new(), Vec::new());
        read(&Salted { digest: Digest::Sha256, before, after, hash }.to_string()).opens(&secret(password))
    };
    assert!(of(&"a".repeat(512)) && !of(&"a".repeat(513)));
}

#[test]
fn what_is_damaged_is_refused() {
    for text in KNOWN {
        let other = format!("{}!", &text[..text.len() - 1]);
        assert_eq!(other.parse::<ForeignHash>().err(), Some(NotAForeignHash::Damaged), "{other}");
        assert!(format!("{text}$more").parse::<ForeignHash>().is_err(), "{text}");
    }
    let cheap = "$2b$03$Vh6z.Si019AsgMysIDku3OgdhQDooDN0rFsZh8ofItR9pMdMUEltC";
    assert_eq!(cheap.parse::<ForeignHash>().err(), Some(NotAForeignHash::Damaged));
    for text in ["", "plain", "$1$salt$hash", "{SSHA}x", "$argon2", "$2b$", "$P$\u{e9}", "$salted-md4$$$AAAA", "$5$"] {
        assert!(text.parse::<ForeignHash>().is_err(), "{text}");
    }
}
