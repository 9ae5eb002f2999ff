import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  createFakeServices,
  createPrincipal,
  type FakeServices,
  T0,
} from '../../../test/control-plane/fake-services.ts';
import { SiteSignIns } from '../../identity/site-sign-ins.ts';
import { type BrowserAnswer, formatPage } from './browser-answer.ts';
import { checkReturnPath } from './return-path.ts';
import type { SignInProvider } from './sign-in-providers.ts';
import { signInToSite } from './site-sign-in.ts';

const STATE = 'S'.repeat(43);
const TO = 'fhir.sallyport:8443';

let services: FakeServices;
let siteSignIns: SiteSignIns;

function provider(name: string): SignInProvider {
  const unused = () => assert.fail('nobody goes there');
  return { kind: 'oidc', name, begin: unused, finish: unused, findSignOutUrl: unused };
}

async function ask(
  parameters: Readonly<Record<string, string>>,
  cookie?: string,
): Promise<BrowserAnswer> {
  const query = new URLSearchParams({ to: TO, state: STATE, ...parameters });
  return signInToSite(services, {
    ...{ target: `/sign-in/site?${query.toString()}`, query, form: new URLSearchParams() },
    ...{ cookie: cookie === undefined ? [] : [cookie], host: ['localhost:6443'] },
    ...{ userAgent: 'test', clientAddress: '127.0.0.1', signal: new AbortController().signal },
  });
}

/** The cookie of somebody who has signed in. */
async function signIn(name: string): Promise<string> {
  const { signIn: _, expiresAtMs: __, ...principal } = createPrincipal(name);
  const who = { principal, method: 'oidc-browser', clientAddress: '::1', userAgent: '' } as const;
  const { secret, signIn: made } = services.signIns.prepare(who);
  await services.signIns.open(made);
  return `__Host-sallyport=${secret}`;
}

describe('signing in at the host of a target', () => {
  beforeEach(() => {
    services = createFakeServices({
      findSite: (authority) => (authority === TO ? 'fhir' : undefined),
      signInProviders: () => [provider('idp')],
    });
    const used = new Set<string>();
    siteSignIns = new SiteSignIns({
      masterKey: Buffer.alloc(32, 1),
      signIns: services.signIns,
      once: {
        remember: async (id) => {
          const isNew = !used.has(id);
          used.add(id);
          return isNew;
        },
      },
      nowMs: () => T0,
    });
    services = Object.assign(services, { siteSignIns });
  });

  it('gives who is signed in a code for that host and that browser, entered in the ledger before', async () => {
    const { state, stateHash } = siteSignIns.makeState();
    const answer = await ask({ state: stateHash }, await signIn('alice'));
    assert(answer.kind === 'redirect');
    const { origin, pathname, searchParams } = new URL(answer.location);
    assert.equal(origin + pathname, `https://${TO}/.sallyport/signed-in`);
    const cookie = await siteSignIns.redeem(
      searchParams.get('code') ?? '',
      'fhir.sallyport',
      state,
    );
    assert(cookie);
    const known = await siteSignIns.authenticate(cookie.value, 'fhir.sallyport');
    assert(known.kind === 'authenticated');
    assert.equal(known.answer.principal.id, 'idp:alice');
    assert.partialDeepStrictEqual(services.entries, [
      { kind: 'sign-in', principal: 'idp:alice', target: 'fhir' },
    ]);
  });

  it('has a browser ask again from a page of ours before it is sent to sign in', async () => {
    const first = await ask({});
    assert(first.kind === 'page' && first.goOn !== undefined);
    assert.match(first.goOn, /^\/sign-in\/site\?.*step=look$/);
    const second = await ask({ step: 'look' });
    assert(second.kind === 'redirect');
    const sent = new URL(second.location, 'https://localhost');
    assert.equal(sent.pathname, '/sign-in');
    const back = checkReturnPath(sent.searchParams.get('return') ?? undefined);
    assert.match(back, /^\/sign-in\/site\?.*step=return$/);
    const third = await ask({ step: 'return' });
    assert(third.kind === 'page' && third.goOn !== undefined);
    // A browser that keeps no cookies would go round for ever.
    const last = await ask({ step: 'look-again' });
    assert(last.kind === 'text' && last.status === 400);
    assert.match(last.text, /does not keep the cookie/);
  });

  it('lets a person choose where there are several providers', async () => {
    services = Object.assign(services, { signInProviders: () => [provider('a'), provider('<b>')] });
    const answer = await ask({ step: 'look' });
    assert(answer.kind === 'page');
    assert.equal(answer.links.length, 2);
    const page = formatPage(answer);
    assert(page.includes('&lt;b&gt;') && !page.includes('<b>'));
  });

  it('says the same of targets that are not there and of those that are forbidden', async () => {
    const cookie = await signIn('alice');
    const unknown = await ask({ to: 'nothing.sallyport' }, cookie);
    services.allow = () => false;
    const forbidden = await ask({}, cookie);
    assert.deepEqual(forbidden, unknown);
    assert(unknown.kind === 'text' && unknown.status === 404);
    assert.equal(services.entries.length, 0);
  });

  it('gives nobody a code while it cannot be entered', async () => {
    const cookie = await signIn('alice');
    services.ledgerWorks = false;
    await assert.rejects(ask({}, cookie));
  });

  it('takes no address that is none, and no step that is not ours', async () => {
    const cookie = await signIn('alice');
    for (const wrong of [
      { to: 'evil.example/' },
      { to: 'a@b' },
      { to: '' },
      { to: 'FHIR.sallyport' },
      { state: 'short' },
      { state: `${STATE}"` },
      { step: 'x' },
    ]) {
      const answer = await ask(wrong, cookie);
      assert(answer.kind === 'text' && answer.status === 400, JSON.stringify(wrong));
    }
  });
});
