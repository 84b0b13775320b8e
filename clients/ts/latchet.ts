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
  | 'internal_error' | 'unavailable';

/** The service said no. The message is for people, in the language of the page. */
export class LatchetError extends Error {
  constructor(
    readonly status: number,
    readonly code: Code,
    message: string,
    /** What is wrong with which input. */
    readonly fields: Record<string, string[]>,
    /** Seconds until the same request may succeed. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

export interface Options {
  /** Where the service is, such as `https://auth.example.com`. */
  url: string;
  /** The longest `Retry-After` that is waited for, in seconds; 5 when absent. */
  patience?: number;
}

const REFRESHED = 'latchet-refreshed';
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export class Latchet {
  #options: Options;
  #refreshing?: Promise<void>;

  constructor(options: Options) {
    this.#options = options;
  }

  signUp = (account: { email: string; password: string; name?: string; captcha?: string }) =>
    this.#send<User>('POST', '/auth/signup/', account);
  /** `otp` is asked for by `otp_required`, of users with a second factor. */
  signIn = (account: { login: string; password: string; otp?: string; captcha?: string }) =>
    this.#send<void>('POST', '/auth/signin/', account);
  signOut = () => this.#send<void>('POST', '/auth/custom-logout/');
  verifyEmail = (code: string) => this.call<{ email_verified: true }>('POST', '/auth/verify-email/', { verification_code: code });
  me = () => this.call<User>('GET', '/me/');
  sessions = () => this.call<Session[]>('GET', '/sessions/');
  endSession = (id: string) => this.call<void>('DELETE', `/sessions/${encodeURIComponent(id)}/`);
  endAllSessions = () => this.call<void>('DELETE', '/sessions/');

  /** A request as the signed-in user: refreshed and repeated, once, where the access cookie is over. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const began = Date.now();
    try {
      return await this.#send<T>(method, path, body);
    } catch (error) {
      if (!(error instanceof LatchetError) || error.status !== 401) throw error;
      await (this.#refreshing ??= this.#refresh(began).finally(() => (this.#refreshing = undefined)));
      return this.#send<T>(method, path, body);
    }
  }

  /** One tab refreshes. The others wait for it, and do not refresh again if it did after their request began. */
  async #refresh(began: number): Promise<void> {
    const refresh = async () => {
      if (Number(globalThis.localStorage?.getItem(REFRESHED)) > began) return;
      await this.#send<void>('POST', '/auth/custom-refresh/');
      globalThis.localStorage?.setItem(REFRESHED, String(Date.now()));
    };
    const locks = globalThis.navigator?.locks;
    await (locks ? locks.request(REFRESHED, refresh) : refresh());
  }

  /** A 503 used up nothing, so the same request is sent again, twice at most. */
  async #send<T>(method: string, path: string, body?: object, again = 2): Promise<T> {
    const answer = await fetch(`${this.#options.url}/api/v1${path}`, {
      method,
      credentials: 'include',
      headers: body && { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    const value = text ? JSON.parse(text) : undefined;
    if (answer.ok) return value;
    const header = answer.headers.get('retry-after');
    const wait = header === null ? undefined : Number(header);
    if (answer.status === 503 && again && (wait ?? 1) <= (this.#options.patience ?? 5)) {
      await pause(wait ?? 1);
      return this.#send<T>(method, path, body, again - 1);
    }
    throw new LatchetError(answer.status, value?.code, value?.detail ?? answer.statusText, value?.errors ?? {}, wait);
  }
}
