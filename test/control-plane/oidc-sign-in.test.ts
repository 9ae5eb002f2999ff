import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CONSOLE_CLIENT_ID } from '../../demo/oidc-configuration.ts';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { type OidcChallenge, OidcSignIn } from '../../src/identity/oidc-sign-in.ts';
import { followProvider } from './follow-provider.ts';

const ORIGIN = 'https://127.0.0.1:6443';
const REDIRECT_URI = `${ORIGIN}/sign-in/callback`;

let provider: OidcProvider;
let signIn: OidcSignIn;

before(async () => {
  provider = await startOidcProvider();
  provider.allowConsole([ORIGIN]);
  signIn = new OidcSignIn(
    {
      issuer: provider.issuer,
      clientId: CONSOLE_CLIENT_ID,
      clientSecret: undefined,
      scopes: ['openid', 'profile', 'offline_access'],
      caFile: undefined,
    },
    Date.now,
  );
});
after(() => provider.stop());

/** A sign-in up to the answer of the provider. */
async function begin(): Promise<{ readonly answer: URL; readonly challenge: OidcChallenge }> {
  const { url, challenge } = await signIn.begin(REDIRECT_URI);
  const path = await followProvider(url, { origin: ORIGIN, subject: 'ana' });
  return { answer: new URL(path, ORIGIN), challenge };
}

describe('OidcSignIn', () => {
  it('asks for a code with PKCE, and for no refresh token', async () => {
    const { url, challenge } = await signIn.begin(REDIRECT_URI);
    const asked = new URL(url).searchParams;
    assert.equal(asked.get('code_challenge_method'), 'S256');
    assert.equal(asked.get('state'), challenge.state);
    assert.equal(asked.get('nonce'), challenge.nonce);
    assert.equal(asked.get('scope'), 'openid profile');
    assert.doesNotMatch(url, new RegExp(challenge.codeVerifier));
  });

  it('gets the ID token of who signed in', async () => {
    const { answer, challenge } = await begin();
    const token = await signIn.finish(answer, challenge);
    const claims = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
    ) as { readonly sub: string; readonly nonce: string };
    assert.deepEqual([claims.sub, claims.nonce], ['ana', challenge.nonce]);
  });

  it('refuses the answer to another sign-in, by state, nonce and verifier', async () => {
    const other = (await signIn.begin(REDIRECT_URI)).challenge;
    for (const name of ['state', 'nonce', 'codeVerifier'] as const) {
      const { answer, challenge } = await begin();
      const mixed = { ...challenge, [name]: other[name] };
      await assert.rejects(signIn.finish(answer, mixed), name);
    }
  });

  it('refuses an answer that another issuer signs for, an error, and a code that was used', async () => {
    const { answer, challenge } = await begin();
    const foreign = new URL(answer);
    foreign.searchParams.set('iss', 'https://evil.test');
    await assert.rejects(signIn.finish(foreign, challenge));
    const declined = new URL(`${REDIRECT_URI}?error=access_denied&state=${challenge.state}`);
    await assert.rejects(signIn.finish(declined, challenge));
    await signIn.finish(answer, challenge);
    await assert.rejects(signIn.finish(answer, challenge));
  });

  it('knows where the provider ends its own sign-in', async () => {
    const url = await signIn.findSignOutUrl();
    assert.ok(url === undefined || url.startsWith(provider.issuer));
  });
});
