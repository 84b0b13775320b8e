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

static TOUCHED: Once = Once::new();

/// Has the kernel give the whole arena, once in a process. That takes two milliseconds, on another thread, while the request reads the store.
pub(super) fn prepare() {
    if TOUCHED.is_completed() {
        return;
    }
    if let Ok(runtime) = Handle::try_current() {
        drop(runtime.spawn_blocking(|| TOUCHED.call_once(touch)));
    }
}

fn touch() {
    let mut arena = lock();
    // With its slack: the hint is for whole huge pages, and the first begins before the first block.
    kevy_madvise::advise_hugepage(arena.as_ptr().cast(), size_of_val(&*arena));
    for block in first(BLOCKS, &mut *arena).into_iter().flatten().step_by(PAGE / Block::SIZE) {
        // One word of a page is enough, and all of them would be 5 MB to write.
        block.as_mut()[0] = 0;
    }
}

/// Lends `count` blocks. What the last borrower left is in them.
///
/// The arena is behind a lock: a Lambda environment serves one request at a time, so nobody waits. More blocks than
/// it has, which only a hash of other parameters asks for, are allocated for this once.
pub(super) fn with<T>(count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
    // Before the lock, which the other thread takes. Memory that is touched without the hint lies on small pages for as long as the process lives.
    TOUCHED.call_once(touch);
    let mut arena = lock();
    match first(count, &mut *arena) {
        Some(blocks) => work(blocks),
        None => work(&mut vec![Block::new(); count]),
    }
}

/// The first blocks that begin at a huge page's boundary, if there are so many.
fn first(count: usize, arena: &mut [Block]) -> Option<&mut [Block]> {
    let before = arena.as_ptr().addr().wrapping_neg() % HUGE_PAGE;
    arena.get_mut(before.div_ceil(Block::SIZE)..)?.get_mut(..count)
}

fn lock() -> MutexGuard<'static, [Block; BLOCKS + SLACK]> {
    // What a panicking thread left is overwritten by the next first pass.
    ARENA.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use argon2::Block;

    use super::{BLOCKS, HUGE_PAGE, with};

    #[test]
    fn the_whole_arena_begins_where_a_huge_page_does() {
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
