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
  const stated = new StatedSize(checkpointPath);
  try {
    await stated.read();
  } catch (error) {
    // Verifying the log says what is wrong.
    if (complainOfFile(error) === undefined) throw error;
  }
  return stated.largest;
}

/** How many entries of a log were signed, by the largest of its checkpoints that were read. Each is read once. */
export class StatedSize {
  readonly #checkpointPath: string;
  #offset = 0;
  #largest = 0;

  constructor(checkpointPath: string) {
    this.#checkpointPath = checkpointPath;
  }

  /** As far as it was read. */
  get largest(): number {
    return this.#largest;
  }

  /** Reads what came since the last time. @throws {LedgerError} `ERR_LEDGER_CORRUPT` if it is no file. */
  async read(): Promise<number> {
    for await (const part of readNotes(this.#checkpointPath, this.#offset)) {
      if (part.kind === 'end') this.#offset = part.wholeBytes;
      else
        for (const { text } of part.notes)
          this.#largest = Math.max(this.#largest, readNoteSize(text));
    }
    return this.#largest;
  }
}
