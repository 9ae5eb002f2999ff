import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { beforeEach, describe, it } from 'node:test';
import type { BrowserSignIns } from './browser-sign-ins.ts';
import type { Principal } from './principal.ts';
import { SiteSignIns } from './site-sign-ins.ts';

const SECRET = 'A'.repeat(43);
const HOST = 'fhir.sallyport.example';
const ANA: Principal = {
  id: 'clinic:ana',
  issuer: 'clinic',
  subject: 'ana',
  kind: 'person',
  displayName: 'Ana',
  groups: [],
  signIn: 'oidc-browser',
  expiresAtMs: 3_600_000,
};

let nowMs: number;
let counts: boolean;
const used = new Set<string>();

function makeSignIns(keyByte = 1): SiteSignIns {
  const authenticateHash: BrowserSignIns['authenticateHash'] = async (secretHash) =>
    counts && secretHash.equals(hash('sha256', SECRET, 'buffer'))
      ? { id: 'si_1', principal: ANA }
      : undefined;
  return new SiteSignIns({
    masterKey: Buffer.alloc(32, keyByte),
    signIns: { authenticateHash },
    once: {
      async remember(id) {
        if (used.has(id)) return false;
        used.add(id);
        return true;
      },
    },
    nowMs: () => nowMs,
  });
}

/** What a browser gets that is signed in, at the host that it comes from. */
async function signIn(signIns: SiteSignIns): Promise<string> {
  const { state, stateHash } = signIns.makeState();
  const code = signIns.mintCode(SECRET, HOST, stateHash);
  const cookie = await signIns.redeem(code, HOST, state);
  assert(cookie);
  return cookie.value;
}

describe('SiteSignIns', () => {
  beforeEach(() => {
    nowMs = 0;
    counts = true;
    used.clear();
  });

  it('carries a sign-in over to a host, for as long as it counts', async () => {
    const signIns = makeSignIns();
    const cookie = await signIn(signIns);
    const known = await signIns.authenticate(cookie, HOST);
    assert(known.kind === 'authenticated');
    assert.equal(known.answer.principal, ANA);
    assert.deepEqual(known.secretHash, hash('sha256', SECRET, 'buffer'));
    counts = false;
    assert.deepEqual(await signIns.authenticate(cookie, HOST), {
      kind: 'rejected',
      reason: 'expired',
    });
  });

  it('takes a code once, within a minute, at its host, from the browser that asked for it', async () => {
    const signIns = makeSignIns();
    const { state, stateHash } = signIns.makeState();
    const code = signIns.mintCode(SECRET, HOST, stateHash);
    const other = signIns.makeState();
    assert.equal(await signIns.redeem(code, 'lab.sallyport.example', state), undefined);
    assert.equal(await signIns.redeem(code, HOST, other.state), undefined);
    assert.equal(await signIns.redeem(code, HOST, stateHash), undefined);
    nowMs = 60_000;
    assert.equal(await signIns.redeem(code, HOST, state), undefined);
    nowMs = 59_999;
    assert.equal((await signIns.redeem(code, HOST, state))?.maxAgeSeconds, 3_540);
    assert.equal(await signIns.redeem(code, HOST, state), undefined);
  });

  it('makes nothing of a code whose sign-in is over', async () => {
    const signIns = makeSignIns();
    const { state, stateHash } = signIns.makeState();
    const code = signIns.mintCode(SECRET, HOST, stateHash);
    counts = false;
    assert.equal(await signIns.redeem(code, HOST, state), undefined);
  });

  it('takes no cookie of another host, of another key, or past its end', async () => {
    const signIns = makeSignIns();
    const cookie = await signIn(signIns);
    assert.equal((await signIns.authenticate(cookie, 'other.example')).kind, 'rejected');
    assert.equal((await makeSignIns(2).authenticate(cookie, HOST)).kind, 'rejected');
    nowMs = ANA.expiresAtMs;
    assert.equal((await signIns.authenticate(cookie, HOST)).kind, 'rejected');
  });

  it('never takes a code for a cookie, nor a cookie for a code', async () => {
    const signIns = makeSignIns();
    const { state, stateHash } = signIns.makeState();
    const code = signIns.mintCode(SECRET, HOST, stateHash);
    assert.equal((await signIns.authenticate(code, HOST)).kind, 'rejected');
    const cookie = await signIn(signIns);
    assert.equal(await signIns.redeem(cookie, HOST, state), undefined);
  });

  it('takes nothing of which a character was changed', async () => {
    const signIns = makeSignIns();
    const cookie = await signIn(signIns);
    for (let index = 0; index < cookie.length - 1; index++) {
      const character = cookie[index] === 'A' ? 'B' : 'A';
      const changed = cookie.slice(0, index) + character + cookie.slice(index + 1);
      assert.equal((await signIns.authenticate(changed, HOST)).kind, 'rejected', String(index));
    }
    for (const text of ['', '.', 'a.b', `${cookie}.`, 'x'.repeat(10_000)]) {
      assert.equal((await signIns.authenticate(text, HOST)).kind, 'rejected');
    }
  });

  it('keeps the state that a browser has', () => {
    const signIns = makeSignIns();
    const first = signIns.makeState();
    assert.deepEqual(signIns.makeState(first.state), first);
    assert.notDeepEqual(signIns.makeState(), first);
  });
});
