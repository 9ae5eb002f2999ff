import {
  ContentFormatError,
  type ContentMasker,
  type OpenContentMasker,
} from '../../masking/content-masker.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OutputStream,
} from './channel-handler.ts';
import { planOutput } from './plan-output.ts';
import { phrase } from './refusal.ts';
import { ShellChannel } from './shell-channel.ts';
import { StreamResults } from './stream-results.ts';

const REFUSED_STATUS = 1;

/**
 * Serves a command. If it is `cat` of one file that the data map describes, what it writes is masked as that file is; a
 * command that names such a file otherwise, or for a terminal, is not started.
 */
export function openExecChannel(
  command: string,
  context: ChannelContext,
  ends: ChannelEnds,
): ChannelHandler {
  const plan = planOutput({ text: command, isCommand: true }, context, context.analyze);
  if (plan?.kind === 'refused') {
    const { session, channel } = context;
    session.guard.note('file', { channel, outcome: 'refused', reason: plan.reason });
    ends.fail(phrase(`nothing is shown: ${plan.reason}`, 'Nothing was run.'), REFUSED_STATUS);
  }
  if (context.terminal !== undefined) return new ShellChannel(context, context.terminal, ends);
  return new ExecChannel(plan?.kind === 'masked' ? plan.openMasker : undefined, context, ends);
}

/** A program without a terminal. What it writes is looked through by the detectors, or masked as a file is. */
export class ExecChannel implements ChannelHandler {
  readonly #ends: ChannelEnds;
  readonly #results: Readonly<Record<OutputStream, StreamResults>>;
  readonly #file: ContentMasker | undefined;
  #isOver = false;

  /** @param openMasker Masks what comes on stdout. */
  constructor(
    openMasker: OpenContentMasker | undefined,
    context: ChannelContext,
    ends: ChannelEnds,
  ) {
    this.#ends = ends;
    this.#results = {
      stdout: new StreamResults(context, ends, 'stdout'),
      stderr: new StreamResults(context, ends, 'stderr'),
    };
    this.#file = openMasker?.((bytes) => ends.toClient(bytes, 'stdout'));
  }

  receive(bytes: Buffer): void {
    if (!this.#isOver) this.#ends.toTarget(bytes);
  }

  receiveEnd(): void {
    if (!this.#isOver) this.#ends.endTarget();
  }

  deliver(bytes: Buffer, stream: OutputStream): void {
    if (this.#isOver) return;
    if (stream === 'stderr' || this.#file === undefined) this.#results[stream].deliver(bytes);
    else this.#maskFile((file) => file.push(bytes));
  }

  deliverEnd(): void {
    if (this.#isOver) return;
    this.#maskFile((file) => file.end());
    if (this.#hasFailed()) return;
    this.#results.stdout.end();
    this.#results.stderr.end();
    this.#ends.endClient();
  }

  resize(): void {}

  close(): void {
    this.#isOver = true;
    this.#results.stdout.close();
    this.#results.stderr.close();
  }

  #maskFile(mask: (file: ContentMasker) => void): void {
    if (this.#file === undefined) return;
    try {
      mask(this.#file);
    } catch (error) {
      if (!(error instanceof ContentFormatError)) throw error;
      this.#fail(error.message);
    }
  }

  #hasFailed(): boolean {
    return this.#isOver;
  }

  #fail(reason: string): void {
    this.#isOver = true;
    this.#ends.fail(phrase(`nothing is shown: ${reason}`), REFUSED_STATUS);
  }
}
