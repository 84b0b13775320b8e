//! The memory that hashing needs: one arena per process, on huge pages where the kernel has them.
//!
//! A fresh 19 MiB for every password costs some 4,900 page faults, half as much CPU again as the hash. On huge pages
//! there are a few hundred, once, and the hash itself runs faster, for it jumps all over the arena.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use argon2::Block;
use tokio::runtime::Handle;

/// Blocks of 1 KiB: what today's parameters need.
pub(super) const BLOCKS: usize = 19_456;

const HUGE_PAGE: usize = 2 << 20;
const PAGE: usize = 4 << 10;

/// Room to begin at a huge page's boundary.
const SLACK: usize = HUGE_PAGE / Block::SIZE;

/// Zeros that no binary carries and nobody writes: the kernel gives pages as they are touched.
static ARENA: Mutex<[Block; BLOCKS + SLACK]> = Mutex::new([Block::new(); BLOCKS + SLACK]);

/// Has the kernel give the whole arena, once in a process. That takes two milliseconds, on another thread, while the first request reads the
/// store. A hash that comes meanwhile waits for the lock.
pub(super) fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(touch)),
        Err(_) => touch(),
    });
}

fn touch() {
    let arena = lock();
    // With its slack: the hint is for whole huge pages, and the first begins before the first block.
    kevy_madvise::advise_hugepage(arena.as_ptr().cast(), size_of_val(&*arena));
    drop(arena);
    with(BLOCKS, |blocks| {
        for block in blocks.iter_mut().step_by(PAGE / Block::SIZE) {
            // One word of a page is enough, and all of them would be 5 MB to write.
            block.as_mut()[0] = 0;
        }
    });
}

/// Lends `count` blocks. What the last borrower left is in them.
///
/// The arena is behind a lock: a Lambda environment serves one request at a time, so nobody waits. More blocks than
/// it has, which only a hash of other parameters asks for, are allocated for this once.
pub(super) fn with<T>(count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
    let mut arena = lock();
    let before = arena.as_ptr().addr().wrapping_neg() % HUGE_PAGE;
    match arena.get_mut(before.div_ceil(Block::SIZE)..).and_then(|blocks| blocks.get_mut(..count)) {
        Some(blocks) => work(blocks),
        None => work(&mut vec![Block::new(); count]),
    }
}

fn lock() -> MutexGuard<'static, [Block; BLOCKS + SLACK]> {
    // What a panicking thread left is overwritten by the next first pass.
    ARENA.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use argon2::Block;

    use super::{BLOCKS, HUGE_PAGE, prepare, with};

    #[test]
    fn the_whole_arena_begins_where_a_huge_page_does() {
        prepare();
        with(BLOCKS, |blocks| {
            assert_eq!(blocks.len(), BLOCKS);
            assert!(blocks.as_ptr().addr() % HUGE_PAGE < Block::SIZE);
        });
    }

    #[test]
    fn more_than_the_arena_has_is_there_too() {
        with(2 * BLOCKS, |blocks| assert_eq!(blocks.len(), 2 * BLOCKS));
    }
}
