import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CarriedRecord, decodeSignedRecord } from '../../../src/wire/tunnel/carried-record.ts';

/** What all processes of a connector wrote of what they carried. A line that a kill cut is left out. */
export async function readCarriedRecords(directory: string): Promise<readonly CarriedRecord[]> {
  const records: CarriedRecord[] = [];
  for (const name of await readdir(directory)) {
    if (!name.endsWith('.jsonl')) continue;
    const lines = (await readFile(join(directory, name), 'utf8')).split('\n').slice(0, -1);
    for (const line of lines) records.push(decodeSignedRecord(Buffer.from(line)).record);
  }
  return records;
}
