import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { logPaths } from '../../src/audit/ledger-layout.ts';
import { checkLogProof, formatLogProof, parseLogProof } from '../../src/audit/log-proof.ts';
import { proveEntry } from '../../src/audit/prove-entry.ts';
import { type KeyKind, type NoteVerifier, parseVerifierKey } from '../../src/audit/signed-note.ts';
import { buildWitnessedLedger, type WitnessedLedger } from './witnessed-ledger.ts';

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');

let directory: string;
let ledger: WitnessedLedger;
let logKey: string;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sallyport-proofs-'));
  ledger = await buildWitnessedLedger(directory, {
    entries: 1_200,
    entriesPerCheckpoint: 60,
    segmentBytesMax: 32 * 1024,
  });
  const { publicKey } = logPaths(ledger.dataDirectory, 'gw-2.0');
  logKey = (await readFile(publicKey, 'utf8')).trim();
});
after(() => rm(directory, { recursive: true }));

function verifierOf(text: string, kind: KeyKind): NoteVerifier {
  const verifier = parseVerifierKey(text, kind);
  assert(verifier);
  return verifier;
}

/** Has both look at a text; they must agree. */
async function isProved(text: string): Promise<boolean> {
  const proof = parseLogProof(text);
  const finding =
    proof &&
    checkLogProof(proof, {
      logKeys: [verifierOf(logKey, 'log')],
      witnesses: ledger.witnessKeys.map((key) => verifierOf(key, 'witness')),
      required: 2,
    });
  const file = path.join(directory, 'proof');
  await writeFile(file, text);
  const keys = ['--key', logKey, ...ledger.witnessKeys.flatMap((key) => ['--witness-key', key])];
  const second = await promisify(execFile)('python3', [VERIFIER, '--proof', file, ...keys]).then(
    () => true,
    (error: { readonly code: unknown }) => {
      assert.equal(error.code, 1);
      return false;
    },
  );
  assert.equal(second, finding?.kind === 'proved', text);
  return second;
}

describe('a proof of one entry', () => {
  it('convinces both verifiers, from tiles and without them', async () => {
    const { log } = logPaths(ledger.dataDirectory, 'gw-2.0');
    const texts: string[] = [];
    for (const index of [0, 59, 60, 255, 256, 511, 590]) {
      const proof = await proveEntry(log, index);
      assert(typeof proof === 'object');
      texts.push(formatLogProof(proof));
      assert(await isProved(texts.at(-1) ?? ''), String(index));
    }
    await rm(path.join(log, 'tile'), { recursive: true });
    const again = await proveEntry(log, 256);
    assert(typeof again === 'object');
    assert.equal(formatLogProof(again), texts[4]);
    assert.equal(await proveEntry(log, 100_000), undefined);
  });

  it('convinces neither once anything in it was changed', async () => {
    const proof = await proveEntry(logPaths(ledger.dataDirectory, 'gw-2.0').log, 300);
    const other = await proveEntry(logPaths(ledger.dataDirectory, 'gw-2.0').log, 301);
    assert(typeof proof === 'object' && typeof other === 'object');
    const text = formatLogProof(proof);
    const lines = text.split('\n');
    const changed = [
      formatLogProof({ ...proof, entry: other.entry }),
      formatLogProof({ ...proof, index: 301 }),
      formatLogProof({ ...proof, path: other.path }),
      formatLogProof({ ...proof, path: proof.path.slice(1) }),
      formatLogProof({ ...proof, path: [...proof.path, Buffer.alloc(32)] }),
      // The log's own signature, and one of the witnesses', taken away.
      lines.toSpliced(-4, 1).join('\n'),
      lines.toSpliced(-2, 1).join('\n'),
      text.replace('index 300', 'index 0300'),
      text.slice(0, -1),
      '',
    ];
    for (const each of changed) assert(!(await isProved(each)), each);
  });
});
