import type { FileMasker, FilePlan } from '../../masking/files/file-plan.ts';
import { FileFormatError } from '../../masking/files/file-plan.ts';
import { analyzeCommand } from '../../shell/analyze-command.ts';
import { readPlainCommand } from '../../shell/plain-command.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OutputStream,
} from './channel-handler.ts';
import { phrase } from './refusal.ts';
import { StreamResults } from './stream-results.ts';

const REFUSED_STATUS = 1;

/**
 * A command without a terminal. What it writes is looked through by the detectors; if it is `cat` of one file that the data
 * map describes, it is masked as that file is, and a command that names such a file otherwise shows nothing.
 */
export class ExecChannel implements ChannelHandler {
  readonly #ends: ChannelEnds;
  readonly #results: Readonly<Record<OutputStream, StreamResults>>;
  readonly #file: FileMasker | undefined;
  #isOver = false;

  constructor(command: string, context: ChannelContext, ends: ChannelEnds) {
    this.#ends = ends;
    this.#results = {
      stdout: new StreamResults(context, ends, 'stdout'),
      stderr: new StreamResults(context, ends, 'stderr'),
    };
    const plan = planOutput(command, context);
    if (plan?.kind === 'refused') this.#fail(plan.reason);
    if (plan?.kind === 'masked') {
      this.#file = plan.openMasker((bytes) => ends.toClient(bytes, 'stdout'));
    }
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

  #maskFile(mask: (file: FileMasker) => void): void {
    if (this.#file === undefined) return;
    try {
      mask(this.#file);
    } catch (error) {
      if (!(error instanceof FileFormatError)) throw error;
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

/** How the output of a command is masked by the data map; undefined where that does not describe it. */
function planOutput(command: string, { session, masking }: Masked): FilePlan | undefined {
  const files = masking()?.files;
  if (files === undefined) return undefined;
  const { shown } = session.guard.reveal(files.classNames);
  if (!files.hidesAny(shown)) return undefined;
  const { reads } = analyzeCommand(command);
  const plans = reads.map((path) => files.plan(path, shown));
  const hidden = plans.filter(({ kind }) => kind === 'masked' || kind === 'refused');
  const [plan] = hidden;
  if (plan === undefined) return undefined;
  if (plan.kind === 'refused' || (plans.length === 1 && isCatOfOneFile(command))) return plan;
  return {
    kind: 'refused',
    reason: 'the data map masks a file that it names; read the whole file, with cat, sftp or scp',
  };
}

type Masked = Pick<ChannelContext, 'session' | 'masking'>;

function isCatOfOneFile(command: string): boolean {
  const words = readPlainCommand(command);
  const [program, file, ...more] = words ?? [];
  return (
    more.length === 0 &&
    program?.kind === 'literal' &&
    program.text === 'cat' &&
    file?.kind === 'literal' &&
    !file.text.startsWith('-')
  );
}
