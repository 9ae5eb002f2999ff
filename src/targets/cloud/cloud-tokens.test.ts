import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unavailable } from '../secrets/request-service.ts';
import { CloudTokens } from './cloud-tokens.ts';

const MINUTE_MS = 60_000;
const ALICE = { principalId: 'alice', target: 'hospital' };
const BOB = { principalId: 'bob', target: 'hospital' };

describe('CloudTokens', () => {
  it('keeps what it got until before its end, and asks once for all who ask at once', async () => {
    let nowMs = 0;
    let asked = 0;
    const tokens = new CloudTokens(
      async () => ({ value: `token-${++asked}`, lifetimeMs: 60 * MINUTE_MS }),
      () => nowMs,
    );
    assert.deepEqual(await Promise.all([tokens.get(ALICE), tokens.get(BOB)]), [
      'token-1',
      'token-1',
    ]);
    nowMs = 54 * MINUTE_MS;
    assert.equal(tokens.get(ALICE), 'token-1');
    nowMs = 55 * MINUTE_MS;
    assert.equal(await tokens.get(ALICE), 'token-2');
  });

  it('gives each principal its own where that is asked for', async () => {
    const tokens = new CloudTokens(
      async ({ principalId }) => ({ value: `for ${principalId}`, lifetimeMs: MINUTE_MS }),
      () => 0,
      ({ principalId }) => principalId,
    );
    assert.equal(await tokens.get(ALICE), 'for alice');
    assert.equal(await tokens.get(BOB), 'for bob');
    assert.equal(tokens.get(ALICE), 'for alice');
  });

  it('gets another when the first was refused, at most every ten seconds', async () => {
    let nowMs = 0;
    let asked = 0;
    const tokens = new CloudTokens(
      async () => ({ value: ++asked, lifetimeMs: 60 * MINUTE_MS }),
      () => nowMs,
    );
    await tokens.get(ALICE);
    assert.equal(tokens.forget(), true);
    assert.equal(await tokens.get(ALICE), 2);
    assert.equal(tokens.forget(), false);
    assert.equal(tokens.get(ALICE), 2);
    nowMs = 10_000;
    assert.equal(tokens.forget(), true);
    assert.equal(await tokens.get(ALICE), 3);
  });

  it('fails for who asks, and tries again for the next', async () => {
    let isAway = true;
    const tokens = new CloudTokens(
      async () => {
        if (isAway) throw unavailable('it does not answer');
        return { value: 'token', lifetimeMs: MINUTE_MS };
      },
      () => 0,
    );
    await assert.rejects(Promise.resolve(tokens.get(ALICE)), { code: 'ERR_SOURCE_UNAVAILABLE' });
    isAway = false;
    assert.equal(await tokens.get(ALICE), 'token');
  });
});
