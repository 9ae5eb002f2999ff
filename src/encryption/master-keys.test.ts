import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type KmsService, startKmsService } from '../../test/encryption/kms-service.ts';
import { startTransitService, type TransitService } from '../../test/encryption/transit-service.ts';
import { AwsKmsKey } from './aws-kms.ts';
import { DayKeyFiles } from './day-key-files.ts';
import { inspectKeys } from './inspect-keys.ts';
import { LocalMasterKey } from './local-master-key.ts';
import type { MasterKey } from './master-key.ts';
import { MasterKeyRing } from './master-key-ring.ts';
import { VaultTransitKey } from './vault-transit.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const NOON = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;

let transit: TransitService;
let kms: KmsService;

function openTransit(
  readToken: () => Promise<string> = async () => transit.token,
): VaultTransitKey {
  return new VaultTransitKey({
    address: transit.url,
    mount: 'transit',
    key: 'sallyport',
    readToken,
  });
}

function openKms(): AwsKmsKey {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
  const region = 'eu-central-1';
  return new AwsKmsKey({ key: 'alias/sallyport', region, endpoint: kms.url, credentials });
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    transit = await startTransitService();
    kms = await startKmsService('alias/sallyport');
  });
  after(async () => {
    await transit[Symbol.asyncDispose]();
    await kms[Symbol.asyncDispose]();
  });
}

describe('every master key', () => {
  prepareTests();

  const kinds: [string, () => MasterKey][] = [
    ['held by the process', () => new LocalMasterKey(Buffer.alloc(32, 9), 'a test')],
    ['in Vault or OpenBao', () => openTransit()],
    ['in AWS KMS', () => openKms()],
  ];
  for (const [where, open] of kinds) {
    it(`${where} opens what it wrapped, for this purpose only`, async () => {
      const wrapped = await open().wrap(KEY, 'content 2026-11-21');
      assert.match(wrapped, /^[\x21-\x7e]+$/);
      assert(!wrapped.includes(KEY.toString('base64')));
      assert.deepEqual(await open().unwrap(wrapped, 'content 2026-11-21'), KEY);
      const changed = `${wrapped.slice(0, -8)}AAAAAAA=`;
      for (const [other, purpose] of [
        [wrapped, 'content 2026-11-22'],
        [changed, 'content 2026-11-21'],
        ['local:0123:AAAA', 'content 2026-11-21'],
        ['', 'content 2026-11-21'],
      ] as const) {
        await assert.rejects(open().unwrap(other, purpose), { code: 'ERR_KEY_REFUSED' });
      }
    });
  }
});

describe('VaultTransitKey', () => {
  prepareTests();

  it('goes on with a renewed token, and after the key was rotated there', async () => {
    const wrapped = await openTransit().wrap(KEY, 'test');
    transit.token = 'hvs.second';
    transit.rotate();
    assert.deepEqual(await openTransit().unwrap(wrapped, 'test'), KEY);
    assert.match(await openTransit().wrap(KEY, 'test'), /^vault-transit:vault:v2:/);
  });

  it('tells a refusal from a service that is away, and never says the token', async () => {
    const wrapped = await openTransit().wrap(KEY, 'test');
    const stranger = openTransit(async () => 'hvs.stolen');
    await assert.rejects(stranger.unwrap(wrapped, 'test'), (error: Error) => {
      assert.equal('code' in error && error.code, 'ERR_KEY_REFUSED');
      assert.doesNotMatch(error.message, /hvs/);
      return true;
    });
    transit.isSealed = true;
    await assert.rejects(openTransit().unwrap(wrapped, 'test'), { code: 'ERR_KEY_UNAVAILABLE' });
    transit.isSealed = false;
    const nobody = new VaultTransitKey({
      ...{ address: 'http://127.0.0.1:1', mount: 'transit', key: 'sallyport' },
      readToken: async () => 'hvs.second',
    });
    await assert.rejects(nobody.wrap(KEY, 'test'), {
      code: 'ERR_KEY_UNAVAILABLE',
      message: /the connection failed \(ECONNREFUSED\)$/,
    });
    const noToken = openTransit(async () => Promise.reject(new Error('secret path')));
    await assert.rejects(noToken.wrap(KEY, 'test'), { message: /its token cannot be read$/ });
  });
});

describe('AwsKmsKey', () => {
  prepareTests();

  it('tells a refusal from a service that is away, and says no more than its name', async () => {
    const wrapped = await openKms().wrap(KEY, 'test');
    for (const [failure, code] of [
      ['DisabledException', 'ERR_KEY_REFUSED'],
      ['AccessDeniedException', 'ERR_KEY_REFUSED'],
      ['KMSInternalException', 'ERR_KEY_UNAVAILABLE'],
    ] as const) {
      kms.failure = failure;
      await assert.rejects(openKms().unwrap(wrapped, 'test'), {
        code,
        message: `Cannot unwrap key with key alias/sallyport of AWS KMS in eu-central-1: ${failure}`,
      });
    }
    kms.failure = undefined;
  });
});

describe('a change of the master key', () => {
  prepareTests();

  it('moves day keys from one kind to another, and finds what is left behind', async () => {
    const dataDirectory = await mkdtemp(path.join(tmpdir(), 'rewrap-'));
    try {
      const open = (masterKey: MasterKeyRing): DayKeyFiles =>
        new DayKeyFiles({ dataDirectory, purpose: 'content', masterKey });
      const old = new LocalMasterKey(Buffer.alloc(32, 9), 'the old one');
      const before = open(new MasterKeyRing(old, []));
      const wrapped = (await before.open(NOON)).wrap(KEY, 'test');
      await before.open(NOON + DAY_MS);

      const ring = new MasterKeyRing(openTransit(), [old]);
      const during = await open(ring).of('2026-11-21');
      assert(during.state === 'open');
      assert.deepEqual(during.key.unwrap(wrapped, 'test'), KEY);
      const alone = new MasterKeyRing(openTransit(), []);
      const { problems } = await inspectKeys(alone, [open(alone)]);
      assert.equal(problems.length, 2);
      assert.match(problems[0] ?? '', /content 2026-11-22 was wrapped by another master key/);

      assert.equal(await open(ring).rewrap(ring.current), 2);
      assert.deepEqual(await inspectKeys(alone, [open(alone)]), {
        masterKey: alone.description,
        opened: 2,
        destroyed: 0,
        problems: [],
      });
      const after = await open(alone).of('2026-11-21');
      assert(after.state === 'open');
      assert.deepEqual(after.key.unwrap(wrapped, 'test'), KEY);
    } finally {
      await rm(dataDirectory, { recursive: true });
    }
  });

  it('says of a service that refuses what is wrong, once', async () => {
    const ring = new MasterKeyRing(
      openTransit(async () => 'hvs.stolen'),
      [],
    );
    const { problems } = await inspectKeys(ring, []);
    assert.deepEqual(problems, [
      `Cannot wrap key with key sallyport of ${transit.url}/transit: it answered with status 403`,
    ]);
  });
});
