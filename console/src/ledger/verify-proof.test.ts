import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { verifyProof } from './verify-proof.ts';

const LOG = 'gw-1.0';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const RAW_KEY = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
const TYPED_KEY = Buffer.concat([Buffer.of(1), RAW_KEY]);
const KEY_ID = createHash('sha256').update(`${LOG}\n`).update(TYPED_KEY).digest().subarray(0, 4);
const VERIFIER_KEY = `${LOG}+${KEY_ID.toString('hex')}+${TYPED_KEY.toString('base64')}`;

function sha(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** RFC 6962, section 2.1, as it is written there. */
function rootOf(entries: readonly Buffer[]): Buffer {
  if (entries.length === 1) return sha(Buffer.of(0), entries[0] as Buffer);
  const split = splitOf(entries.length);
  return sha(Buffer.of(1), rootOf(entries.slice(0, split)), rootOf(entries.slice(split)));
}

/** RFC 6962, section 2.1.1, as it is written there. */
function pathTo(index: number, entries: readonly Buffer[]): Buffer[] {
  if (entries.length === 1) return [];
  const split = splitOf(entries.length);
  const [left, right] = [entries.slice(0, split), entries.slice(split)];
  return index < split
    ? [...pathTo(index, left), rootOf(right)]
    : [...pathTo(index - split, right), rootOf(left)];
}

function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function noteOf(entries: readonly Buffer[], name = LOG): string {
  const text = `${name}\n${entries.length}\n${rootOf(entries).toString('base64')}\n`;
  const signature = Buffer.concat([KEY_ID, sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

function proofOf(index: number, entries: readonly Buffer[]): Parameters<typeof verifyProof>[0] {
  return {
    log: LOG,
    index,
    bytes: (entries[index] as Buffer).toString('base64'),
    checkpoint: noteOf(entries),
    path: pathTo(index, entries).map((hash) => hash.toString('base64')),
  };
}

function entriesOf(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(`{"seq":${index}}`));
}

async function isVerified(
  proof: Parameters<typeof verifyProof>[0],
  key = VERIFIER_KEY,
): Promise<boolean> {
  return (await verifyProof(proof, key)).kind === 'verified';
}

describe('verifyProof', () => {
  it('verifies every entry of logs of every size', async () => {
    for (let size = 1; size <= 33; size++) {
      const entries = entriesOf(size);
      for (let index = 0; index < size; index++) {
        assert.ok(await isVerified(proofOf(index, entries)), `entry ${index} of ${size}`);
      }
    }
  });

  it('refutes another entry, another place and another size', async () => {
    const entries = entriesOf(11);
    const proof = proofOf(4, entries);
    assert.equal(
      await isVerified({ ...proof, bytes: Buffer.from('{"seq":5}').toString('base64') }),
      false,
    );
    for (let index = 0; index < 13; index++) {
      if (index !== 4) assert.equal(await isVerified({ ...proof, index }), false, `as ${index}`);
    }
    assert.equal(await isVerified({ ...proof, checkpoint: noteOf(entriesOf(12)) }), false);
  });

  it('refutes a path that is longer, shorter or changed', async () => {
    const proof = proofOf(3, entriesOf(9));
    const [first = '', ...rest] = proof.path;
    for (const path of [rest, [...proof.path, first], [first, first, ...rest], []]) {
      assert.equal(await isVerified({ ...proof, path }), false);
    }
    const changed = Buffer.from(first, 'base64');
    changed[7] = (changed[7] ?? 0) ^ 1;
    assert.equal(
      await isVerified({ ...proof, path: [changed.toString('base64'), ...rest] }),
      false,
    );
  });

  it('refutes a checkpoint that is changed anywhere', async () => {
    const proof = proofOf(2, entriesOf(5));
    for (let at = 0; at < proof.checkpoint.length; at++) {
      const note = proof.checkpoint;
      // A line end after the signature changes nothing; the last bits of base64 may not either.
      if (at >= note.length - 4) continue;
      const other = note[at] === 'x' ? 'y' : 'x';
      const checkpoint = note.slice(0, at) + other + note.slice(at + 1);
      assert.equal(await isVerified({ ...proof, checkpoint }), false, `byte ${at}`);
      assert.equal(
        await isVerified({ ...proof, checkpoint: note.slice(0, at) }),
        false,
        `cut ${at}`,
      );
    }
  });

  it('refutes by the key of another log, or by no key', async () => {
    const proof = proofOf(0, entriesOf(2));
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
    const typed = Buffer.concat([Buffer.of(1), other.subarray(-32)]);
    const id = createHash('sha256').update(`${LOG}\n`).update(typed).digest('hex').slice(0, 8);
    for (const key of [
      `${LOG}+${id}+${typed.toString('base64')}`,
      VERIFIER_KEY.replace(LOG, 'gw-2.0'),
      `${LOG}+00000000+${TYPED_KEY.toString('base64')}`,
      '',
      'nothing',
    ]) {
      assert.equal(await isVerified(proof, key), false, key);
    }
    assert.equal(await isVerified({ ...proof, checkpoint: noteOf(entriesOf(2), 'gw-2.0') }), false);
  });
});
