import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../encryption/durable-file.ts';

/** A file that the archive has. */
export interface StoredFile {
  /** Relative to the data directory; the object's name. */
  readonly name: string;
  readonly bytes: number;
  /** Hex, of what was sent. */
  readonly sha256: string;
  /** Milliseconds since the Unix epoch. */
  readonly storedAtMs: number;
}

/** Lines beyond those that count, before the file is written anew. */
const SPARE_LINES_MAX = 10_000;

/**
 * Which files of the data directory the archive has, one JSON object a line. What a crash takes from its end is
 * stored once more.
 */
export class ArchiveJournal implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #stored: Map<string, StoredFile>;

  /** @param directory `<data>/archive`. */
  static async open(directory: string): Promise<ArchiveJournal> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const journalPath = path.join(directory, 'stored.jsonl');
    const { stored, lines } = await readJournal(journalPath);
    if (lines > stored.size + SPARE_LINES_MAX) await rewrite(journalPath, stored);
    return new ArchiveJournal(await open(journalPath, 'a', 0o600), stored);
  }

  private constructor(file: FileHandle, stored: Map<string, StoredFile>) {
    this.#file = file;
    this.#stored = stored;
  }

  find(name: string): StoredFile | undefined {
    return this.#stored.get(name);
  }

  list(): IterableIterator<StoredFile> {
    return this.#stored.values();
  }

  async add(file: StoredFile): Promise<void> {
    this.#stored.set(file.name, file);
    await this.#append(file);
  }

  /** The file is not here any more: nothing has to be known of it. */
  async forget(name: string): Promise<void> {
    this.#stored.delete(name);
    await this.#append({ name, forgotten: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #append(line: object): Promise<void> {
    // A line that a crash cut ends before the next one begins.
    await this.#file.appendFile(`\n${JSON.stringify(line)}`);
  }
}

async function readJournal(
  journalPath: string,
): Promise<{ readonly stored: Map<string, StoredFile>; readonly lines: number }> {
  const stored = new Map<string, StoredFile>();
  let text = '';
  try {
    text = await readFile(journalPath, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const lines = text.split('\n');
  for (const line of lines) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    if ('forgotten' in entry) stored.delete(entry.name);
    else stored.set(entry.name, entry);
  }
  return { stored, lines: lines.length };
}

function parseLine(
  line: string,
): StoredFile | { readonly name: string; readonly forgotten: true } | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as StoredFile;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function rewrite(journalPath: string, stored: ReadonlyMap<string, object>): Promise<void> {
  await using file = await open(`${journalPath}.unfinished`, 'w', 0o600);
  await file.writeFile([...stored.values()].map((line) => JSON.stringify(line)).join('\n'));
  await file.sync();
  await rename(`${journalPath}.unfinished`, journalPath);
}
