import type { Response } from '../../../wire/sftp/responses.ts';
import type { HostFiles, OnWaiting } from '../sftp/host-files.ts';
import type { SftpTarget } from '../sftp/sftp-target.ts';
import type { ScpInput } from './scp-input.ts';

const DONE = 0;
const WARNING = 1;

/** What both directions of a copy are made of. */
export interface ScpParts {
  readonly target: SftpTarget;
  readonly files: HostFiles;
  readonly input: ScpInput;
  readonly write: (bytes: Buffer) => void;
  /** Takes no more of the client until it is called with false. */
  readonly hold: (isHeld: boolean) => void;
  readonly onWaiting: OnWaiting;
}

/** The client said that it cannot go on. */
export class ScpAbortedError extends Error {
  override readonly name = 'ScpAbortedError';
  readonly code = 'ERR_SCP_ABORTED';
}

/** The answers of scp's old protocol, and whether any of them was an error. */
export class ScpAnswers {
  readonly #parts: ScpParts;
  #hasFailed = false;

  constructor(parts: ScpParts) {
    this.#parts = parts;
  }

  /** Something could not be done, at either side. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  ok(): void {
    this.#parts.write(Buffer.of(DONE));
  }

  /** What is at hand could not be done; the copy goes on with what follows. */
  warn(message: string): void {
    this.#hasFailed = true;
    const line = message.replaceAll(/\p{Cc}+/gu, ' ');
    this.#parts.write(Buffer.concat([Buffer.of(WARNING), Buffer.from(`scp: ${line}\n`)]));
  }

  /**
   * What the client says of what it was sent.
   *
   * @returns False if it did not take it.
   * @throws {ScpAbortedError} If it takes nothing more.
   */
  async read(): Promise<boolean> {
    const code = await this.#parts.input.readByte();
    if (code === DONE) return true;
    this.#hasFailed = true;
    await this.#parts.input.readLine();
    if (code !== WARNING) throw new ScpAbortedError();
    return false;
  }
}

/** Why something was not done, for people. */
export function describeAnswer(response: Response): string {
  if (response.kind !== 'status') return 'unexpected answer of the target';
  return response.message === '' ? `failed (${response.code})` : response.message;
}
