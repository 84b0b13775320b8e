//! Roles that an operator gives a user.

use shared::random::Random;
use shared::store::NotGiven;
use shared::user::User;
use shared::user::role::Role;

use crate::world::{NOW, World, app};

fn role(name: &str) -> Role {
    name.parse().expect("a role")
}

async fn held(world: &World, user: &User) -> Vec<String> {
    let user = world.store.user(&app("demo"), user.id).await.expect("answers").expect("a user");
    user.roles.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_role_is_given_once_and_taken_once_however_often_it_is_asked_for() {
    let (world, demo) = (World::new(), app("demo"));
    let user = world.register("ada@example.com").await.expect("registers").user;
    for name in ["editor", "admin", "editor"] {
        world.store.give_role(&demo, user.id, &role(name)).await.expect("given");
    }
    assert_eq!(held(&world, &user).await, ["admin", "editor"]);
    for _ in 0..2 {
        assert!(world.store.take_role(&demo, user.id, &role("editor")).await.expect("answers"));
        assert_eq!(held(&world, &user).await, ["admin"]);
    }
    assert!(world.store.take_role(&demo, user.id, &role("admin")).await.expect("answers"));
    assert!(held(&world, &user).await.is_empty());
}

#[tokio::test]
async fn a_user_holds_sixteen_roles_and_no_more() {
    let (world, demo) = (World::new(), app("demo"));
    let user = world.register("ada@example.com").await.expect("registers").user;
    for number in 0..Role::MOST {
        world.store.give_role(&demo, user.id, &role(&format!("role{number}"))).await.expect("given");
    }
    let refused = world.store.give_role(&demo, user.id, &role("another")).await;
    assert!(matches!(refused, Err(NotGiven::TooMany)), "{refused:?}");
    world.store.give_role(&demo, user.id, &role("role7")).await.expect("it is held already");
    assert_eq!(held(&world, &user).await.len(), Role::MOST);
}

#[tokio::test]
async fn nobody_is_made_by_a_role_and_no_other_app_sees_it() {
    let (world, demo) = (World::new(), app("demo"));
    let nobody = User::new(&Random::system(), NOW);
    let refused = world.store.give_role(&demo, nobody.id, &role("admin")).await;
    assert!(matches!(refused, Err(NotGiven::NoUser)), "{refused:?}");
    assert!(!world.store.take_role(&demo, nobody.id, &role("admin")).await.expect("answers"));
    assert_eq!(world.store.user(&demo, nobody.id).await.expect("answers"), None);
    let user = world.register("ada@example.com").await.expect("registers").user;
    let refused = world.store.give_role(&app("other"), user.id, &role("admin")).await;
    assert!(matches!(refused, Err(NotGiven::NoUser)), "{refused:?}");
    assert!(held(&world, &user).await.is_empty());
}
