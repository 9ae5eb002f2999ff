import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { findCosignature, formatWitnessKey, witnessVerifier } from '../cosignature.ts';
import { hashLeaf, MerkleFrontier } from '../merkle-frontier.ts';
import type { MerklePath } from '../merkle-proof.ts';
import { formatVerifierKey, parseVerifierKey, signCheckpoint, splitNote } from '../signed-note.ts';
import { TileTree } from '../tile-tree.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
import { Witness, type WitnessAnswer } from './witness.ts';

const ORIGIN = 'gw-1.0';
const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const logKey = generateKeyPairSync('ed25519');
const key = { name: 'auditor.example/w1', privateKey: generateKeyPairSync('ed25519').privateKey };
const logVerifier = parseVerifierKey(formatVerifierKey(ORIGIN, logKey.publicKey));
const LEAVES = Array.from({ length: 100 }, (_, index) =>
  Buffer.from(hashLeaf(Buffer.from(`entry ${index}`)), 'hex'),
);

let directory: string;
let witnesses = 0;

function newWitness(at: string = path.join(directory, String(witnesses++))): Witness {
  return new Witness({
    directory: at,
    key,
    findLogKeys: async (origin) =>
      origin === ORIGIN && logVerifier !== undefined ? [logVerifier] : [],
    nowMs: () => AT_MS,
  });
}

function noteOf(leaves: readonly Buffer[], origin = ORIGIN, signer = logKey.privateKey): string {
  const frontier = new MerkleFrontier();
  for (const leaf of leaves) frontier.append(leaf);
  return signCheckpoint({ origin, size: leaves.length, root: frontier.root() }, signer);
}

/** From tiles, as a log does it. */
async function prove(oldSize: number, size: number): Promise<MerklePath> {
  const log = path.join(directory, 'log');
  const place = path.join(log, 'tile/0/000.p', String(size));
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, Buffer.concat(LEAVES.slice(0, size)));
  return new TileTree(log, size).proveConsistency(oldSize);
}

async function ask(witness: Witness, oldSize: number, size: number): Promise<WitnessAnswer> {
  const proof = await prove(oldSize, size);
  const note = noteOf(LEAVES.slice(0, size));
  return witness.addCheckpoint(formatAddCheckpoint({ oldSize, proof, note }));
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-witness-'));
  });
  after(() => rm(directory, { recursive: true }));
}

describe('Witness', () => {
  prepareTests();

  it('cosigns a log as it grows, at the time it is', async () => {
    const witness = newWitness();
    for (const [oldSize, size] of [
      [0, 3],
      [3, 3],
      [3, 64],
      [64, 100],
    ] as const) {
      const { status, body } = await ask(witness, oldSize, size);
      assert.equal(status, 200);
      const note = splitNote(noteOf(LEAVES.slice(0, size)) + body);
      assert(typeof note === 'object');
      assert.equal(findCosignature(note, witnessVerifier(key)), AT_MS - 678);
    }
  });

  it('says where it stands when the log believes otherwise', async () => {
    const witness = newWitness();
    await ask(witness, 0, 40);
    for (const oldSize of [0, 39]) {
      assert.deepEqual(await ask(witness, oldSize, 50), {
        status: 409,
        contentType: 'text/x.tlog.size',
        body: '40\n',
      });
    }
  });

  it('never cosigns a smaller log, nor another of the same size, nor one that does not continue', async () => {
    const at = path.join(directory, 'firm');
    await ask(newWitness(at), 0, 40);
    // State outlives the process.
    const witness = newWitness(at);
    const forged = LEAVES.with(7, Buffer.alloc(32));
    const cases: [number, MerklePath, string, number][] = [
      [39, [], noteOf(LEAVES.slice(0, 39)), 409],
      [40, [], noteOf(LEAVES.slice(0, 39)), 400],
      [40, [], noteOf(forged.slice(0, 40)), 409],
      [40, await prove(40, 50), noteOf(forged.slice(0, 50)), 422],
      [40, [], noteOf(LEAVES.slice(0, 50)), 422],
      [40, (await prove(40, 50)).toReversed(), noteOf(LEAVES.slice(0, 50)), 422],
      [40, [Buffer.alloc(32)], noteOf(LEAVES.slice(0, 40)), 422],
    ];
    for (const [oldSize, proof, note, status] of cases) {
      const answer = await witness.addCheckpoint(formatAddCheckpoint({ oldSize, proof, note }));
      assert.equal(answer.status, status, note);
    }
    assert.equal((await ask(witness, 40, 50)).status, 200);
  });

  it('cosigns one of two branches that come at the same time', async () => {
    const witness = newWitness();
    await ask(witness, 0, 40);
    const forged = LEAVES.with(45, Buffer.alloc(32));
    const answers = await Promise.all([
      ask(witness, 40, 50),
      ask(witness, 40, 60),
      witness.addCheckpoint(
        formatAddCheckpoint({
          oldSize: 40,
          proof: await prove(40, 50),
          note: noteOf(forged.slice(0, 50)),
        }),
      ),
      ask(witness, 40, 50),
    ]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  });

  it('knows logs by their name and key', async () => {
    const witness = newWitness();
    const other = generateKeyPairSync('ed25519').privateKey;
    const send = (note: string): Promise<WitnessAnswer> =>
      witness.addCheckpoint(formatAddCheckpoint({ oldSize: 0, proof: [], note }));
    assert.equal((await send(noteOf(LEAVES.slice(0, 1), 'gw-2.0'))).status, 404);
    assert.equal((await send(noteOf(LEAVES.slice(0, 1), ORIGIN, other))).status, 403);
    const two = `${noteOf(LEAVES.slice(0, 1))}— somebody AAAA\n`;
    assert.equal((await send(two)).status, 200);
  });

  it('does not answer when its state is damaged or cannot be written', async () => {
    const at = path.join(directory, 'damaged');
    const witness = newWitness(at);
    await ask(witness, 0, 40);
    const [file = ''] = await readdir(path.join(at, 'latest'));
    const state = path.join(at, 'latest', file);
    assert((await readFile(state, 'utf8')).startsWith(`${ORIGIN}\n40\n`));
    await writeFile(state, '');
    await assert.rejects(ask(witness, 40, 50), /damaged/);
    await assert.rejects(ask(witness, 0, 50), /damaged/);

    const blocked = newWitness(path.join(directory, 'blocked'));
    await writeFile(path.join(directory, 'blocked'), 'a file where a directory belongs');
    await assert.rejects(ask(blocked, 0, 50));
  });

  it('has a public key of its own kind', () => {
    assert.equal(parseVerifierKey(formatWitnessKey(key)), undefined);
    assert.equal(
      parseVerifierKey(formatVerifierKey(ORIGIN, logKey.publicKey), 'witness'),
      undefined,
    );
  });

  it('verifies the cosignature of the specification’s kind only over its own text', async () => {
    const witness = newWitness();
    const { body } = await ask(witness, 0, 3);
    const other = splitNote(noteOf(LEAVES.slice(0, 4)) + body);
    assert(typeof other === 'object');
    assert.equal(findCosignature(other, witnessVerifier(key)), undefined);
  });
});

describe('parseAddCheckpoint', () => {
  prepareTests();

  it('reads what formatAddCheckpoint writes', async () => {
    const request = { oldSize: 3, proof: await prove(3, 50), note: noteOf(LEAVES.slice(0, 50)) };
    assert.deepEqual(parseAddCheckpoint(formatAddCheckpoint(request)), request);
  });

  it('refuses bodies that differ in anything', async () => {
    const hash = `${Buffer.alloc(32).toString('base64')}\n`;
    for (const body of [
      '',
      'old 1',
      'old 1\n',
      'old 01\n\nnote',
      'old -1\n\nnote',
      'old 9007199254740993\n\nnote',
      'new 1\n\nnote',
      'old 1\nAAAA\n\nnote',
      `old 1\n${hash.replace('=', '')}\nnote`,
      `old 1\n ${hash}\nnote`,
      `old 1\n${hash.repeat(64)}\nnote`,
    ]) {
      assert.equal(parseAddCheckpoint(body), undefined, body);
    }
  });

  it('does not fail on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseAddCheckpoint(text);
        parseAddCheckpoint(`old 1\n${text}`);
      }),
    );
  });
});
