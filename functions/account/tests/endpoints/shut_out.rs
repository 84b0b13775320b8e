//! A user whom the operator shut out.

use crate::world::{ADA, ADAS_MAIL, PASSWORD, World};

#[tokio::test]
async fn who_is_shut_out_is_told_what_a_wrong_password_is_told_and_has_no_session_left() {
    let world = World::with_ada().await;
    let kept = world.sign_in(ADA).await;
    world.shut_out("default", ADAS_MAIL).await;
    for login in [ADA, ADAS_MAIL] {
        let (right, wrong) = (world.login(login, PASSWORD).await, world.login(login, "wrong").await);
        assert_eq!((right.status, &right.body), (401, &wrong.body));
    }
    assert_eq!(world.refresh(&kept.refresh).await.status, 401);
    assert!(!world.is_signed_in(&kept.access).await);
}
