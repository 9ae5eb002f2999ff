import path from 'node:path';
import { readNotes } from './checkpoint-file.ts';
import { CHECKPOINTS_FILE } from './ledger-layout.ts';
import { listLogs } from './list-logs.ts';
import { complainOfFile } from './open-evidence.ts';
import { readNoteSize } from './signed-note.ts';

/** The largest checkpoint of each log of a ledger directory, whoever signed it: `verifyLedger` says who did. */
export async function readStatedSizes(
  ledgerDirectory: string,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await listLogs(ledgerDirectory)) {
    sizes.set(name, await readStatedSize(path.join(ledgerDirectory, name, CHECKPOINTS_FILE)));
  }
  return sizes;
}

async function readStatedSize(checkpointPath: string): Promise<number> {
  let largest = 0;
  try {
    for await (const part of readNotes(checkpointPath)) {
      if (part.kind === 'end') break;
      for (const { text } of part.notes) largest = Math.max(largest, readNoteSize(text));
    }
  } catch (error) {
    // Verifying the log says what is wrong.
    if (complainOfFile(error) === undefined) throw error;
  }
  return largest;
}
