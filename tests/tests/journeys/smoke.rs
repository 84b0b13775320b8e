//! What is tried on a deployment after each release (`cargo dev smoke`), and on this machine as an ordinary journey. It sends
//! no mail and no text message, and leaves nobody behind.

/// What needs no app, as on a deployment that was just made.
mod anybody {
    use serde_json::json;
    use tests::routes::{DOCS, HEALTH, PORTAL, secured};
    use tests::{Answer, Method, Service, send};

    /// A path of the route, every parameter filled in.
    fn filled_in(path: &str) -> String {
        let segment = |segment| match segment {
            "{name}" => "portal.css",
            "{page}" => "overview",
            "{id}" | "{client_id}" => "1",
            "{app}" => "shop",
            segment => segment,
        };
        path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }

    /// A function that does not start is a 5xx, and a route that is missing has the gateway's own words.
    #[track_caller]
    fn assert_answered(answer: &Answer, whose: &str) {
        assert!(answer.status < 500, "{whose}: {answer:?}");
        assert!(!answer.text().contains(r#"{"message":"Not Found"}"#), "{whose}: {answer:?}");
    }

    /// Without credentials and a body each refuses, or shows a page; none does anything.
    #[tokio::test]
    async fn every_function_starts_and_answers() {
        let service = Service::under_test();
        let apis =
            [app::operations(), browser::operations(), account::operations(), oauth::operations(), pages::operations()];
        for operation in apis.concat() {
            let path = filled_in(operation.route.path);
            assert!(!path.contains('{'), "{path} has a parameter that is not known here");
            let method = Method::from_bytes(operation.route.method.as_bytes()).unwrap_or_default();
            assert_answered(&send(service.client().request(method, &path)).await, operation.route.name);
        }
    }

    #[tokio::test]
    async fn every_path_answers_a_preflight() {
        let service = Service::under_test();
        for operation in
            [app::operations(), browser::operations(), account::operations(), oauth::operations(), pages::operations()]
                .concat()
        {
            let preflight = service
                .client()
                .request(Method::OPTIONS, &filled_in(operation.route.path))
                .header("origin", "https://example.com")
                .header("access-control-request-method", operation.route.method);
            assert_eq!(send(preflight).await.status, 204, "{}", operation.route.name);
        }
    }

    #[tokio::test]
    async fn the_open_pages_are_served() {
        let service = Service::under_test();
        for (path, method) in
            [HEALTH, PORTAL, DOCS].into_iter().flat_map(|path| [(path, Method::GET), (path, Method::HEAD)])
        {
            assert_eq!(send(service.client().request(method.clone(), path)).await.status, 200, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn nobody_without_credentials_is_let_in() {
        let service = Service::under_test();
        for (method, path) in secured() {
            assert_eq!(send(service.client().request(method, path)).await.status, 401, "{path}");
        }
    }

    #[tokio::test]
    async fn a_page_without_cookies_is_not_signed_in() {
        let service = Service::under_test();
        let post = async |path: &str| service.client().post(path, &json!({})).await.status;
        assert_eq!(post("/api/v1/auth/custom-refresh/").await, 401);
        assert_eq!(post("/api/v1/auth/custom-logout/").await, 204, "nobody is signed in: sign-out succeeds");
    }
}

/// What an app's users do.
mod users {
    use serde_json::json;
    use tests::{CAPTCHA, Service, unique_email};

    #[tokio::test]
    async fn a_stranger_is_not_signed_in() {
        let service = Service::under_test();
        let stranger = service.app().claiming(&service.app().credentials().id, "not the secret");
        assert_eq!(stranger.login("nobody@example.com", "secret123").await.status, 401);
        let stranger = json!({"login": unique_email(), "password": "secret123", "captcha": CAPTCHA});
        let refused = service.client().post("/api/v1/auth/signin/", &stranger).await.status;
        assert!([400, 401].contains(&refused), "400 where the app asks for a captcha of its own: {refused}");
    }

    #[tokio::test]
    async fn somebody_registers_signs_in_and_leaves() {
        let service = Service::under_test();
        let (app, email) = (service.app(), unique_email());

        let user = app.new_user_with(&email, "secret123").await;
        assert_eq!(app.register(&email, "secret123").await.status, 400, "registered twice");
        assert_eq!(app.login(&email, "wrong-1234").await.status, 401);
        let (id, token) = app.login(&email, "secret123").await.assert_signed_in("登录成功", &email);
        assert_eq!(id, user.id);

        assert_eq!(app.delete_account(&token).await.status, 200);
        assert_eq!(app.login(&email, "secret123").await.status, 401, "deleted");
        assert_eq!(app.delete_account(&token).await.status, 401, "its token is dead");
    }

    #[tokio::test]
    async fn what_is_nobodys_is_answered_and_not_sent() {
        let service = Service::under_test();
        let app = service.app();
        assert_eq!(app.forgot_password(&unique_email()).await.status, 200, "an address that nobody has");
        assert_eq!(app.reset_password(&"0".repeat(64), "secret123").await.status, 400, "a link that nobody has");
        assert_eq!(app.send_code("110").await.status, 400, "no number");
        assert_eq!(app.phone_login("13800000000", "000000").await.status, 400, "a code that was not sent");
    }
}
