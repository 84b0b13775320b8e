//! What `cargo dev smoke` tries on a deployment, as ordinary journeys.

mod anybody {
    use tests::smoke::anybody;

    #[tokio::test]
    async fn every_function_starts_and_answers() {
        anybody::every_function_starts_and_answers().await;
    }

    #[tokio::test]
    async fn every_path_answers_a_preflight() {
        anybody::every_path_answers_a_preflight().await;
    }

    #[tokio::test]
    async fn the_open_pages_are_served() {
        anybody::the_open_pages_are_served().await;
    }

    #[tokio::test]
    async fn nobody_without_credentials_is_let_in() {
        anybody::nobody_without_credentials_is_let_in().await;
    }

    #[tokio::test]
    async fn a_page_without_cookies_is_not_signed_in() {
        anybody::a_page_without_cookies_is_not_signed_in().await;
    }
}

mod users {
    use tests::smoke::users;

    #[tokio::test]
    async fn a_stranger_is_not_signed_in() {
        users::a_stranger_is_not_signed_in().await;
    }

    #[tokio::test]
    async fn somebody_registers_signs_in_and_leaves() {
        users::somebody_registers_signs_in_and_leaves().await;
    }

    #[tokio::test]
    async fn what_is_nobodys_is_answered_and_not_sent() {
        users::what_is_nobodys_is_answered_and_not_sent().await;
    }
}
