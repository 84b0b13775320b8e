// A client with a jar for cookies, which follows no redirect.

export class Visitor {
  #jar = new Map();

  /** A page of `origin`; a program of no page where that is null. */
  constructor(site, origin = site) {
    Object.assign(this, { site, origin });
  }

  /** An answer; its body is read, so that the connection can be used again. `form` is sent as a form and `json` as JSON. */
  async ask(path, { form, json, headers = {}, method = form || json ? 'POST' : 'GET' } = {}) {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(path, this.site), {
      method,
      headers: { ...(this.origin && { origin: this.origin }), ...(cookie && { cookie }), ...(json && { 'content-type': 'application/json' }), ...headers },
      body: form ? new URLSearchParams(form) : json && JSON.stringify(json),
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value === '' || /max-age=0/i.test(line)) this.#jar.delete(name);
      else this.#jar.set(name, value);
    }
    return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
  }
}

/** The answer, if its status is as expected. */
export function expect(answer, ...statuses) {
  if (!statuses.includes(answer.status)) throw new Error(`${answer.status} instead of ${statuses}: ${answer.text.slice(0, 300)}`);
  return answer;
}
