import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { userOf } from '../lib/session.js';

export default async function Page() {
  const user = await userOf((await cookies()).get('access_token')?.value);
  if (!user) redirect('/sign-in');
  return <p>You are user {user}.</p>;
}
