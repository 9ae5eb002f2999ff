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

/** A thing that is remembered by its name. */
interface Named {
  readonly name: string;
}

/** Lines beyond those that count, before the file is written anew. */
const SPARE_LINES_MAX = 10_000;

/**
 * What an archive has to remember, one JSON object a line: which files of the data directory it has, and which copies
 * followed what expired. What a crash takes from its end is done once more.
 */
export class ArchiveJournal<Line extends Named> implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #lines: Map<string, Line>;

  /** @param directory `<data>/archive`. */
  static async open<Line extends Named>(
    directory: string,
    fileName: string,
  ): Promise<ArchiveJournal<Line>> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const journalPath = path.join(directory, fileName);
    const { lines, count } = await readJournal<Line>(journalPath);
    if (count > lines.size + SPARE_LINES_MAX) await rewrite(journalPath, lines);
    return new ArchiveJournal(await open(journalPath, 'a', 0o600), lines);
  }

  private constructor(file: FileHandle, lines: Map<string, Line>) {
    this.#file = file;
    this.#lines = lines;
  }

  find(name: string): Line | undefined {
    return this.#lines.get(name);
  }

  list(): IterableIterator<Line> {
    return this.#lines.values();
  }

  /** In place of what was remembered by this name. */
  async add(line: Line): Promise<void> {
    this.#lines.set(line.name, line);
    await this.#append(line);
  }

  /** Nothing has to be known of it any more. */
  async forget(name: string): Promise<void> {
    this.#lines.delete(name);
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

async function readJournal<Line extends Named>(
  journalPath: string,
): Promise<{ readonly lines: Map<string, Line>; readonly count: number }> {
  const lines = new Map<string, Line>();
  let text = '';
  try {
    text = await readFile(journalPath, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const texts = text.split('\n');
  for (const each of texts) {
    const line = parseLine<Line>(each);
    if (line === undefined) continue;
    if ('forgotten' in line) lines.delete(line.name);
    else lines.set(line.name, line);
  }
  return { lines, count: texts.length };
}

function parseLine<Line extends Named>(
  line: string,
): Line | (Named & { readonly forgotten: true }) | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as Line;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function rewrite(journalPath: string, lines: ReadonlyMap<string, object>): Promise<void> {
  await using file = await open(`${journalPath}.unfinished`, 'w', 0o600);
  await file.writeFile([...lines.values()].map((line) => JSON.stringify(line)).join('\n'));
  await file.sync();
  await rename(`${journalPath}.unfinished`, journalPath);
}
