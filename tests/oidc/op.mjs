// The identity provider of the tests: the certified `oidc-provider`, on loopback with TLS, and beside it the two
// issuers of workloads in the shapes of GitHub Actions and of Kubernetes.
//   PORT and TLS_DIR (server.key, server.crt) come by the environment.
//   /test/rotate  new keys for everything, the old ones stay published
import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import { SignJWT } from 'jose';

const warn = console.warn; // It prints a page of advice for production.
console.warn = console.info = () => {};
const { Provider } = await import('oidc-provider');
console.warn = warn;

const port = Number(process.env.PORT);
const tls = process.env.TLS_DIR;
const issuer = `https://localhost:${port}`;
let generation = 0;

function makeKeys() {
  generation += 1;
  const jwk = (type, options, rest) => ({
    ...crypto.generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    use: 'sig',
    ...rest,
  });
  return [
    jwk('rsa', { modulusLength: 2048 }, { kid: `rsa-${generation}`, alg: 'RS256' }),
    jwk('ec', { namedCurve: 'P-256' }, { kid: `ec-${generation}`, alg: 'ES256' }),
    jwk('ed25519', {}, { kid: `ed-${generation}`, alg: 'EdDSA' }),
  ];
}

const groupsOf = { alice: ['engineering', 'sre'], bob: [] };
const client = (id, alg) => ({
  client_id: id,
  token_endpoint_auth_method: 'none',
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  id_token_signed_response_alg: alg,
});

function makeProvider(keys) {
  const made = new Provider(issuer, {
    jwks: { keys },
    clients: [client('mayfly', 'RS256'), client('mayfly-device', 'RS256'), client('mayfly-es', 'ES256'), client('mayfly-ed', 'EdDSA')],
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    features: { devInteractions: { enabled: true }, deviceFlow: { enabled: true }, userinfo: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ['tests'] },
    conformIdTokenClaims: process.env.CLAIMS_BY_USERINFO === '1',
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true, groups: groupsOf[id] ?? [] }),
    }),
    ttl: { IdToken: 300, DeviceCode: 60, AccessToken: 300, Interaction: 600, Session: 600, Grant: 600, RefreshToken: 600 },
  });
  made.on('grant.success', (context) => {
    if (context.body.refresh_token) fs.appendFileSync(`${tls}/refresh-tokens`, `${context.body.refresh_token}\n`);
  });
  return made.callback();
}

// A workload's token, with the claims that the platform documents.
async function workloadToken(kind, audience) {
  const key = keys.find((one) => one.alg === 'RS256');
  const now = Math.floor(Date.now() / 1000);
  const github = {
    sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
    ref: 'refs/heads/main', ref_type: 'branch', ref_protected: 'true', sha: 'example-sha',
    repository: 'octo-org/octo-repo', repository_id: '74', repository_owner: 'octo-org', repository_owner_id: '65',
    repository_visibility: 'private', actor: 'octocat', actor_id: '12', workflow: 'deploy',
    job_workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
    event_name: 'push', run_id: '1', run_number: '10', run_attempt: '2', runner_environment: 'github-hosted',
  };
  const kubernetes = {
    sub: 'system:serviceaccount:builds:deployer',
    'kubernetes.io': {
      namespace: 'builds',
      node: { name: 'n1', uid: 'a' }, pod: { name: 'p1', uid: 'b' }, serviceaccount: { name: 'deployer', uid: 'c' },
    },
  };
  return new SignJWT(kind === 'github' ? github : kubernetes)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
    .setIssuer(`${issuer}/${kind}`)
    .setAudience(kind === 'github' ? audience : [audience])
    .setIssuedAt(now).setNotBefore(now).setExpirationTime(now + 300).setJti(crypto.randomUUID())
    .sign(crypto.createPrivateKey({ key, format: 'jwk' }));
}

let keys = makeKeys();
let provider = makeProvider(keys);
const publicKeys = () => keys.map(({ d, p, q, dp, dq, qi, ...rest }) => rest);

// Issuers that are not to be believed: /NAME is their address.
const badIssuers = {
  moved: (url, response) => response.writeHead(302, { location: `${issuer}/.well-known/openid-configuration` }).end(),
  huge: (url, response) => response.end(`{"keys":["${'x'.repeat(10 << 20)}"]}`),
  slow: (url, response) => {
    response.write('{');
    setInterval(() => response.write(' '), 1000).unref();
  },
  leaky: (url, response, json) =>
    url.pathname.endsWith('/jwks') ? json({ keys }) : json({ issuer: `${issuer}/leaky`, jwks_uri: `${issuer}/leaky/jwks` }),
  liar: (url, response, json) => json({ issuer: 'https://id.example.com', jwks_uri: `${issuer}/github/jwks` }),
};

async function handle(request, response) {
  const url = new URL(request.url, issuer);
  const json = (value) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
  if (url.pathname === '/test/rotate') {
    keys = [...makeKeys(), ...keys];
    provider = makeProvider(keys);
    return response.end('ok\n');
  }
  const bad = badIssuers[url.pathname.split('/')[1]];
  if (bad) return bad(url, response, json);
  const workload = /^\/(github|kubernetes)\/(.+)$/.exec(url.pathname);
  if (!workload) return provider(request, response);
  const [, kind, path] = workload;
  if (path === '.well-known/openid-configuration') {
    return json({ issuer: `${issuer}/${kind}`, jwks_uri: `${issuer}/${kind}/jwks` });
  }
  if (path === 'jwks') return json({ keys: publicKeys() });
  if (path === 'token') {
    if (kind === 'github' && request.headers.authorization !== 'Bearer runner-secret') {
      response.statusCode = 401;
      return response.end();
    }
    const audience = url.searchParams.get('audience');
    if (kind === 'github') {
      fs.appendFileSync(`${tls}/asked-audiences`, `${audience}\n`);
      if (audience === 'x') return response.writeHead(400).end(); // Not for this job.
    }
    return json({ value: await workloadToken(kind, audience), count: 1 });
  }
  response.statusCode = 404;
  return response.end();
}

https
  .createServer({ key: fs.readFileSync(`${tls}/server.key`), cert: fs.readFileSync(`${tls}/server.crt`) }, handle)
  .listen(port, '127.0.0.1', () => console.log('ready'));
