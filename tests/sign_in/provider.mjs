// A certified OpenID provider (npm oidc-provider) over HTTPS on a free port of loopback, for the
// sign-in test. Anybody may log in with any password; who gets which role stands below.
// usage: node provider.mjs --cert FILE --key FILE --secret FILE --dashboard URL
// Prints its issuer as its first line.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';

const { values: options } = parseArgs({
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    secret: { type: 'string' },
    dashboard: { type: 'string' },
  },
});

const rolesOf = { chief: ['vdiwatch.admin'], reader: ['finance'], stranger: ['something-else'] };

const signingKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomBytes(8).toString('hex'),
  alg: 'RS256',
  use: 'sig',
});

const configuration = {
  clients: [
    {
      client_id: 'vdiwatch',
      client_secret: readFileSync(options.secret, 'utf8').trim(),
      redirect_uris: [`${options.dashboard}/api/v1/sign-in/oidc/callback`],
      post_logout_redirect_uris: [`${options.dashboard}/`],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  claims: { openid: ['sub', 'roles'], profile: ['preferred_username'], email: ['email'] },
  conformIdTokenClaims: false, // puts them into the id_token, as Entra does
  cookies: { keys: [randomBytes(32).toString('hex')] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, preferred_username: `${sub}@corp.example`, roles: rolesOf[sub] ?? [] }),
  }),
  jwks: { keys: [signingKey()] },
  pkce: { methods: ['S256'], required: () => true },
};

const server = createServer({ cert: readFileSync(options.cert), key: readFileSync(options.key) });
server.listen(0, '127.0.0.1', () => {
  const issuer = `https://localhost:${server.address().port}`;
  server.on('request', new Provider(issuer, configuration).callback());
  console.log(issuer);
});
