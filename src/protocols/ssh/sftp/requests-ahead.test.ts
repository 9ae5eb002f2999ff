import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { OpenFlag, StatusCode } from '../../../wire/sftp/packet-type.ts';
import type { Verdict } from '../../operation-clearance.ts';
import { codeOf } from './sftp-client.fixture.ts';
import { ALLOWED } from './sftp-world.fixture.ts';
import { useSftpWorld } from './use-sftp-world.fixture.ts';

describe('openSftpChannel, of many requests at once', () => {
  const place = useSftpWorld();
  const { at, seen, begin } = place;

  it('sends the target nothing among the data of a WRITE', async () => {
    const content = randomBytes(1_000);
    const approval = Promise.withResolvers<Verdict>();
    const client = await begin({
      rule: ({ text }) =>
        text.includes('stat') ? { kind: 'held', until: approval.promise } : ALLOWED,
    });
    const handle = await client.open(at('up.bin'), OpenFlag.write | OpenFlag.create);
    assert(Buffer.isBuffer(handle), JSON.stringify(handle));
    const stat = client.stat(at('up.bin'));
    const written = await client.writeInHalves(handle, content, async () => {
      approval.resolve(ALLOWED);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    assert.equal(codeOf(written), StatusCode.ok);
    assert.equal((await stat).size, content.length);
    assert.deepEqual(readFileSync(at('up.bin')), content);
  });

  it('takes the data of a WRITE whatever else waits, since that waits for it', async () => {
    const content = randomBytes(20_000);
    const client = await begin();
    const handle = await client.open(at('up.bin'), OpenFlag.write | OpenFlag.create);
    assert(Buffer.isBuffer(handle), JSON.stringify(handle));
    const stats = Array.from({ length: 130 }, () => client.stat(place.directory));
    assert.equal(codeOf(await client.write(handle, 0, content)), StatusCode.ok);
    await Promise.all(stats);
    assert.deepEqual(readFileSync(at('up.bin')), content);
    assert.equal(seen().flow.clientHolds, 0);
  });

  it('goes on while many requests wait for people', async () => {
    const approval = Promise.withResolvers<Verdict>();
    const client = await begin({
      rule: ({ text }) =>
        text.includes('remove') ? { kind: 'held', until: approval.promise } : ALLOWED,
    });
    const removals = Array.from({ length: 200 }, (_, index) =>
      client.ask({ kind: 'remove', path: Buffer.from(at(`${index}`)) }),
    );
    await client.stat(place.directory);
    approval.resolve(ALLOWED);
    for (const answer of await Promise.all(removals)) {
      assert.equal(codeOf(answer), StatusCode.noSuchFile);
    }
  });

  it('has no more than some of many requests under way, and answers all', async () => {
    writeFileSync(at('a.bin'), 'abc');
    const client = await begin();
    const handle = await client.openForReading(at('a.bin'));
    const sentBefore = seen().flow.sentBytes;
    const reads = Array.from({ length: 100_000 }, (_, index) => client.read(handle, index % 3, 1));
    const stats = Array.from({ length: 1_000 }, () => client.stat(at('a.bin')));
    // A READ of the target's handle has 29 bytes.
    assert(seen().flow.sentBytes - sentBefore <= 1_100 * 29);
    assert.equal(seen().flow.clientHolds, 1);
    const found = Buffer.concat((await Promise.all(reads)) as Buffer[]);
    assert.equal(found.toString('latin1'), 'abc'.repeat(33_333) + 'a');
    assert((await Promise.all(stats)).every(({ size }) => size === 3));
    assert.equal(seen().flow.clientHolds, 0);
  });
});
