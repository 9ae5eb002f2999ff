import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import { SecretCache } from '../../targets/secrets/secret-cache.ts';
import { FreshSecret } from './fresh-secret.ts';

const MINUTE_MS = 60_000;

describe('FreshSecret', () => {
  it('is read anew at its source when it was not taken, and is believed no longer than it is valid', async () => {
    let nowMs = 1_000_000;
    let secret = 'first';
    const cache = new SecretCache({ nowMs: () => nowMs, onProblem: () => undefined });
    const read = async (): Promise<{ content: Buffer; lifetimeMs: number }> => ({
      content: Buffer.from(secret),
      lifetimeMs: MINUTE_MS,
    });
    const resolve: ResolveSecret = (key, use) =>
      cache.get({ key, read, pick: (content) => Buffer.from(content as Buffer) }, use);
    const fresh = new FreshSecret(
      async (ask) => ({ value: await ask('bao:kv/api#token'), untilMs: nowMs + 10 * MINUTE_MS }),
      resolve,
      () => nowMs,
    );
    assert.equal(await fresh.get(), 'first');
    assert.equal(fresh.get(), 'first', 'at once');
    secret = 'second';
    nowMs += 30_000;
    assert.equal(fresh.get(), 'first');
    fresh.forget();
    assert.equal(await fresh.get(), 'second');
    secret = 'third';
    nowMs += MINUTE_MS;
    assert.equal(await fresh.get(), 'third');
    fresh.end();
  });
});
