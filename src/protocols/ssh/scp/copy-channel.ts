import { createHash, type Hash } from 'node:crypto';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  CopyCommand,
  OutputStream,
} from '../channel-handler.ts';
import { hidesFiles } from '../hides-files.ts';
import { StreamResults } from '../stream-results.ts';

const REFUSED_STATUS = 1;

/**
 * Passes the streams of rsync and git on as they are: their files are packed, so nothing in them can be masked. Who may not see
 * all that the target's files hold may only push to git: rsync tells who writes what was there, and puts new files together of
 * parts of old ones. What they say on stderr is looked through like the output of a command. Counts and digests are of the
 * streams.
 */
export function openCopyChannel(
  command: CopyCommand,
  context: ChannelContext,
  ends: ChannelEnds,
): ChannelHandler {
  return new CopyChannel(command, context, ends);
}

class CopyChannel implements ChannelHandler {
  readonly recording = 'none';
  readonly #command: CopyCommand;
  readonly #context: ChannelContext;
  readonly #ends: ChannelEnds;
  readonly #messages: StreamResults;
  readonly #sent = new StreamDigest();
  readonly #shown = new StreamDigest();
  #isRefused = false;
  #isClosed = false;

  constructor(command: CopyCommand, context: ChannelContext, ends: ChannelEnds) {
    this.#command = command;
    this.#context = context;
    this.#ends = ends;
    this.#messages = new StreamResults(context, ends, 'stderr');
    const isPush = command.kind === 'git' && command.direction === 'sink';
    if (isPush || !hidesFiles(context)) return;
    this.#isRefused = true;
    const other = 'its files are masked for you, which needs sftp or scp';
    ends.fail(`sallyport: ${command.kind} cannot be used here: ${other}`, REFUSED_STATUS);
  }

  receive(bytes: Buffer): void {
    if (this.#isRefused) return;
    this.#sent.add(bytes);
    this.#ends.toTarget(bytes);
  }

  receiveEnd(): void {
    this.#ends.endTarget();
  }

  deliver(bytes: Buffer, stream: OutputStream): void {
    if (this.#isRefused) return;
    if (stream === 'stderr') return this.#messages.deliver(bytes);
    this.#shown.add(bytes);
    this.#ends.toClient(bytes, stream);
  }

  deliverEnd(): void {
    this.#messages.end();
    this.#ends.endClient();
  }

  resize(): void {}

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#messages.close();
    const { kind, direction } = this.#command;
    const { session, channel } = this.#context;
    session.guard.note('file', {
      channel,
      via: kind,
      direction,
      outcome: this.#isRefused ? 'refused' : 'done',
      sent: this.#sent.describe(),
      shown: this.#shown.describe(),
    });
  }
}

/** Counts a stream, and digests it. */
class StreamDigest {
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;

  add(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }

  describe(): { readonly bytes: number; readonly sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
