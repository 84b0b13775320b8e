// A web front end's session, by fetch and the service's cookies. It has no dependencies and runs in every current browser.

export const service = { url: 'http://127.0.0.1:3000' };

/** The service said no. `code` is for programs, `message` for people, `fields` says what is wrong with an input. */
export class Refusal extends Error {
  constructor(status, { detail, code, errors }) {
    super(detail);
    Object.assign(this, { status, code, fields: errors ?? {} });
  }
}

async function send(method, path, body) {
  const answer = await fetch(`${service.url}/api/v1${path}`, {
    method,
    credentials: 'include', // the browser keeps and sends the cookies; scripts never see them
    headers: body && { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : undefined;
  if (!answer.ok) throw new Refusal(answer.status, value ?? {});
  return value;
}

export const signUp = (email, password, captcha) => send('POST', '/auth/signup/', { email, password, captcha });
export const signIn = (login, password, captcha, otp) => send('POST', '/auth/signin/', { login, password, captcha, otp });
export const signOut = () => send('POST', '/auth/custom-logout/');
export const verifyEmail = (code) => call('POST', '/auth/verify-email/', { verification_code: code });
export const me = () => call('GET', '/me/');
export const sessions = () => call('GET', '/sessions/');

let refreshing;

/** Several calls that fail at once wait for one refresh. Other tabs may refresh too: they get the same new cookies. */
function refresh() {
  refreshing ??= send('POST', '/auth/custom-refresh/').finally(() => (refreshing = undefined));
  return refreshing;
}

/** A request as the signed-in user. The access cookie lives for an hour. After that it is refreshed, and the request sent again, once. */
export async function call(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (error) {
    // Any other 401 is about what was sent, such as a wrong code. That would be a second try.
    if (!['not_authenticated', 'invalid_token'].includes(error.code)) throw error;
    await refresh(); // a 401 here means that the user has to sign in
    return send(method, path, body);
  }
}
