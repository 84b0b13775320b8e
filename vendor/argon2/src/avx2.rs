//! The compression function by AVX2, as `opt.c` of the reference implementation has it.
//!
//! Vector `4 * r + i` of a block has the words `4 * i` to `4 * i + 3` of row `r`: four at a time. So a round over a row
//! needs its words turned between the columns and the diagonals, and a round over two columns has both beside each other.

#[cfg(target_arch = "x86")]
use core::arch::x86 as arch;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64 as arch;

use arch::{
    __m256i, _mm256_add_epi64, _mm256_blend_epi32, _mm256_loadu_si256, _mm256_mul_epu32,
    _mm256_permute4x64_epi64, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_shuffle_epi32, _mm256_srli_epi64, _mm256_storeu_si256, _mm256_xor_si256,
};

use crate::Block;

/// How many vectors a block has.
const VECTORS: usize = Block::SIZE / 32;

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &[u64; 4]) -> __m256i {
    // SAFETY: the words are 32 initialized bytes, and the instruction takes any alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(words: &mut [u64; 4], vector: __m256i) {
    // SAFETY: the words are 32 bytes that are borrowed for this write, and the instruction takes any alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) }
}

/// BlaMka's sum: `x + y + 2 * low(x) * low(y)`.
#[inline]
#[target_feature(enable = "avx2")]
fn sum(x: __m256i, y: __m256i) -> __m256i {
    let product = _mm256_mul_epu32(x, y);
    _mm256_add_epi64(_mm256_add_epi64(x, y), _mm256_add_epi64(product, product))
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_right_32(x: __m256i) -> __m256i {
    _mm256_shuffle_epi32::<0b10_11_00_01>(x)
}

#[inline]
#[target_feature(enable = "avx2")]
#[rustfmt::skip]
fn rotate_right_24(x: __m256i) -> __m256i {
    let bytes = _mm256_setr_epi8(
        3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,
        3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,
    );
    _mm256_shuffle_epi8(x, bytes)
}

#[inline]
#[target_feature(enable = "avx2")]
#[rustfmt::skip]
fn rotate_right_16(x: __m256i) -> __m256i {
    let bytes = _mm256_setr_epi8(
        2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,
        2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,
    );
    _mm256_shuffle_epi8(x, bytes)
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_right_63(x: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_srli_epi64::<63>(x), _mm256_add_epi64(x, x))
}

/// `permute_step!` of `block.rs` for four columns, or diagonals, at once.
#[inline]
#[target_feature(enable = "avx2")]
fn step([mut a, mut b, mut c, mut d]: [__m256i; 4]) -> [__m256i; 4] {
    a = sum(a, b);
    d = rotate_right_32(_mm256_xor_si256(d, a));
    c = sum(c, d);
    b = rotate_right_24(_mm256_xor_si256(b, c));
    a = sum(a, b);
    d = rotate_right_16(_mm256_xor_si256(d, a));
    c = sum(c, d);
    b = rotate_right_63(_mm256_xor_si256(b, c));
    [a, b, c, d]
}

/// A round over one row: its sixteen words are the four vectors.
#[inline]
#[target_feature(enable = "avx2")]
fn row(words: [__m256i; 4]) -> [__m256i; 4] {
    /// The word of each place comes from the place one, two or three further on.
    const ONE: i32 = 0b00_11_10_01;
    const TWO: i32 = 0b01_00_11_10;
    const THREE: i32 = 0b10_01_00_11;
    let [a, b, c, d] = step(words);
    let b = _mm256_permute4x64_epi64::<ONE>(b);
    let c = _mm256_permute4x64_epi64::<TWO>(c);
    let d = _mm256_permute4x64_epi64::<THREE>(d);
    let [a, b, c, d] = step([a, b, c, d]);
    let b = _mm256_permute4x64_epi64::<THREE>(b);
    let c = _mm256_permute4x64_epi64::<TWO>(c);
    let d = _mm256_permute4x64_epi64::<ONE>(d);
    [a, b, c, d]
}

/// The two words of each half of a vector, in the other order.
#[inline]
#[target_feature(enable = "avx2")]
fn swap(x: __m256i) -> __m256i {
    _mm256_permute4x64_epi64::<0b10_11_00_01>(x)
}

/// Of two columns, each with the words 0 and 1 in `x` and 2 and 3 in `y`: the words 1 and 2, and 3 and 0.
#[inline]
#[target_feature(enable = "avx2")]
fn one_further(x: __m256i, y: __m256i) -> [__m256i; 2] {
    const LOW_OF_SECOND: i32 = 0b00_11_00_11;
    [
        swap(_mm256_blend_epi32::<LOW_OF_SECOND>(x, y)),
        swap(_mm256_blend_epi32::<LOW_OF_SECOND>(y, x)),
    ]
}

/// Of two columns as above: the words 3 and 0, and 1 and 2.
#[inline]
#[target_feature(enable = "avx2")]
fn one_back(x: __m256i, y: __m256i) -> [__m256i; 2] {
    let [others, own] = one_further(x, y);
    [own, others]
}

/// A round over two columns of sixteen words, of which each vector has two words each.
#[inline]
#[target_feature(enable = "avx2")]
fn two_columns([a0, a1, b0, b1, c0, c1, d0, d1]: [__m256i; 8]) -> [__m256i; 8] {
    let [a0, b0, c0, d0] = step([a0, b0, c0, d0]);
    let [a1, b1, c1, d1] = step([a1, b1, c1, d1]);
    let ([b0, b1], [c0, c1], [d0, d1]) = (one_further(b0, b1), [c1, c0], one_back(d0, d1));
    let [a0, b0, c0, d0] = step([a0, b0, c0, d0]);
    let [a1, b1, c1, d1] = step([a1, b1, c1, d1]);
    let ([b0, b1], [c0, c1], [d0, d1]) = (one_back(b0, b1), [c1, c0], one_further(d0, d1));
    [a0, a1, b0, b1, c0, c1, d0, d1]
}

/// [`Block::compress`] by AVX2.
#[target_feature(enable = "avx2")]
#[rustfmt::skip]
pub(crate) fn compress(rhs: &Block, lhs: &Block) -> Block {
    let (rhs, _) = rhs.as_ref().as_chunks();
    let (lhs, _) = lhs.as_ref().as_chunks();
    let mut q = [_mm256_setzero_si256(); VECTORS];
    for ((q, rhs), lhs) in q.iter_mut().zip(rhs).zip(lhs) {
        *q = _mm256_xor_si256(load(rhs), load(lhs));
    }
    let r = q;

    for i in (0..VECTORS).step_by(4) {
        [q[i], q[i + 1], q[i + 2], q[i + 3]] = row([q[i], q[i + 1], q[i + 2], q[i + 3]]);
    }
    for i in 0..4 {
        [q[i], q[i + 4], q[i + 8], q[i + 12], q[i + 16], q[i + 20], q[i + 24], q[i + 28]] =
            two_columns([q[i], q[i + 4], q[i + 8], q[i + 12], q[i + 16], q[i + 20], q[i + 24], q[i + 28]]);
    }

    let mut result = Block::new();
    let (words, _) = result.as_mut().as_chunks_mut();
    for ((words, q), r) in words.iter_mut().zip(q).zip(r) {
        store(words, _mm256_xor_si256(q, r));
    }
    result
}
