//! The bare password hash: for each line on standard input, one argon2id in a buffer that is kept, and a line back.
//!
//! A process of its own with the functions' release profile, so that its CPU is measured as theirs is. It links
//! nothing of the product: what it does is the crate's own call, to which `cargo dev bench` compares ours.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// As long as the product's canonical password and its salt.
const PASSWORD: &[u8; 64] = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
const SALT: &[u8; 16] = b"sixteen bytes of";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number =
        || arguments.next().ok_or("usage: yardstick KIB PASSES")?.parse::<u32>().map_err(Box::<dyn Error>::from);
    let params = Params::new(number()?, number()?, 1, Some(32))?;
    let mut buffer = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; 32];
    for line in std::io::stdin().lock().lines() {
        line?;
        argon2.hash_password_into_with_memory(PASSWORD, SALT, &mut output, &mut buffer)?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", output[0])?;
        stdout.flush()?;
    }
    Ok(())
}
