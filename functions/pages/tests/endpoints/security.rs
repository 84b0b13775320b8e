//! The page of the password and of the sessions.

use std::collections::BTreeMap;

use pages::security::{Change, ShowSecurity};
use shared::audit::{Act, Author, Entry, KEPT};
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, PASSWORD, World, next};

const NEW: &str = "quiet-harbour-58";

async fn change(world: &World, browser: &Browser, filled: &[(&str, &str)]) -> runtime::Answer {
    let page = world.call::<ShowSecurity>(browser.call()).await;
    assert_eq!(page.status, 200);
    world.fill::<Change>(browser, &page, filled).await
}

#[tokio::test]
async fn the_password_is_changed_once_and_every_other_session_ends() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let (other, _) = world.sign_in(ADA, PASSWORD).await;
    let page = world.call::<ShowSecurity>(browser.call()).await;
    let filled = [("current", PASSWORD), ("password", NEW), ("action", "password")];
    // Twice, as somebody does who clicks twice.
    for _ in 0..2 {
        let answer = world.fill::<Change>(&browser, &page, &filled).await;
        assert_eq!(next(&answer), (303, "/account/security?done=password"));
    }
    assert_eq!(world.call::<ShowSecurity>(other.call()).await.status, 303, "the other session has ended");
    assert_eq!(world.call::<ShowSecurity>(browser.call()).await.status, 200, "this one has not");
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 401);
    assert_eq!(world.sign_in(ADA, NEW).await.1.status, 303);
    let told = world
        .mails(ADA)
        .into_iter()
        .filter(|mail| mail.subject.as_deref().is_some_and(|text| text.contains("password")));
    assert_eq!(told.count(), 1, "the user is told once");
}

#[tokio::test]
async fn a_password_that_cannot_be_set_is_told_beside_its_field() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for (current, new, id, says) in [
        ("wrong-one-22", NEW, "current-problem", "not your current password"),
        (PASSWORD, "short", "password-problem", "At least 8 characters"),
        (PASSWORD, "password123", "password-problem", "data breach"),
    ] {
        let answer = change(&world, &browser, &[("current", current), ("password", new), ("action", "password")]).await;
        assert_eq!(answer.status, 400, "{new}");
        assert!(answer.body.contains(&format!("id=\"{id}\"")) && answer.body.contains(says), "{}", answer.body);
        assert!(
            !answer.body.contains(current) && !answer.body.contains(&format!("value=\"{new}\"")),
            "{}",
            answer.body
        );
    }
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 303);
}

#[tokio::test]
async fn guesses_of_the_current_password_are_counted() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let mut statuses = Vec::new();
    for n in 0..12 {
        let guess = format!("guess-number-{n}");
        let filled = [("current", guess.as_str()), ("password", guess.as_str()), ("action", "password")];
        statuses.push(change(&world, &browser, &filled).await.status);
    }
    assert_eq!((statuses[0], statuses[11]), (400, 429), "{statuses:?}");
}

#[tokio::test]
async fn one_session_is_ended_or_all_others() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let (one, _) = world.sign_in(ADA, PASSWORD).await;
    let (two, _) = world.sign_in(ADA, PASSWORD).await;
    let sessions = world.sessions(&one).await;
    let id =
        sessions.iter().find(|session| session["current"] == true).expect("its own")["id"].as_str().expect("an id");
    let ended = change(&world, &browser, &[("session", id), ("action", "end")]).await;
    assert_eq!(next(&ended), (303, "/account/security?done=session"));
    assert_eq!(world.call::<ShowSecurity>(one.call()).await.status, 303);
    assert_eq!(world.call::<ShowSecurity>(two.call()).await.status, 200);
    let ended = change(&world, &browser, &[("action", "end-others")]).await;
    assert_eq!(next(&ended), (303, "/account/security?done=others"));
    assert_eq!(world.call::<ShowSecurity>(two.call()).await.status, 303);
    assert_eq!(world.sessions(&browser).await.len(), 1);
}

#[tokio::test]
async fn a_form_that_was_shown_to_somebody_else_changes_nothing() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let page = world.call::<ShowSecurity>(ada.call()).await;
    let filled = [("current", PASSWORD), ("password", NEW), ("action", "password")];
    let answer = world.fill::<Change>(&bob, &page, &filled).await;
    assert_eq!(next(&answer), (303, "/account/security?done=nothing"));
    assert_eq!(world.sign_in("bob@example.com", PASSWORD).await.1.status, 303);
    let foreign = ada.call().header("origin", "https://evil.example").form(&filled);
    assert_eq!(world.call::<Change>(foreign).await.status, 403);
    assert_eq!(world.call::<Change>(Call::empty().form(&filled)).await.status, 303, "nobody is signed in");
}

#[tokio::test]
async fn the_page_says_what_was_done_to_the_account_and_from_where() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowSecurity>(browser.call()).await;
    assert!(page.body.contains("There is nothing yet."), "{}", page.body);
    world
        .call::<oauth::SignIn>(Call::empty().form(&[("login", ADA), ("password", PASSWORD)]).from("203.0.113.9"))
        .await;
    let user = crate::world::hidden(&page.body).remove(0).1.parse().expect("a user's id");
    let operator = world.ctx.store.on_behalf_of(Author::operator("arn:aws:iam::1:user/grace"));
    let (app, role) = ("default".parse().expect("an app id"), "editor".parse().expect("a role"));
    operator.give_role(&app, user, &role).await.expect("given");
    world.sign_up("bob@example.com").await;
    world.write_trail().await;
    let page = world.call::<ShowSecurity>(browser.call()).await.body;
    let (_, activity) = page.split_once("Recent activity").expect("the section");
    for says in ["The account was created", "203.0.113.9", "A role was given: editor", "by the operator of the service"]
    {
        assert!(activity.contains(says), "{says}: {activity}");
    }
    assert_eq!(activity.matches("Signed in<br>").count(), 2, "nobody else's: {activity}");
    assert!(!page.contains("grace"), "{page}");
    let chinese = world.call::<ShowSecurity>(browser.call().query("lang", "zh")).await.body;
    assert!(chinese.contains("最近的活动") && chinese.contains("获得角色：editor"), "{chinese}");
}

#[tokio::test]
async fn the_page_shows_the_newest_twenty_of_the_trail() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowSecurity>(browser.call()).await;
    let user = crate::world::hidden(&page.body).remove(0).1.parse().expect("a user's id");
    // A second apart: entries of one second have no order.
    for number in 1..=25 {
        world.clock.advance(Seconds(1));
        let entry = Entry {
            id: format!("{number}"),
            at: world.clock.now(),
            app: Some("default".parse().expect("an app id")),
            user: Some(user),
            act: Act::RoleGiven.name().to_owned(),
            outcome: "done".to_owned(),
            author: None,
            details: BTreeMap::from([("role".to_owned(), format!("role-{number}"))]),
        };
        world.ctx.trail().write(&entry, KEPT).await.expect("writes");
    }
    let page = world.call::<ShowSecurity>(browser.call()).await.body;
    let roles: Vec<_> = page.split("A role was given: role-").skip(1).map(|rest| rest.split('<').next()).collect();
    let newest: Vec<_> = (6..=25).rev().map(|number: u32| number.to_string()).collect();
    assert_eq!(roles, newest.iter().map(|number| Some(number.as_str())).collect::<Vec<_>>(), "{page}");
}
