import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { type Caller, CallerTokens } from './caller-tokens.ts';

const T0 = Date.UTC(2026, 0, 1);
const CALLER: Caller = {
  session: 'session-1',
  target: 'fhir',
  principal: { id: 'clinic:ana', kind: 'person', displayName: 'Ana Duarte' },
};

function makeTokens(nowMs: () => number, keyByte = 1): CallerTokens {
  const issuer = () => 'https://sallyport.example';
  return new CallerTokens({ masterKey: Buffer.alloc(32, keyByte), issuer, nowMs });
}

describe('CallerTokens', () => {
  it('says who asks, where and in which session, for a minute', async () => {
    const tokens = makeTokens(() => T0);
    const keys = createLocalJWKSet({ keys: [...tokens.keySet().keys] });
    const options = { audience: 'fhir', issuer: 'https://sallyport.example' };
    const verify = (atMs: number) =>
      jwtVerify(tokens.sign(CALLER), keys, { ...options, currentDate: new Date(atMs) });
    const { payload } = await verify(T0 + 59_000);
    assert.partialDeepStrictEqual(payload, {
      sub: 'clinic:ana',
      session: 'session-1',
      kind: 'person',
      name: 'Ana Duarte',
      exp: T0 / 1_000 + 60,
    });
    await assert.rejects(verify(T0 + 60_000), { code: 'ERR_JWT_EXPIRED' });
  });

  it('is believed of nobody who has another key', async () => {
    const stranger = createLocalJWKSet({ keys: [...makeTokens(() => T0, 2).keySet().keys] });
    const token = makeTokens(() => T0).sign(CALLER);
    await assert.rejects(jwtVerify(token, stranger, { currentDate: new Date(T0) }));
  });

  it('has the same key wherever the masking key is the same', () => {
    assert.deepEqual(makeTokens(() => 0).keySet(), makeTokens(() => 1).keySet());
  });

  it('is made anew while most of its time is left', () => {
    let nowMs = T0;
    const tokens = makeTokens(() => nowMs);
    const first = tokens.sign(CALLER);
    nowMs += 19_999;
    assert.equal(tokens.sign(CALLER), first);
    assert.notEqual(tokens.sign({ ...CALLER, session: 'session-2' }), first);
    nowMs += 1;
    assert.notEqual(tokens.sign(CALLER), first);
  });

  it('is made anew once the clock was set back: nobody takes one from then', () => {
    let nowMs = T0;
    const tokens = makeTokens(() => nowMs);
    const first = tokens.sign(CALLER);
    nowMs -= 60_000;
    assert.notEqual(tokens.sign(CALLER), first);
  });
});
