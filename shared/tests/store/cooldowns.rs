use std::sync::Arc;

use local::faults::{Fault, On, Times};
use shared::clock::Seconds;
use shared::code::reset::COOLDOWN;
use shared::store::{Held, Minute, Nonce};

use crate::world::{NOW, World, app, email};

const ADA: &str = "ada@example.com";

/// Of a mail that strangers ask for.
const fn of_strangers(nonce: &Nonce) -> Minute<'_> {
    Minute { nonce, at_known_place: false, is_held: false }
}

#[tokio::test]
async fn of_fifty_mails_at_once_one_may_go_and_the_next_a_minute_later() {
    let world = Arc::new(World::new());
    let begin = |world: Arc<World>, id: &'static str, at| async move {
        let begun = world.store.begin_reset_cooldown(&app(id), &email(ADA), of_strangers(&world.nonce()), at).await;
        begun.expect("answers")
    };
    let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(begin(world.clone(), "demo", NOW))).collect();
    let mut first = 0;
    for task in tasks {
        first += usize::from(task.await.expect("no panic"));
    }
    assert_eq!(first, 1);
    assert!(begin(world.clone(), "demo-2", NOW).await, "another app is another address");
    assert!(!begin(world.clone(), "demo", NOW.plus(COOLDOWN).minus(Seconds(1))).await);
    assert!(begin(world.clone(), "demo", NOW.plus(COOLDOWN)).await);
}

#[tokio::test]
async fn a_mail_that_was_not_sent_leaves_nobody_waiting_and_takes_nothing_from_another() {
    let world = World::new();
    let (app, ada) = (app("demo"), email(ADA));
    let (first, second) = (world.nonce(), world.nonce());
    world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
    assert!(
        world.store.begin_reset_cooldown(&app, &ada, of_strangers(&first), NOW).await.expect("answers"),
        "its own work"
    );
    world.store.end_reset_cooldown(&app, &ada, &second, NOW).await.expect("answers");
    assert!(!world.store.begin_reset_cooldown(&app, &ada, of_strangers(&second), NOW).await.expect("answers"));
    world.store.end_reset_cooldown(&app, &ada, &first, NOW).await.expect("answers");
    assert!(world.store.begin_reset_cooldown(&app, &ada, of_strangers(&second), NOW).await.expect("answers"));
}

#[tokio::test]
async fn a_mail_that_was_held_back_has_nobody_wait_at_home_and_strangers_where_they_would_for_nobody() {
    let world = World::new();
    let (app, ada) = (app("demo"), email(ADA));
    for (held, strangers_wait) in [(Held::ByItsOwn, false), (Held::ByOthers, true)] {
        let (first, second, third) = (world.nonce(), world.nonce(), world.nonce());
        let at = if strangers_wait { NOW.plus(Seconds::hours(1)) } else { NOW };
        let begin = |minute| world.store.begin_reset_cooldown(&app, &ada, minute, at);
        assert!(begin(of_strangers(&first)).await.expect("answers"));
        let home = Minute { nonce: &third, at_known_place: true, is_held: false };
        assert!(!begin(home).await.expect("answers"), "a mail is on its way");
        world.store.note_reset_held(&app, &ada, &second, held, at).await.expect("answers");
        assert!(!begin(home).await.expect("answers"), "it was not that mail");
        world.store.note_reset_held(&app, &ada, &first, held, at).await.expect("answers");
        assert_eq!(begin(of_strangers(&second)).await.expect("answers"), !strangers_wait, "{held:?}");
        world.store.note_reset_held(&app, &ada, &second, held, at).await.expect("answers");
        assert!(begin(home).await.expect("answers"), "{held:?}");
        assert!(!begin(of_strangers(&first)).await.expect("answers"), "this one was sent");
    }
}

#[tokio::test]
async fn a_mail_that_is_held_back_before_its_minute_begins_has_nobody_wait_at_any_moment() {
    let world = World::new();
    let (app, ada) = (app("demo"), email(ADA));
    let (first, second, third) = (world.nonce(), world.nonce(), world.nonce());
    let begin = |minute| world.store.begin_reset_cooldown(&app, &ada, minute, NOW);
    for stranger in [&first, &second] {
        assert!(begin(Minute { is_held: true, ..of_strangers(stranger) }).await.expect("answers"));
    }
    let home = Minute { at_known_place: true, ..of_strangers(&third) };
    assert!(begin(home).await.expect("answers"), "nothing was noted since");
    assert!(!begin(of_strangers(&first)).await.expect("answers"), "this one was sent");
    assert!(!begin(Minute { is_held: true, ..of_strangers(&first) }).await.expect("answers"));
    assert!(begin(Minute { is_held: true, ..home }).await.is_ok(), "every value is used");
}
