import type { OpenContentMasker } from '../../../masking/content-masker.ts';
import type { EvidenceFields } from '../../../masking/rows/result-evidence.ts';
import { OpenFlag } from '../../../wire/sftp/packet-type.ts';
import type { ChannelContext } from '../channel-handler.ts';
import { type HeldRights, RIGHTS_CHANGED } from '../held-rights.ts';
import { FileObserver } from './file-observer.ts';
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

/** How the content of an open file is shown. */
export interface ShownContent {
  /** By what it may be read and written to. */
  readonly rights: HeldRights;
  /** Set if it is masked. */
  readonly openMasker?: OpenContentMasker | undefined;
  /** Set if it is shown as it is, and tells whose data it is. */
  readonly openObserver?: OpenContentMasker | undefined;
}

/** How a file ended: `cut`, its channel was closed before it. */
export type FileOutcome = 'done' | 'failed' | 'cut';

/** One open file of the target: what went by of it, for ledger and recording. */
export class OpenedFile {
  readonly path: string;
  /** The target's. */
  readonly handle: Buffer;
  /** Set if its content is masked. */
  readonly openMasker: OpenContentMasker | undefined;
  readonly #read = new TransferDigest();
  readonly #observer: FileObserver | undefined;
  readonly written: TransferDigest = new TransferDigest();
  readonly #description: FileDescription;
  readonly #rights: HeldRights;
  #isDenied = false;
  #sawEnd = false;
  #isFinished = false;

  constructor(description: FileDescription, handle: Buffer, content: ShownContent) {
    const { rights, openMasker, openObserver } = content;
    this.#description = description;
    this.#rights = rights;
    this.path = description.path;
    this.handle = handle;
    this.openMasker = openMasker;
    this.#observer = openObserver && new FileObserver(openObserver);
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

  /** Whether it may still be read and written to. That it may not is taken down once. */
  get isPermitted(): boolean {
    if (this.#rights.areHeld) return true;
    if (!this.#isDenied) OpenedFile.refuse(this.#description, RIGHTS_CHANGED);
    this.#isDenied = true;
    return false;
  }

  get isReadable(): boolean {
    return (this.#description.flags & OpenFlag.read) !== 0;
  }

  get isWritable(): boolean {
    return isWritten(this.#description.flags);
  }

  /** Nothing is left of what it held before. */
  get isReplaced(): boolean {
    return isReplacing(this.#description.flags);
  }

  /** The client was shown these bytes, which stand at this offset of the file as it is shown. */
  show(offset: number, bytes: Buffer): void {
    this.#read.add(offset, bytes);
    this.#observer?.add(offset, bytes);
  }

  /** What was shown is not what the file holds. */
  spoil(): void {
    this.#read.spoil();
  }

  /** Takes down that the host is asked to copy content of another file into it, of which no byte comes by. */
  takeCopy(from: OpenedFile): void {
    from.spoil();
    this.written.spoil();
    const { context, number } = this.#description;
    context.session.guard.note('file', {
      channel: context.channel,
      file: number,
      copiedFrom: from.#description.number,
      action: 'ssh.sftp.write',
    });
  }

  /** The client was told that nothing follows what it has read. */
  sawEnd(): void {
    this.#sawEnd = true;
  }

  /**
   * Takes down what went by. Only the first call counts.
   *
   * @param masked What was shown of a masked file.
   */
  finish(outcome: FileOutcome, masked?: EvidenceFields): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (this.isReadable) {
      const isWhole = this.#sawEnd;
      this.#note('ssh.sftp.read', this.#read, { outcome, isWhole });
      this.#noteShown(masked ?? this.#observer?.describe(isWhole));
    }
    if (this.isWritable) {
      this.#note('ssh.sftp.write', this.written, { outcome, isWhole: this.isReplaced });
    }
  }

  /** As the result of a statement: whose data it was, for whoever asks later. */
  #noteShown(evidence: EvidenceFields | undefined): void {
    if (evidence === undefined || this.#read.bytes === 0) return;
    const { context, number } = this.#description;
    context.session.guard.note('result', { channel: context.channel, file: number, ...evidence });
  }

  #note(
    action: string,
    digest: TransferDigest,
    end: { readonly outcome: FileOutcome; readonly isWhole: boolean },
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
    });
  }
}

/** Whether a file that is opened in this way is empty at first. @param flags `OpenFlag`s. */
export function isReplacing(flags: number): boolean {
  const isNew = OpenFlag.create | OpenFlag.exclusive;
  return (flags & OpenFlag.truncate) !== 0 || (flags & isNew) === isNew;
}

function isWritten(flags: number): boolean {
  return (flags & ~OpenFlag.read) !== 0;
}
