import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeFrame, decodeSegmentHeader } from '../../src/audit/segment-format.ts';

/**
 * Asserts that no two contents of a log share a byte of a keystream, those included that a failure made
 * void: a record may stand in several files, but it is the same one.
 */
export async function assertKeystreamsUsedOnce(logDirectory: string): Promise<void> {
  const used = new Map<string, { start: number; end: number; bytes: string }[]>();
  for (const name of await readdir(logDirectory)) {
    if (!/\.segment(?:\.unfinished)?$/.test(name)) continue;
    const bytes = await readFile(path.join(logDirectory, name));
    const header = decodeSegmentHeader(bytes);
    if (typeof header === 'string') continue;
    const uses = used.get(header.contentKey.id.toString('hex')) ?? [];
    used.set(header.contentKey.id.toString('hex'), uses);
    for (let offset = header.headerBytes; ; ) {
      const frame = decodeFrame(bytes, offset);
      if (frame.state !== 'whole') break;
      const { entryEnd, end, contentOffset: start } = frame;
      if (entryEnd < end) {
        const content = bytes.toString('latin1', entryEnd, end);
        uses.push({ start, end: start + content.length, bytes: content });
      }
      offset = end;
    }
  }
  for (const uses of used.values()) {
    uses.sort((one, other) => one.start - other.start);
    for (const [index, use] of uses.entries()) {
      const before = uses[index - 1];
      if (before === undefined || before.end <= use.start) continue;
      assert.deepEqual(use, before, 'two contents share a part of a keystream');
    }
  }
}
