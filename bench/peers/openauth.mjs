// OpenAuth with its password provider. Its store is its own for DynamoDB, in a table of the server at STORE, or memory.
// Usage: node openauth.mjs PORT [STORE]

import { serve } from '@hono/node-server';
import { issuer } from '@openauthjs/openauth';
import { PasswordProvider } from '@openauthjs/openauth/provider/password';
import { DynamoStorage } from '@openauthjs/openauth/storage/dynamo';
import { MemoryStorage } from '@openauthjs/openauth/storage/memory';
import { createSubjects } from '@openauthjs/openauth/subject';
import { PasswordUI } from '@openauthjs/openauth/ui/password';
import { AwsClient } from 'aws4fetch';
import { object, string } from 'valibot';

const [, , port, endpoint] = process.argv;

/** OpenAuth's store in a new table, with the keys that it expects. */
async function tableAt(endpoint) {
  const table = `openauth-${process.pid}`;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = process.env;
  const answer = await new AwsClient({ accessKeyId, secretAccessKey, region, service: 'dynamodb' }).fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.CreateTable' },
    body: JSON.stringify({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
    }),
  });
  if (!answer.ok) throw new Error(`the table is not created: ${answer.status} ${await answer.text()}`);
  return DynamoStorage({ table, endpoint });
}

const subjects = createSubjects({ user: object({ id: string() }) });
const password = PasswordProvider(PasswordUI({
  // The program that measures reads it from a line.
  sendCode: async (_, code) => console.log(`code ${code}`),
}));
const app = issuer({
  subjects,
  storage: endpoint ? await tableAt(endpoint) : MemoryStorage(),
  providers: { password },
  allow: async () => true,
  success: async (context, { email }) => context.subject('user', { id: email }),
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) }, () => console.log('ready'));
