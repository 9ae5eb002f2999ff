import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { BaoService } from '../../../../test/secrets/bao-service.ts';
import type { BaoSettings } from '../../../configuration/secret-source-settings.ts';
import { createSecretResolver, type ResolveSecret } from '../../secret-resolver.ts';
import { SecretSources } from '../secret-sources.ts';
import { SecretUse } from '../secret-use.ts';

const MINUTE_MS = 60_000;

let nowMs = 0;
let bao: BaoService;
let sources: SecretSources;
let resolve: ResolveSecret;
let problems: string[];

function open(changes: Partial<BaoSettings> = {}): void {
  const settings: BaoSettings = {
    kind: 'openbao',
    address: bao.url,
    namespace: undefined,
    caFile: undefined,
    authentication: {
      kind: 'appRole',
      mount: 'approle',
      roleId: 'gateway',
      secretId: 'env:SECRET_ID',
    },
    engines: new Map([
      ['kv', 'kv2'],
      ['database', 'database'],
    ]),
    lifetimeMs: 5 * MINUTE_MS,
    ...changes,
  };
  sources = new SecretSources(new Map([['bao', settings]]), {
    resolveSecret: async () => Buffer.from(bao.secretId),
    nowMs: () => nowMs,
    onProblem: (name, { reason }) => void problems.push(`${name}: ${reason}`),
  });
  resolve = createSecretResolver({ environment: {}, vault: undefined, sources });
}

async function text(reference: string, use?: SecretUse): Promise<string> {
  return (await resolve(reference, use)).toString();
}

/** In steps of a minute, as the sweep of every second would be. */
async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    nowMs += MINUTE_MS;
    await sources.sweep();
  }
}

function countLogins(): number {
  return bao.requests.filter(({ url }) => url.endsWith('/login')).length;
}

function startBao(): void {
  beforeEach(async () => {
    nowMs = 1_000_000;
    problems = [];
    bao = await BaoService.start(() => nowMs);
    open();
  });
  afterEach(async () => {
    await sources[Symbol.asyncDispose]();
    await bao[Symbol.asyncDispose]();
  });
}

describe('BaoSource', () => {
  startBao();

  it('reads key-value pairs, whole and by field, with one login', async () => {
    bao.pairs.set('ward/hospital', {
      user: 'gateway',
      password: 'pä55 "word"',
      port: 5432,
      more: {},
    });
    assert.equal(await text('bao:kv/ward/hospital#password'), 'pä55 "word"');
    assert.equal(await text('bao:kv/ward/hospital#port'), '5432');
    assert.deepEqual(JSON.parse(await text('bao:kv/ward/hospital')), {
      user: 'gateway',
      password: 'pä55 "word"',
      port: '5432',
    });
    await assert.rejects(text('bao:kv/ward/hospital#more'), { reason: 'has no such field' });
    await assert.rejects(text('bao:kv/ward/hospital#constructor'), { reason: 'has no such field' });
    await assert.rejects(text('bao:kv/nothing#x'), { reason: 'it answered with status 404' });
    assert.equal(countLogins(), 1);
  });

  it('uses a rotated pair when its lifetime is over', async () => {
    bao.pairs.set('hospital', { password: 'first' });
    assert.equal(await text('bao:kv/hospital#password'), 'first');
    bao.pairs.set('hospital', { password: 'second' });
    await pass(3);
    assert.equal(await text('bao:kv/hospital#password'), 'first');
    await pass(2);
    assert.equal(await text('bao:kv/hospital#password'), 'second');
  });

  it('has users made, of whom name and password belong together, and takes them back', async () => {
    const use = new SecretUse();
    const user = await text('bao:database/creds/reader#username', use);
    assert.equal(await text('bao:database/creds/reader#password', use), `A1a-${user}`);
    assert.deepEqual(bao.users(), [user]);
    await pass(120);
    assert.deepEqual(bao.users(), [user], 'renewed, like the token that it hangs on');
    assert.equal(countLogins(), 1);
    use.end();
    await sources[Symbol.asyncDispose]();
    assert.deepEqual(bao.users(), []);
  });

  it('lets new sessions have another user before the old one ends, and keeps that while its session runs', async () => {
    bao.maxMs = 25 * MINUTE_MS;
    const running = new SecretUse();
    const user = await text('bao:database/creds/reader#username', running);
    await pass(22);
    assert.equal(await text('bao:database/creds/reader#username'), user, 'who asks does not wait');
    while ((await text('bao:database/creds/reader#username')) === user) {
      await new Promise(setImmediate);
    }
    const next = new SecretUse();
    const other = await text('bao:database/creds/reader#username', next);
    assert.deepEqual(bao.users(), [user, other]);
    running.end();
    while (bao.users().length > 1) await new Promise(setImmediate);
    assert.deepEqual(bao.users(), [other]);
    next.end();
  });

  it('logs in anew when its token was revoked, and not for every refusal', async () => {
    bao.pairs.set('hospital', { password: 'first' });
    await text('bao:kv/hospital#password');
    bao.revokeTokens();
    await pass(6);
    assert.equal(await text('bao:kv/hospital#password'), 'first');
    assert.equal(countLogins(), 2);
    bao.namespace = 'elsewhere';
    for (let times = 0; times < 5; times++) {
      await assert.rejects(text('bao:kv/other#password'), { code: 'ERR_SECRET' });
    }
    assert(countLogins() <= 4);
  });

  it('keeps a token that may not do something, since leases hang on it', async () => {
    const use = new SecretUse();
    const user = await text('bao:database/creds/reader#username', use);
    await pass(5);
    await assert.rejects(text('bao:kv/forbidden#x'), { reason: 'it answered with status 403' });
    assert.equal(countLogins(), 1);
    await pass(120);
    assert.deepEqual(bao.users(), [user]);
    use.end();
  });

  it('logs in by the token of its pod, read anew, and in a namespace', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-bao-'));
    try {
      const tokenFile = join(directory, 'token');
      await writeFile(tokenFile, `${bao.secretId}\n`);
      bao.pairs.set('hospital', { password: 'first' });
      bao.namespace = 'clinic/ward';
      const authentication = {
        kind: 'kubernetes',
        mount: 'kubernetes',
        role: 'gateway',
        tokenFile,
      } as const;
      open({ namespace: 'clinic/ward', authentication });
      assert.equal(await text('bao:kv/hospital#password'), 'first');
      bao.secretId = 'second';
      await writeFile(tokenFile, 'second');
      bao.revokeTokens();
      await pass(6);
      assert.equal(await text('bao:kv/hospital#password'), 'first');
      await rm(tokenFile);
      bao.revokeTokens();
      await pass(6);
      await assert.rejects(text('bao:kv/hospital#password'), {
        reason: 'the token of the service account cannot be read',
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('asks with a token that somebody else renews as it is at that time', async () => {
    open({ authentication: { kind: 'token', token: 'env:TOKEN' } });
    for (const token of ['hvs.one', 'hvs.other']) {
      bao.secretId = token;
      await assert.rejects(text('bao:kv/hospital#password'), { code: 'ERR_SECRET' });
      assert.equal(bao.requests.at(-1)?.headers['x-vault-token'], token);
    }
    assert.equal(countLogins(), 0);
  });

  it('goes on with what it has while it is away, and then fails closed and says why', async () => {
    bao.pairs.set('hospital', { password: 'first' });
    const use = new SecretUse();
    await text('bao:kv/hospital#password');
    const user = await text('bao:database/creds/reader#username', use);
    bao.isSealed = true;
    await pass(4);
    assert.equal(await text('bao:kv/hospital#password'), 'first');
    await pass(1);
    await assert.rejects(text('bao:kv/hospital#password'), {
      message: 'Cannot read secret bao:kv/hospital#password: it answered with status 503',
    });
    assert.equal(await text('bao:database/creds/reader#username'), user);
    await pass(5);
    await assert.rejects(text('bao:database/creds/reader#username'), { code: 'ERR_SECRET' });
    bao.isSealed = false;
    assert.notEqual(await text('bao:database/creds/reader#username'), user);
    use.end();
  });

  it('never says a token or a secret', async () => {
    bao.pairs.set('hospital', { password: 'hunter2' });
    const said: string[] = [];
    bao.secretId = 'hunter2-secret-id';
    await text('bao:kv/hospital#password');
    bao.secretId = 'other';
    bao.revokeTokens();
    for (const reference of [
      'bao:kv/hospital#nothing',
      'bao:kv/other#password',
      'bao:database/creds/x',
    ]) {
      await text(reference).catch((error: unknown) => said.push(String((error as Error).stack)));
      await text(reference).catch((error: unknown) => said.push(JSON.stringify(error)));
    }
    bao.isSealed = true;
    await pass(10);
    said.push(...problems);
    assert.equal(said.length >= 6, true);
    assert.doesNotMatch(said.join('\n'), /hunter2|hvs\./);
  });

  it('takes a token only if it can be one', async () => {
    bao.secretId = 'first\r\nx-vault-namespace: other';
    await sources[Symbol.asyncDispose]();
    open({ authentication: { kind: 'token', token: 'env:TOKEN' } });
    await assert.rejects(text('bao:kv/hospital#password'), {
      reason: 'its token has characters that no token has',
    });
    assert.equal(bao.requests.length, 0);
  });

  it('gives back what it read when other settings are in force', async () => {
    const user = await text('bao:database/creds/reader#username', new SecretUse());
    assert.deepEqual(bao.users(), [user]);
    sources.reconfigure(new Map());
    while (bao.users().length > 0) await new Promise(setImmediate);
    await assert.rejects(text('bao:database/creds/reader#username'), {
      message:
        'Cannot read secret reference: must start with env:, file: or vault:, or name a source',
    });
  });
});
