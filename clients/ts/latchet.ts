/** A client of Latchet's Browser API for web pages. No dependencies; the browser keeps the session in cookies. */

export interface User {
  id: string;
  email: string | null;
  name: string;
  email_verified: boolean;
}

export interface Session {
  id: string;
  current: boolean;
  api: string;
  created: string;
  last_used: string;
  expires: string;
  ip: string;
  device: string | null;
  user_agent: string;
}

/** What `LatchetError.code` may be; compare it, not the message. */
export type Code =
  | 'malformed_body' | 'invalid_fields' | 'captcha_refused' | 'breached_password' | 'email_taken'
  | 'invalid_credentials' | 'not_authenticated' | 'invalid_token' | 'session_ended' | 'wrong_code' | 'dead_code'
  | 'otp_required' | 'wrong_otp' | 'second_factor_required' | 'second_factor_exists' | 'no_second_factor' | 'dead_setup'
  | 'confirmation_required' | 'wrong_password' | 'no_login' | 'username_taken' | 'phone_taken' | 'expired_code' | 'sms_not_sent'
  | 'invalid_passkey' | 'passkey_not_added' | 'too_many_passkeys' | 'unknown_passkey'
  | 'unknown_session' | 'foreign_origin' | 'not_found' | 'body_too_large' | 'too_many_requests'
  | 'other_memento' | 'too_many' | 'insufficient_scope' | 'unknown_memento' | 'unknown_grant'
  | 'internal_error' | 'unavailable';

/** What it may be beside these: nothing came back, or nothing that the service says. */
export type Unanswered = 'unreachable' | 'unreadable';

/** The request did not succeed. The message is for people, in the language of the page, if the service answered. */
export class LatchetError extends Error {
  /** Of HTTP; 0 if nothing came back. */
  declare readonly status: number;
  declare readonly code: Code | Unanswered;
  /** What is wrong with which input. */
  declare readonly fields: Record<string, string[]>;
  /** Seconds until the same request may succeed. */
  declare readonly retryAfter: number | undefined;

  constructor(status: number, code: Code | Unanswered, message: string, fields: Record<string, string[]> = {}, retryAfter?: number) {
    super(message);
    Object.assign(this, { status, code, fields, retryAfter });
  }
}

export interface Options {
  /** Where the service is, such as `https://auth.example.com`. */
  url: string;
  /** The longest `Retry-After` that is waited for, in seconds; 5 when absent. */
  patience?: number;
}

/** When a request without an answer is given up, in milliseconds: API Gateway answers within 30 seconds. */
const TIMEOUT = 35_000;

/** `null` for what fails. */
const attempt = <T>(work: () => T): T | null => {
  try {
    return work();
  } catch {
    return null;
  }
};
const sessionOf = (mark: string) => mark.split('/')[0];
/** The access cookie is over. Other 401s are about what was sent, such as a wrong code: that is not sent twice. */
const isOver = (error: unknown) => error instanceof LatchetError && /^(not_authenticated|invalid_token)$/.test(error.code);

export class Latchet {
  #url: string;
  #patience: number;
  /** Of the lock and of the storage that the tabs of a page share. */
  #key: string;
  /** For a browser that gives no storage. */
  #own = '';
  #refreshing: Promise<void> | undefined;

  constructor({ url, patience = 5 }: Options) {
    this.#url = url.replace(/\/+$/, '');
    this.#patience = patience;
    this.#key = `latchet ${this.#url}`;
  }

  signUp = (account: { email: string; password: string; name?: string; captcha?: string }) =>
    this.#enter<User>('/auth/signup/', account);
  /** `otp` is asked for by `otp_required`, of users with a second factor. */
  signIn = (account: { login: string; password: string; otp?: string; captcha?: string }) =>
    this.#enter<void>('/auth/signin/', account);
  signOut = () => this.#enter<void>('/auth/custom-logout/');
  verifyEmail = (code: string) => this.call<{ email_verified: true }>('POST', '/auth/verify-email/', { verification_code: code });
  me = () => this.call<User>('GET', '/me/');
  sessions = () => this.call<Session[]>('GET', '/sessions/');
  endSession = (id: string) => this.call<void>('DELETE', `/sessions/${encodeURIComponent(id)}/`);
  endAllSessions = () => this.call<void>('DELETE', '/sessions/');

  /** A request as the signed-in user: refreshed and repeated, once, where the access cookie is over. */
  call<T>(method: string, path: string, body?: object): Promise<T> {
    const before = this.#mark();
    return this.#send<T>(method, path, body).catch(async (error) => {
      if (!isOver(error)) throw error;
      // A late answer may be of the cookie before.
      if (this.#mark() === before) await (this.#refreshing ??= this.#refresh(before).finally(() => (this.#refreshing = undefined)));
      // Somebody signed in or out meanwhile, maybe in another tab. The request was not of the user who is there now.
      if (sessionOf(this.#mark()) !== sessionOf(before)) throw error;
      return this.#send<T>(method, path, body);
    });
  }

  /** One tab refreshes. The others wait for it, and see by the mark that it did. */
  #refresh(before: string): Promise<void> {
    return this.#alone(async () => {
      if (this.#mark() !== before) return;
      // It may be repeated: until the next refresh token is used, this one gives it again.
      await this.#send<void>('POST', '/auth/custom-refresh/', undefined, true);
      this.#remember(`${sessionOf(before)}/${Math.random()}`);
    });
  }

  /** Another session, or none. No refresh runs beside it, whose cookies would take the place of the new ones. */
  #enter<T>(path: string, body?: object): Promise<T> {
    return this.#alone(() => this.#send<T>('POST', path, body).then((value) => (this.#remember(`${Math.random()}/`), value)));
  }

  /** Without locks, as on plain HTTP, two tabs may refresh at once: the service gives both the same token. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return (globalThis.navigator?.locks?.request(this.#key, work) ?? work()) as Promise<T>;
  }

  /** Which session this is, and since which refresh. It is no time: clocks are set back. */
  #mark(): string {
    return attempt(() => localStorage.getItem(this.#key)) ?? this.#own;
  }

  #remember(mark: string): void {
    this.#own = mark;
    attempt(() => localStorage.setItem(this.#key, mark));
  }

  /** Sent again, twice at most, where that changes nothing: the service did nothing yet, or `safe`. */
  async #send<T>(method: string, path: string, body?: object, safe = method === 'GET', again = 2): Promise<T> {
    let error: LatchetError, retry: boolean;
    try {
      const answer = await fetch(`${this.#url}/api/v1${path}`, {
        method,
        credentials: 'include',
        headers: body && { 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const text = await answer.text();
      const value = text ? attempt(() => JSON.parse(text)) : undefined;
      if (answer.ok && value !== null) return value;
      const retryAfter = Number(answer.headers.get('retry-after')) || undefined;
      const { code = 'unreadable', detail = `HTTP ${answer.status}`, errors } = value ?? {};
      error = new LatchetError(answer.status, code, detail, errors, retryAfter);
      // A 503 of API Gateway has no code of ours: the function may have done its work.
      retry = error.code === 'unavailable' || (safe && /50[234]/.test(`${answer.status}`));
    } catch (cause) {
      error = new LatchetError(0, 'unreachable', String(cause));
      // Not what took too long, and not without a network.
      retry = safe && cause instanceof TypeError && globalThis.navigator?.onLine !== false;
    }
    const wait = error.retryAfter ?? 1;
    if (!retry || !again || wait > this.#patience) throw error;
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    return this.#send<T>(method, path, body, safe, again - 1);
  }
}
