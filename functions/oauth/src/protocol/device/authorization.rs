//! A device asks for a code to show (RFC 8628 §3.1, §3.2).

use runtime::{
    Admitted, Answer, Cause, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route, form_schema, object_schema,
};
use serde_json::{Value, json};
use shared::app::resource::Target;
use shared::oauth::device::{DeviceCode, DeviceRequest, INTERVAL, LIFETIME, UserCode};
use shared::secret::Secret;
use shared::store::{Nonce, StoreError};
use shared::token::jwt;

use super::PATH;
use crate::protocol::client::KnownClient;
use crate::protocol::params::Params;
use crate::protocol::wire::{OauthApi, OauthError};

/// How many codes are drawn at most, where another device shows the drawn one at the moment. That hardly ever happens.
const DRAWS: u32 = 3;

/// `POST /api/v1/auth/oauth2/device_authorization`
#[derive(Clone, Copy, Debug)]
pub struct DeviceAuthorization;

/// `scope`, `resource`
#[derive(Debug)]
pub struct DeviceBody {
    scope: String,
    resource: Option<String>,
}

/// What the device shows, and what it asks with.
#[derive(Debug)]
pub struct DeviceCodes {
    device: Secret<String>,
    user: UserCode,
    page: String,
}

impl Endpoint for DeviceAuthorization {
    const ROUTE: Route = Route::post("oauth-device-authorization", "/api/v1/auth/oauth2/device_authorization");
    const SUMMARY: &'static str = "Request a code that a device without a browser shows to its user.";
    const ERRORS: &'static [OauthError] = &[
        OauthError::InvalidRequest("A parameter was sent twice."),
        OauthError::InvalidClient { basic: true },
        OauthError::InvalidTarget,
        OauthError::BodyTooLarge,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = KnownClient;
    type Input = DeviceBody;
    type Output = DeviceCodes;

    async fn call(
        at: &Moment,
        caller: KnownClient,
        body: DeviceBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<DeviceCodes>, OauthError> {
        let (app, client) = (&caller.app, &caller.client);
        let ours = jwt::resource(&at.config.issuer(&app.id));
        let target = body.resource.as_deref().map(|name| Target::named(name, &ours, &app.policy.resources));
        let targets: Vec<_> = target.transpose()?.into_iter().collect();
        let request = DeviceRequest {
            client: client.id.clone(),
            scope: client.scope(&body.scope, &targets),
            resources: targets.iter().map(|target| target.audience(&ours).to_owned()).collect(),
            device: caller.device.clone(),
            created: at.now,
        };
        let pass = gate.pass().await?;
        for _ in 0..DRAWS {
            let code = DeviceCode::draw(UserCode::draw(&at.random), &at.random);
            if at.store.begin_device(&code, &request, &Nonce::draw(&at.random)).await? {
                let device = code.write_for(&client.id, &app.id, at.ring().await?);
                let page = format!("{}{PATH}", at.config.public_url);
                return Ok(pass.give(DeviceCodes { device, user: code.user_code, page }));
            }
        }
        let cause = "every drawn code is in use".to_owned();
        Err(OauthError::Unavailable(Cause::Store(StoreError::Unavailable { operation: "UpdateItem", cause })))
    }
}

impl Input<DeviceAuthorization> for DeviceBody {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        let params = Params::read(request)?;
        let text = |name| params.text(name).map(str::to_owned);
        Ok(Self { scope: text("scope").unwrap_or_default(), resource: text("resource") })
    }

    fn schema() -> Option<Value> {
        let optional = ["client_id", "client_secret", "client_assertion_type", "client_assertion", "scope", "resource"];
        Some(form_schema(&[], &optional))
    }
}

impl Output for DeviceCodes {
    fn answer(self) -> Answer {
        let Self { device, user, page } = self;
        let body = json!({
            "device_code": device.expose(),
            "user_code": user.to_string(),
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user}"),
            "expires_in": LIFETIME.0,
            "interval": INTERVAL.0,
        });
        Answer::json(200, &body).with("pragma", "no-cache")
    }

    fn schema() -> Value {
        let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
        object_schema(&[
            ("device_code", text.clone()),
            ("user_code", text.clone()),
            ("verification_uri", text.clone()),
            ("verification_uri_complete", text),
            ("expires_in", number.clone()),
            ("interval", number),
        ])
    }
}
