//! A user who lets a client in, without its pages: for the tests of what ends that.

use shared::id::{ClientId, GrantId};
use shared::oauth::grant::Ticket;
use shared::oauth::scope::Scope;
use shared::session::device::Device;
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::Consent;
use shared::user::identity::Handle;

use crate::World;

impl World {
    /// Somebody signs in as the user of an address and lets a client in.
    pub async fn let_a_client_in(&self, app: &str, email: &str) {
        let client = ClientId::draw(&self.ctx.random);
        self.let_a_client_of_in(app, email, client.as_str()).await;
    }

    /// The same of the client of that id.
    pub async fn let_a_client_of_in(&self, app: &str, email: &str, client: &str) {
        let (store, random, now) = (&self.ctx.store, &self.ctx.random, self.clock.now());
        let app = app.parse().expect("an app id");
        let handle = Handle::Email(email.parse().expect("an address"));
        let user = store.identity(&app, &handle, now).await.expect("answers").expect("somebody");
        let session = Session::open(user.user, user.epoch, Transport::Browser, Device::default(), random, now);
        let opening: Opening = session.into();
        store.open_session(&app, &opening).await.expect("opens");
        let consent = Consent {
            bearer: &Bearer { user: user.user, session: opening.session.id.clone() },
            ticket: &Ticket { epoch: user.epoch, grant: None, signed_in: None },
            client: &client.parse().expect("a client id"),
            scope: &Scope::read("profile"),
            servers: &[],
            mementos: &[],
            new: GrantId::draw(random),
        };
        store.consent(&app, &consent, now).await.expect("granted");
    }
}
