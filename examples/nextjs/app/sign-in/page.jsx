'use client';

import { service, signIn } from '../../lib/auth.js';

service.url = process.env.NEXT_PUBLIC_LATCHET_URL ?? 'http://127.0.0.1:3000';

async function submit(form) {
  await signIn(form.get('login'), form.get('password'));
  location.assign('/');
}

export default function SignIn() {
  return (
    <form action={submit}>
      <input name="login" autoComplete="username" required />
      <input name="password" type="password" autoComplete="current-password" required />
      <button>Sign in</button>
    </form>
  );
}
