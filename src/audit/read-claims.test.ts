import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readClaims } from './read-claims.ts';
import { formatVerifierKey, signCheckpoint } from './signed-note.ts';

describe('readClaims', () => {
  it('keeps two roots that were signed of one size, and no more: two contradict each other', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-claims-'));
    const { privateKey } = generateKeyPairSync('ed25519');
    const origin = 'gw-1.0';
    const keptNotes = ['a', 'b', 'c', 'd'].map((text) =>
      signCheckpoint({ origin, size: 1, root: hash('sha256', text, 'buffer') }, privateKey),
    );
    const key = formatVerifierKey(origin, createPublicKey(privateKey));
    const read = await readClaims(directory, origin, { key, witnesses: [], keptNotes });
    await rm(directory, { recursive: true });
    assert('claims' in read);
    assert.deepEqual(
      read.claims.map(({ size, root }) => [size, root.toString('hex')]),
      ['a', 'b'].map((text) => [1, hash('sha256', text, 'hex')]),
    );
  });
});
