import assert from 'node:assert/strict';
import { createDecipheriv, hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'node:test';
import { decodeSealedKey } from './content-key.ts';
import { hashContent } from './content-sealer.ts';
import { decodeEntry } from './decode-entry.ts';
import { ENTRY_KINDS } from './ledger-port.ts';
import { hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import { openCheckpoint, parseVerifierKey } from './signed-note.ts';

const PAGE = path.join(import.meta.dirname, '../../docs/ledger-format.md');

it('the example in docs/ledger-format.md verifies', async () => {
  const page = await readFile(PAGE, 'utf8');
  const note = /```text\n(gw-1\.0\n3\n[^`]+)```/.exec(page)?.[1] ?? '';
  const verifier = parseVerifierKey(/`(gw-1\.0\+[^`]+)`/.exec(page)?.[1] ?? '');
  assert(verifier);
  const opened = openCheckpoint(note, verifier);
  assert(opened.state === 'signed');

  const entries = [...page.matchAll(/^\{"v":1,"seq":\d,.*\}$/gm)].map(([line]) =>
    Buffer.from(line),
  );
  const frontier = new MerkleFrontier();
  for (const [index, entry] of entries.entries()) {
    assert.equal(decodeEntry(entry)?.seq, index);
    frontier.append(Buffer.from(hashLeaf(entry), 'hex'));
  }
  assert.equal(frontier.size, opened.checkpoint.size);
  assert.deepEqual(frontier.root(), opened.checkpoint.root);
  assert.equal(
    decodeEntry(entries[2] ?? Buffer.alloc(0))?.prev,
    hashLeaf(entries[1] ?? Buffer.alloc(0)),
  );
});

it('each kind of entry stands once in the table of docs/ledger-format.md, and no other', async () => {
  const page = await readFile(PAGE, 'utf8');
  const table = /^### Kinds\n\n(.*?)\n\n/ms.exec(page)?.[1] ?? '';
  const listed = [...table.matchAll(/`([^`]+)`/g)].map(([, kind = '']) => kind);
  assert.deepEqual(listed.toSorted(), ENTRY_KINDS.toSorted());
});

it('the content in docs/ledger-format.md is the one that the entry speaks of', async () => {
  const page = await readFile(PAGE, 'utf8');
  const hexOf = (what: string): Buffer =>
    Buffer.from(new RegExp(`^${what} +([0-9a-f]+)$`, 'm').exec(page)?.[1] ?? '', 'hex');
  const sealed = decodeSealedKey(hexOf('day, commitment, wrapped key'));
  const [key, ciphertext] = [hexOf('content key'), hexOf('ciphertext')];
  assert(sealed);
  assert.deepEqual(hash('sha256', key, 'buffer'), sealed.commitment);
  const entry = /^\{.*"content":"([0-9a-f]{64})".*\}$/m.exec(page);
  assert.equal(hashContent(sealed.id, 0, ciphertext), entry?.[1]);
  const decipher = createDecipheriv('aes-256-ctr', key, Buffer.alloc(16));
  assert.equal(decipher.update(ciphertext, undefined, 'utf8'), '{"text":"SELECT 1"}');
});
