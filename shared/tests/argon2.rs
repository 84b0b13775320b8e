//! Argon2 as the reference implementation in C computes it: the crate is patched, docs/decisions/0362-the-hash-by-avx2.md.

use argon2::{Algorithm, Argon2, Params, Version};

/// Kind, version, KiB, passes, lanes, and the hash of `password N` with `salt number N` for the vector of number N from 1. Made by argon2-cffi
/// 25.1, which compiles the reference implementation.
const VECTORS: [(&str, u32, u32, u32, u32, &str); 24] = [
    ("argon2d", 16, 8, 1, 1, "cc263627216315aa9eb886d78a70ffbd"),
    ("argon2d", 16, 64, 3, 1, "d0a7f623df90a82e1affe8568a6663cba920330fea811e6717ab9c9b3b5a3a05"),
    (
        "argon2d",
        16,
        256,
        2,
        2,
        "683dca2ee39b9514393cedf11f74c35201a2e0ca864abe51b91ad856475f1bd355d4fcfe3e4369d46579bb597dcf665a\
         5320c7defe8bd7bb89405e0600bde2ed",
    ),
    ("argon2d", 16, 1021, 1, 3, "c44a8f40bc124e85d55e82a38aa667aef39722714d13c32db6fdec23afcc628e9d"),
    ("argon2d", 19, 8, 1, 1, "a51ba0e6dd5a47b5fab675e23f32036c"),
    ("argon2d", 19, 64, 3, 1, "30a4c713ffd6add48c52af52362010c06295ec09b64d25fd04c16b90c7663701"),
    (
        "argon2d",
        19,
        256,
        2,
        2,
        "fe818e49b1c260578f38b7f9ef9c285d8a234fca9055f834a4bbb99afe7cf81c5e2a3ed49866084a676ebf0086ceaf5b\
         25310fad65d937c557575d282b2df4b5",
    ),
    ("argon2d", 19, 1021, 1, 3, "db4d1da788cef5e2bbdec9a0c32394abbead3378645f807bbea9aaedcf255785b7"),
    ("argon2i", 16, 8, 1, 1, "f30ff1fbe69bc2ace182852c9eef1a28"),
    ("argon2i", 16, 64, 3, 1, "5dfd1da3737ed60b03a157b0fa373ec4266374af80fc1c73c39cb3cfd31de9f5"),
    (
        "argon2i",
        16,
        256,
        2,
        2,
        "e911527073ee412bd52ca0ac18e4d561815f8f87c3759f4a61e19e05d0624c25e20296be7e45cf4eb29dfd0aa08482b2\
         18495bd96d85f8ed3e332331f70e8fa4",
    ),
    ("argon2i", 16, 1021, 1, 3, "9e53667658933b50da1b2934e4812e9ddb4c84494e52f75579bf02dbab8ab3916f"),
    ("argon2i", 19, 8, 1, 1, "107b274c2e140866483a60a2201c9ac9"),
    ("argon2i", 19, 64, 3, 1, "712290ead3a131797a1bc2e315a6f18a108e89e0e7d1f3608850603e02367a3c"),
    (
        "argon2i",
        19,
        256,
        2,
        2,
        "f33526d381a7e4d6541787bc983ee9a4de327f9a38bf7c23e9a88ca41f4d013f0f613694416982233afdab3cf003e5b6\
         99bf76595f11702a9f9ae8659d4eb4c3",
    ),
    ("argon2i", 19, 1021, 1, 3, "368cd15527c7c966798aaa7f3f46c311921d59d03c821359e44de9f7a1c23004ca"),
    ("argon2id", 16, 8, 1, 1, "d5cf20a27838e386494fefc7ca78aba7"),
    ("argon2id", 16, 64, 3, 1, "fc17c05c9dad1bd986b58fcfe18297453e0d732721486d2058cef8bf98e8ef38"),
    (
        "argon2id",
        16,
        256,
        2,
        2,
        "6a764b1d63b4434402a63549659ee87015b277b832d0bb2edf254773f556f6a1a0a36b4e5b3f366ec4a67bef62470a3a\
         2abb8958ac2476e419578ac67981e8cc",
    ),
    ("argon2id", 16, 1021, 1, 3, "76c62f6e361ec748b2c4a44868be4f33c78d741347d95b98ceb4342b1a301dc254"),
    ("argon2id", 19, 8, 1, 1, "2a90484fc014b3571782cf7f15c5eb16"),
    ("argon2id", 19, 64, 3, 1, "a1774483689c5e6449854c131f401ab993258df93976b85c0c439ddf73aebe1d"),
    (
        "argon2id",
        19,
        256,
        2,
        2,
        "e24ede531f177af57af5d4de5a3a8693346c1333b87b7c131ce6d162f776caee6990118f3273ca364dea5a084bf4dde5\
         2b5812f82d45bdbd205cd5e779ce1743",
    ),
    ("argon2id", 19, 1021, 1, 3, "efc1513f006eb10d5bb4f9748e3e5930946eb37c540909262ce041b262081dee43"),
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).flat_map(|at| u8::from_str_radix(&hex[at..at + 2], 16)).collect()
}

#[test]
fn every_kind_of_argon2_is_what_the_reference_implementation_computes() {
    for (index, (kind, version, memory, passes, lanes, expected)) in VECTORS.into_iter().enumerate() {
        let number = index + 1;
        let algorithm: Algorithm = kind.parse().unwrap();
        let version = Version::try_from(version).unwrap();
        let params = Params::new(memory, passes, lanes, None).unwrap();
        let mut hash = vec![0; expected.len() / 2];
        let (password, salt) = (format!("password {number}"), format!("salt number {number:02}"));
        Argon2::new(algorithm, version, params)
            .hash_password_into(password.as_bytes(), salt.as_bytes(), &mut hash)
            .unwrap();
        assert_eq!(hash, bytes(expected), "{kind} {version:?} m={memory} t={passes} p={lanes}");
    }
}
