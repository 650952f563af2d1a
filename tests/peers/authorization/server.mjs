// A certified OAuth server (npm: oidc-provider): PKCE required, refresh tokens rotate, using one twice ends the grant.
//   node server.mjs <folder with node_modules> <seconds that access tokens live>
// Prints its URL, and ends with its standard input. Beside OAuth: /_log (requests to the token endpoint), /_clear, and
// /_down and /_up, between which it answers 503.
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, seconds] = process.argv.slice(2);
const { default: Provider } = await import(
  pathToFileURL(path.join(modules, 'node_modules', 'oidc-provider', 'lib', 'index.js')).href
);
const CALLBACK = '/v1/integration/oauth/callback';

const server = http.createServer();
await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
const url = `http://127.0.0.1:${server.address().port}`;

const client = (id, method) => ({
  client_id: id,
  client_secret: method === 'none' ? undefined : `${id} secret/with signs+`,
  token_endpoint_auth_method: method,
  redirect_uris: [`https://hub.example${CALLBACK}`],
  grant_types: ['authorization_code', 'refresh_token'],
});

const provider = new Provider(url, {
  clients: [
    client('hub', 'client_secret_basic'),
    client('hub-post', 'client_secret_post'),
    client('hub-public', 'none'),
  ],
  features: { devInteractions: { enabled: false }, revocation: { enabled: true, allowedPolicy: async (_ctx, one, token) => token.clientId === one.clientId } },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  scopes: ['openid', 'profile', 'email', 'tasks'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  ttl: { AccessToken: Number(seconds), AuthorizationCode: 60, Grant: 86400, IdToken: 60, Interaction: 600, RefreshToken: 86400, Session: 86400 },
  cookies: { keys: ['a key of the tests'] },
  findAccount: async (_ctx, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: `${id} at the peer`, email: `${id}@peer.example` }),
  }),
  // Every authorization is asked for.
  loadExistingGrant: async (ctx) => {
    const id = ctx.oidc.result?.consent?.grantId;
    return id ? ctx.oidc.provider.Grant.find(id) : undefined;
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
});
// Hub's address differs from test to test.
provider.Client.prototype.redirectUriAllowed = (uri) => new URL(uri).pathname === CALLBACK;

let log = [];
let down = false;
const note = (ctx, error) => log.push({
  grant_type: ctx.oidc.params?.grant_type ?? '', client_id: ctx.oidc.client?.clientId ?? '', error: error?.error ?? '',
});
provider.on('grant.success', (ctx) => note(ctx));
provider.on('grant.error', note);

const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (uid, scope) => `<!doctype html><html lang="en"><title>The peer</title><link rel="icon" href="data:,"><h1>Let Hub in?</h1>
<p>Hub asks for: ${escaped(scope)}</p><form method="post" action="/interaction/${uid}">
<label>Account <input name="account" value="ada"></label>
<button name="choice" value="allow">Allow</button><button name="choice" value="deny">Deny</button></form></html>`;

async function interact(req, res) {
  const { uid, params, session } = await provider.interactionDetails(req, res);
  if (req.method !== 'POST') {
    res.setHeader('content-type', 'text/html; charset=utf-8');
    res.end(page(uid, params.scope ?? ''));
    return;
  }
  let body = '';
  for await (const part of req) body += part;
  const form = new URLSearchParams(body);
  if (form.get('choice') !== 'allow') {
    const refusal = { error: 'access_denied', error_description: 'The person refused' };
    await provider.interactionFinished(req, res, refusal, { mergeWithLastSubmission: false });
    return;
  }
  const accountId = form.get('account') || session?.accountId || 'ada';
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  // A person who is called so lets less in than was asked for.
  const scopes = (params.scope ?? '').split(' ').filter((one) => accountId !== 'careful' || one !== 'tasks');
  grant.addOIDCScope(scopes.join(' '));
  if (accountId === 'careful') grant.rejectOIDCScope('tasks');
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

const acts = {
  '/_log': () => log,
  '/_clear': () => { log = []; down = false; return []; },
  '/_down': () => { down = true; return []; },
  '/_up': () => { down = false; return []; },
};
const serve = provider.callback();
server.on('request', (req, res) => {
  const act = acts[req.url];
  if (act) {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(act()));
  } else if (down) {
    log.push({ grant_type: 'while down', client_id: '', error: '503' });
    res.statusCode = 503;
    res.end('down');
  } else if (req.url.startsWith('/interaction/')) {
    interact(req, res).catch((error) => { res.statusCode = 500; res.end(String(error)); });
  } else {
    serve(req, res);
  }
});
process.stdin.on('end', () => process.exit(0)).resume();
console.log(`READY ${url}`);
