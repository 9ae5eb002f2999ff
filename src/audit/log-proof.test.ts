import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cosign, witnessVerifier } from './cosignature.ts';
import { checkLogProof, formatLogProof, type LogProof, parseLogProof } from './log-proof.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { hashNode } from './merkle-proof.ts';
import {
  formatVerifierKey,
  type NoteVerifier,
  parseVerifierKey,
  signCheckpoint,
} from './signed-note.ts';

const LOG = 'gw-1.0';
const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const logKey = generateKeyPairSync('ed25519');
const witness = { name: 'w1', privateKey: generateKeyPairSync('ed25519').privateKey };
const stranger = { name: 'w2', privateKey: generateKeyPairSync('ed25519').privateKey };
const logVerifier = parseVerifierKey(formatVerifierKey(LOG, logKey.publicKey)) as NoteVerifier;

const entryOf = (seq: number): Buffer =>
  Buffer.from(`{"v":1,"seq":${seq},"at":"2026-01-02T03:04:05.678Z","kind":"gateway.start"}`);
const [first, second] = [entryOf(0), entryOf(1)];
const [left, right] = [first, second].map((entry) => Buffer.from(hashLeaf(entry), 'hex'));
assert(left && right);
const root = hashNode(left, right);
const signed = signCheckpoint({ origin: LOG, size: 2, root }, logKey.privateKey);
const text = `${LOG}\n2\n${root.toString('base64')}\n`;

const PROOF: LogProof = {
  index: 1,
  entry: second,
  path: [left],
  note: signed + cosign(text, witness, AT_MS),
};
const TRUST = { logKeys: [logVerifier], witnesses: [witnessVerifier(witness)], required: 1 };

function reasonOf(proof: LogProof, trust = TRUST): string {
  const finding = checkLogProof(proof, trust);
  return finding.kind === 'proved' ? '' : finding.reason;
}

describe('checkLogProof', () => {
  it('names the entry, the log, and who saw it when at the latest', () => {
    const finding = checkLogProof(PROOF, TRUST);
    assert(finding.kind === 'proved');
    assert.equal(finding.log, LOG);
    assert.equal(finding.entry.seq, 1);
    assert.deepEqual(finding.witnessed, [{ witness: 'w1', atMs: AT_MS }]);
  });

  it('believes witnesses alone, or the log alone, as it is told', () => {
    assert.equal(reasonOf(PROOF, { ...TRUST, logKeys: [] }), '');
    assert.equal(reasonOf(PROOF, { ...TRUST, witnesses: [], required: 0 }), '');
    assert.match(reasonOf(PROOF, { logKeys: [], witnesses: [], required: 0 }), /no key/);
    assert.match(reasonOf(PROOF, { ...TRUST, logKeys: [], required: 0 }), /no key/);
  });

  it('refuses what other keys signed, and counts a witness once', () => {
    const other = witnessVerifier(stranger);
    const own = witnessVerifier(witness);
    assert.match(reasonOf(PROOF, { ...TRUST, witnesses: [other] }), /0 of 1/);
    assert.match(reasonOf(PROOF, { ...TRUST, witnesses: [own, own], required: 2 }), /1 of 2/);
    const anotherLog = formatVerifierKey('gw-2.0', logKey.publicKey);
    const logKeys = [parseVerifierKey(anotherLog) as NoteVerifier];
    assert.match(reasonOf(PROOF, { ...TRUST, logKeys }), /not signed/);
  });

  it('refuses another entry, another place, another path, another root', () => {
    for (const change of [
      { entry: first },
      { index: 0 },
      { index: 0, entry: first },
      { path: [right] },
      { path: [] },
      { note: signed },
      { note: PROOF.note.replace('\n2\n', '\n3\n') },
      { note: signCheckpoint({ origin: LOG, size: 2, root: left }, logKey.privateKey) },
    ]) {
      assert.notEqual(reasonOf({ ...PROOF, ...change }), '');
    }
    // A leaf that is not the entry that it says it is.
    const misplaced = hashNode(right, left);
    const note = signCheckpoint({ origin: LOG, size: 2, root: misplaced }, logKey.privateKey);
    const swapped = { index: 0, entry: second, path: [left], note };
    const logOnly = { ...TRUST, witnesses: [], required: 0 };
    assert.match(reasonOf(swapped, logOnly), /not the one of this index/);
  });
});

describe('parseLogProof', () => {
  it('reads what formatLogProof writes', () => {
    assert.deepEqual(parseLogProof(formatLogProof(PROOF)), PROOF);
    const alone = { ...PROOF, index: 0, path: [] };
    assert.deepEqual(parseLogProof(formatLogProof(alone)), alone);
  });

  it('refuses texts that differ in anything', () => {
    const text = formatLogProof(PROOF);
    for (const changed of [
      '',
      text.replace('@v1', '@v2'),
      text.replace(/^extra .*\n/m, ''),
      text.replace('extra ', 'extra  '),
      text.replace('index 1', 'index 01'),
      text.replace('index 1', 'index -1'),
      text.replace(/^(index 1\n)/m, `$1${'A'.repeat(43)}=\n`.repeat(1)).replace('A=', 'B='),
      text.replace(/^(index 1\n)/m, `$1${`${'A'.repeat(43)}=\n`.repeat(64)}`),
      text.replace('\n\n', '\n'),
    ]) {
      assert.notDeepEqual(parseLogProof(changed), PROOF);
    }
  });

  it('does not fail on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (lines) => {
        parseLogProof(lines);
        parseLogProof(`c2sp.org/tlog-proof@v1\nextra AA==\n${lines}`);
      }),
    );
  });
});
