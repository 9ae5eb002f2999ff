import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../encryption/durable-file.ts';

/**
 * What a full spool means for sessions: `open` nothing, for it is not full; `refuse` no operation may run;
 * `end-recording` they go on without being recorded.
 */
export type SpoolState = 'open' | 'refuse' | 'end-recording';

const CHECK_INTERVAL_MS = 1_000;

/** Tells all processes on a data directory what a full spool means, also those that start later. */
export async function writeSpoolState(dataDirectory: string, state: SpoolState): Promise<void> {
  const file = statePath(dataDirectory);
  if (state === 'open') return rm(file, { force: true });
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.unfinished`, state, { mode: 0o600 });
  await rename(`${file}.unfinished`, file);
}

/** Knows in each process of a gateway, at any time and at once, what the spool's state means for its sessions. */
export class SpoolGate implements Disposable {
  readonly #dataDirectory: string;
  readonly #listeners: ((state: SpoolState) => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #state: SpoolState = 'open';

  /** Opens the gate with the state as it is now. */
  static async open(dataDirectory: string): Promise<SpoolGate> {
    const gate = new SpoolGate(dataDirectory);
    await gate.check();
    return gate;
  }

  private constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
    this.#timer = setInterval(() => void this.check(), CHECK_INTERVAL_MS);
    this.#timer.unref();
  }

  get state(): SpoolState {
    return this.#state;
  }

  /** Has `listener` called whenever the state changes. */
  listen(listener: (state: SpoolState) => void): void {
    this.#listeners.push(listener);
  }

  /** Looks now. What cannot be read leaves the state as it is. */
  async check(): Promise<void> {
    const state = await readState(statePath(this.#dataDirectory), this.#state);
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

async function readState(file: string, before: SpoolState): Promise<SpoolState> {
  try {
    const text = await readFile(file, 'utf8');
    return text === 'end-recording' ? text : 'refuse';
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'open' : before;
  }
}

function statePath(dataDirectory: string): string {
  return path.join(dataDirectory, 'archive', 'full');
}
