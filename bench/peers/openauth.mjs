// OpenAuth with its password provider and its store in memory. Usage: node openauth.mjs PORT

import { serve } from '@hono/node-server';
import { issuer } from '@openauthjs/openauth';
import { PasswordProvider } from '@openauthjs/openauth/provider/password';
import { MemoryStorage } from '@openauthjs/openauth/storage/memory';
import { createSubjects } from '@openauthjs/openauth/subject';
import { PasswordUI } from '@openauthjs/openauth/ui/password';
import { object, string } from 'valibot';

const subjects = createSubjects({ user: object({ id: string() }) });
const password = PasswordProvider(PasswordUI({
  // The program that measures reads it from a line.
  sendCode: async (_, code) => console.log(`code ${code}`),
}));
const app = issuer({
  subjects,
  storage: MemoryStorage(),
  providers: { password },
  allow: async () => true,
  success: async (context, { email }) => context.subject('user', { id: email }),
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.argv[2]) }, () => console.log('ready'));
