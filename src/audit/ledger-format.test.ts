import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'node:test';
import { decodeEntry } from './decode-entry.ts';
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
