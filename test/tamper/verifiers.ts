import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { VerifiedSegments } from '../../src/audit/verified-segments.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
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

/** The one that the gateway and the command line have. */
export function openTypescriptVerifier({ witnessKeys: keys, asOfMs }: WitnessedLedger): Verifier {
  const known = new VerifiedSegments();
  return {
    name: 'typescript',
    async verify(copy, anew = false) {
      const witnesses = { keys, asOfMs };
      const report = await verifyLedger(copy, anew ? { witnesses } : { witnesses, known });
      if (!anew) known.close();
      const logs = report.logs.map(({ name, witnessed, problem }) => {
        return { name, problem, witnessed: witnessed?.entries ?? 0 };
      });
      return { ok: report.ok, problems: report.problems, logs, whole: report };
    },
    [Symbol.dispose]() {
      known.close();
    },
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
  let turn: Promise<unknown> = Promise.resolve();
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
    verify(copy, anew = false) {
      const report = turn.then(() => ask(copy, anew));
      turn = report.catch(() => undefined);
      return report;
    },
    [Symbol.dispose]() {
      child.stdin.end();
    },
  };
}

function describeEnd({ exitCode, signalCode }: ChildProcess): string {
  return `exit code ${exitCode}, signal ${signalCode}`;
}
