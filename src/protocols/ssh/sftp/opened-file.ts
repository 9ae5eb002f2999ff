import type { FileEvidence, OpenFileMasker } from '../../../masking/files/file-plan.ts';
import { OpenFlag } from '../../../wire/sftp/packet-type.ts';
import type { ChannelContext } from '../channel-handler.ts';
import type { FileRoute } from './file-operation.ts';
import { TransferDigest } from './transfer-digest.ts';

/** A file that is opened in a channel. */
export interface FileDescription {
  readonly context: ChannelContext;
  readonly via: FileRoute;
  /** Counted in the channel: connects the operation with what is noted at its end. */
  readonly number: number;
  /** As the target resolves it. */
  readonly path: string;
  /** `OpenFlag`s. */
  readonly flags: number;
}

/** How a file ended: `cut`, its channel was closed before it. */
export type FileOutcome = 'done' | 'failed' | 'cut';

/** One open file of the target: what went by of it, for ledger and recording. */
export class OpenedFile {
  readonly path: string;
  /** The target's. */
  readonly handle: Buffer;
  /** Set if its content is masked. */
  readonly openMasker: OpenFileMasker | undefined;
  readonly read: TransferDigest = new TransferDigest();
  readonly written: TransferDigest = new TransferDigest();
  readonly #description: FileDescription;
  #sawEnd = false;
  #isFinished = false;

  constructor(
    description: FileDescription,
    handle: Buffer,
    openMasker: OpenFileMasker | undefined,
  ) {
    this.#description = description;
    this.path = description.path;
    this.handle = handle;
    this.openMasker = openMasker;
  }

  /** Takes down that a file was not opened although policies allow it. */
  static refuse(description: FileDescription, reason: string): void {
    const { context, via, number, path, flags } = description;
    const action = isWritten(flags) ? 'ssh.sftp.write' : 'ssh.sftp.read';
    context.frames.file({ action, via, path, outcome: 'refused' });
    context.session.guard.note('file', {
      channel: context.channel,
      file: number,
      outcome: 'refused',
      reason,
    });
  }

  get isReadable(): boolean {
    return (this.#description.flags & OpenFlag.read) !== 0;
  }

  get isWritable(): boolean {
    return isWritten(this.#description.flags);
  }

  /** The client was told that nothing follows what it has read. */
  sawEnd(): void {
    this.#sawEnd = true;
  }

  /** Takes down what went by. Only the first call counts. */
  finish(outcome: FileOutcome, evidence?: FileEvidence): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (this.isReadable)
      this.#note('ssh.sftp.read', this.read, { outcome, isWhole: this.#sawEnd, evidence });
    if (this.isWritable) {
      const isWhole = (this.#description.flags & (OpenFlag.truncate | OpenFlag.exclusive)) !== 0;
      this.#note('ssh.sftp.write', this.written, { outcome, isWhole, evidence: undefined });
    }
  }

  #note(
    action: string,
    digest: TransferDigest,
    end: {
      readonly outcome: FileOutcome;
      readonly isWhole: boolean;
      readonly evidence: FileEvidence | undefined;
    },
  ): void {
    const { context, via, number, path } = this.#description;
    const { bytes } = digest;
    const sha256 = digest.finish();
    const isWhole = end.isWhole && end.outcome === 'done';
    context.frames.file({
      action,
      via,
      path,
      outcome: end.outcome,
      bytes,
      ...(sha256 !== undefined && isWhole && { sha256 }),
    });
    context.session.guard.note('file', {
      channel: context.channel,
      file: number,
      action,
      outcome: end.outcome,
      bytes,
      // Without order there is no digest; what is not whole has one of its start.
      ...(sha256 !== undefined && (isWhole ? { sha256 } : { sha256OfStart: sha256 })),
      ...end.evidence,
    });
  }
}

function isWritten(flags: number): boolean {
  return (flags & ~OpenFlag.read) !== 0;
}
