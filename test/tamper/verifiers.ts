import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { VerifyReport } from '../../src/audit/verify-ledger.ts';
import type { CopyQuestion } from './verify-thread.ts';
import type { WitnessedLedger } from './witnessed-ledger.ts';

/** What a verifier says of a copy. */
export interface Report {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly logs: readonly {
    readonly name: string;
    /** Entries that enough witnesses saw. */
    readonly witnessed: number;
    readonly problem: { readonly seq: number; readonly what: string } | undefined;
  }[];
  /** All that it says, as it says it. */
  readonly whole: unknown;
}

/**
 * One implementation of the verifier, which is given nothing but a copy, the keys of the witnesses and the time of
 * the copy. The first copy that it is given is the ledger as it was written.
 */
export interface Verifier extends Disposable {
  readonly name: 'typescript' | 'python';
  /** @param anew Whether it walks all of it, also what the first copy began with byte for byte. */
  verify(copy: string, anew?: boolean): Promise<Report>;
}

/** The one that the gateway and the command line have, in a thread: copies are changed meanwhile. */
export function openTypescriptVerifier(ledger: WitnessedLedger): Verifier {
  const thread = new Worker(new URL('./verify-thread.ts', import.meta.url), { workerData: ledger });
  thread.unref();
  return {
    name: 'typescript',
    verify: inTurn(async (copy, anew) => {
      const question: CopyQuestion = { copy, anew };
      thread.postMessage(question);
      const [report] = (await once(thread, 'message')) as [VerifyReport];
      const logs = report.logs.map(({ name, witnessed, problem }) => {
        return { name, problem, witnessed: witnessed?.entries ?? 0 };
      });
      return { ok: report.ok, problems: report.problems, logs, whole: report };
    }),
    [Symbol.dispose]() {
      void thread.terminate();
    },
  };
}

/** One copy after another. */
function inTurn(look: (copy: string, anew: boolean) => Promise<Report>): Verifier['verify'] {
  let turn: Promise<unknown> = Promise.resolve();
  return (copy, anew = false) => {
    const report = turn.then(() => look(copy, anew));
    turn = report.catch(() => undefined);
    return report;
  };
}

/** As the second verifier writes it. */
interface PythonReport extends Omit<Report, 'logs' | 'whole'> {
  readonly logs: readonly {
    readonly name: string;
    /** Entries, and when. */
    readonly witnessed: readonly [number, number];
    readonly problem: Report['logs'][number]['problem'] | null;
  }[];
}

/** The one in `tools/`, which shares no code with the gateway. */
export function openPythonVerifier({ witnessKeys, asOfMs }: WitnessedLedger): Verifier {
  const script = path.join(import.meta.dirname, 'verify_many.py');
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (copy: string, anew: boolean): Promise<Report> => {
    const asked = {
      directory: copy,
      witness_lines: witnessKeys,
      as_of: asOfMs / 1000,
      anew,
    };
    child.stdin.write(`${JSON.stringify(asked)}\n`);
    const { value, done } = await answers.next();
    if (done === true) throw new Error(`The second verifier ended: ${describeEnd(child)}`);
    const report = JSON.parse(value) as PythonReport;
    const logs = report.logs.map(({ name, witnessed, problem }) => {
      return { name, problem: problem ?? undefined, witnessed: witnessed[0] };
    });
    return { ok: report.ok, problems: report.problems, logs, whole: report };
  };
  return {
    name: 'python',
    verify: inTurn(ask),
    [Symbol.dispose]() {
      child.stdin.end();
    },
  };
}

function describeEnd({ exitCode, signalCode }: ChildProcess): string {
  return `exit code ${exitCode}, signal ${signalCode}`;
}
