// A phone app's session by the App API, for React Native. Keep the token in the keychain: expo-secure-store, react-native-keychain.

export class Refusal extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    Object.assign(this, { status, retryAfter });
  }
}

/** `store` has `get()`, `set(token)` and `clear()`, each of which may be asynchronous. */
export function latchet({ url, appId, appSecret, store }) {
  async function call(method, path, body, token) {
    const answer = await fetch(`${url}/api/v1/auth/${path}`, {
      method,
      headers: {
        'x-app-id': appId,
        'x-app-secret': appSecret,
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: body && JSON.stringify(body),
    });
    const value = await answer.json();
    if (!answer.ok) throw new Refusal(answer.status, value.error, answer.headers.get('retry-after'));
    return value;
  }

  async function signedIn(path, body) {
    const { user, token } = await call('POST', path, body);
    await store.set(token);
    return user;
  }

  return {
    register: (email, password) => signedIn('register', { email, password }),
    /** `otp` is the code of a second factor, when the answer without it was 401 需要动态验证码. */
    signIn: (email, password, otp) => signedIn('login', { email, password, otp }),
    sendCode: (phone) => call('POST', 'send-code', { phone }),
    signInByCode: (phone, code, otp) => signedIn('login', { phone, code, otp }),
    forgotPassword: (email) => call('POST', 'forgot-password', { email }),

    /** The user, or undefined where nobody is signed in: at start, and after the seven days of a token. */
    async me() {
      const token = await store.get();
      if (!token) return undefined;
      try {
        return (await call('GET', 'me', undefined, token)).user;
      } catch (error) {
        if (error.status !== 401) throw error;
        await store.clear();
        return undefined;
      }
    },

    /** Forgets the token on this phone. */
    signOut: () => store.clear(),

    async deleteAccount() {
      await call('DELETE', 'account', undefined, await store.get());
      await store.clear();
    },
  };
}
