// oidc-provider with its adapter for memory; people sign in on its pages for developers. Usage: node oidc-provider.mjs PORT

import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'bench',
    client_secret: 'a secret of the benchmark',
    redirect_uris: ['https://app.example/cb'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }],
  // Refresh tokens are single-use, as ours are.
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  pkce: { required: () => false },
});
provider.listen(port, '127.0.0.1', () => console.log('ready'));
