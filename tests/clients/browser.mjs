// A browser without a screen: it keeps cookies, fills in forms and follows no redirect to a client.

const PASSWORD = 'violet-tractor-17';

export class Browser {
  constructor(info) {
    this.info = info;
    this.cookies = new Map();
    this.email = `client-${Date.now()}-${Math.floor(Math.random() * 1e9)}@example.com`;
  }

  async request(path, form) {
    const answer = await fetch(new URL(path, this.info.url), {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '), 'accept-language': 'en' },
      body: form && new URLSearchParams(form),
    });
    this.keep(answer);
    return { status: answer.status, location: answer.headers.get('location'), page: await answer.text() };
  }

  async signUp() {
    const account = { email: this.email, password: PASSWORD, name: 'Ada', captcha: 'recaptcha_response' };
    const answer = await fetch(new URL('/api/v1/auth/signup', this.info.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
    if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`);
  }

  async signIn() {
    await this.json('POST', '/api/v1/auth/signin', { login: this.email, password: PASSWORD, captcha: 'recaptcha_response' });
  }

  // Calls an API of the user's own, with the browser's cookies.
  async json(method, path, body) {
    const answer = await fetch(new URL(path, this.info.url), {
      method,
      headers: {
        'content-type': 'application/json',
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      body: JSON.stringify(body),
    });
    this.keep(answer);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  keep(answer) {
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      this.cookies.set(name, value);
    }
  }

  // Signs in, ticks these mementos, agrees, and gives the address that the client's user comes back to.
  async agree(url, ticks = []) {
    let { page } = await this.request(url);
    if (page.includes('type="password"')) {
      const { location } = await this.request('/api/v1/auth/oauth2/signin', [...hidden(page), ['login', this.email], ['password', PASSWORD]]);
      ({ page } = await this.request(location));
    }
    const { status, location } = await this.request('/api/v1/auth/oauth2/authorize', [...hidden(page), ...ticks.map((id) => ['m', id]), ['action', 'authorize']]);
    if (status !== 303) throw new Error(`consent: ${status} ${page}`);
    return new URL(location);
  }
}

function hidden(page) {
  const text = (escaped) => escaped.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  return [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [text(name), text(value)]);
}
