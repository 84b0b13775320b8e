// A walk through three APIs with the types that openapi-typescript made. It compiles only if they say what the service does.

import createClient from 'openapi-fetch';
import type { paths } from './out/latchet.js';

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export async function walk(url: string, id: string, secret: string): Promise<void> {
  const app = createClient<paths>({ baseUrl: url, headers: { 'x-app-id': id, 'x-app-secret': secret } });
  const email = `typescript-${Date.now()}@example.com`;

  const made = await app.POST('/api/v1/auth/register', { body: { email, password: 'secret123' } });
  must(made.data !== undefined, `register: ${made.response.status}`);

  const wrong = await app.POST('/api/v1/auth/login', { body: { email, password: 'secret124' } });
  must(wrong.error !== undefined && wrong.response.status === 401, 'a wrong password is refused');
  const words: string = wrong.error.error;
  must(words.length > 0, 'an error says what is wrong');

  const login = await app.POST('/api/v1/auth/login', { body: { email, password: 'secret123' } });
  must(login.data !== undefined, `login: ${login.response.status}`);
  const token: string = login.data.token;
  const userId: number = login.data.user.id;

  const authorization = `Bearer ${token}`;
  const me = await app.GET('/api/v1/auth/me', { headers: { authorization } });
  must(me.data?.user.id === userId, 'the token is of the user who signed in');

  const gone = await app.DELETE('/api/v1/auth/account', { headers: { authorization } });
  must(gone.data !== undefined, `delete: ${gone.response.status}`);

  const signIn = await createClient<paths>({ baseUrl: url }).POST('/api/v1/auth/signin', { body: { login: email, password: 'secret123' } });
  must(signIn.error !== undefined && 'code' in signIn.error, 'the Browser API names its errors by a code');
}
