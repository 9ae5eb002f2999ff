import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createSegment } from './create-segment.ts';
import { hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import { readSegment } from './read-segment.ts';
import { decodeSegmentHeader, segmentFileName } from './segment-format.ts';

/** Has a log of one segment go on in another one behind some of its entries, as after a sync that failed. @param log Its directory. */
export async function goOnBehind(log: string, count: number): Promise<void> {
  const first = path.join(log, segmentFileName(0));
  const bytes = await readFile(first);
  const header = decodeSegmentHeader(bytes);
  assert(typeof header === 'object');
  const { contentKey, logName } = header;
  for await (const part of readSegment(first)) {
    if (part.kind !== 'run') continue;
    const frontier = new MerkleFrontier();
    for (const { start, entryEnd } of part.records.slice(0, count)) {
      frontier.append(Buffer.from(hashLeaf(part.bytes.subarray(start, entryEnd)), 'hex'));
    }
    const rest = bytes.subarray(part.offset + (part.records[count - 1]?.end ?? 0));
    const { file } = await createSegment(log, { logName, frontier, contentKey }, [rest]);
    await file.close();
  }
}
