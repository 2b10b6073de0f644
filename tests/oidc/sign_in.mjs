// Signs in at oidc-provider's development forms without a browser: a cookie jar, and every form sent as it stands.
//   sign_in.mjs URL [USER]
// With KEEP_CODE=FILE the code that the browser brings back is kept there; with REUSE_CODE=FILE nobody signs in, and
// the client is given that one instead, after an answer of another login.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [, , start, user = 'alice'] = process.argv;
const jar = new Map();

// By hand rather than by fetch, whose cookies Node 18 may not show one by one.
function ask(url, body) {
  return new Promise((resolve, reject) => {
    const { protocol, hostname } = new URL(url);
    const headers = {};
    if (hostname === 'localhost') headers.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded';
    const options = { method: body ? 'POST' : 'GET', headers, agent: false };
    const request = (protocol === 'https:' ? https : http).request(url, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ response, text: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function visit(url, body) {
  for (let hops = 0; hops < 20; hops += 1) {
    const code = new URL(url).searchParams.get('code');
    if (code && process.env.KEEP_CODE) fs.writeFileSync(process.env.KEEP_CODE, code);
    const { response, text } = await ask(url, body);
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const [name, ...value] = cookie.split(';')[0].split('=');
      if (value.join('=') === '') jar.delete(name);
      else jar.set(name, value.join('='));
    }
    body = undefined;
    const next = response.headers.location;
    if (!next || response.statusCode >= 400) return { url, status: response.statusCode, text };
    url = new URL(next, url).href;
  }
  throw new Error('too many redirects');
}

if (process.env.REUSE_CODE) {
  const asked = new URL(start);
  const answer = new URL(asked.searchParams.get('redirect_uri'));
  answer.searchParams.set('code', fs.readFileSync(process.env.REUSE_CODE, 'utf8'));
  answer.searchParams.set('iss', asked.origin);
  for (const state of ['of-another-login', asked.searchParams.get('state')]) {
    answer.searchParams.set('state', state);
    console.log((await visit(answer.href)).status);
  }
  process.exit(0);
}
let page = await visit(start);
for (let forms = 0; forms < 8 && page.status < 400; forms += 1) {
  const action = /action="([^"]+)"/.exec(page.text);
  if (!action) break;
  const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const form = new URLSearchParams(hidden.map(([, name, value]) => [name, value]));
  const asksWho = page.text.includes('name="login"');
  if (hidden.length === 0 && !asksWho) break;
  if (asksWho) {
    form.set('login', user);
    form.set('password', 'x');
  }
  form.delete('abort');
  if (page.text.includes('name="abort"')) form.set('confirm', 'yes');
  page = await visit(new URL(action[1], page.url).href, form.toString());
}
console.log(page.status, page.text.replace(/<style[\s\S]*?<\/style>/g, '').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ').trim());
