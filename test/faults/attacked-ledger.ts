import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { openLedger } from '../../src/audit/ledger.ts';
import { type VerifyOptions, verifyLedger } from '../../src/audit/verify-ledger.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';

/** The log that is attacked; the ledger has another one. */
export const LOG = 'gw-1.0';

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');

/** What both verifiers say of a ledger. */
export interface Findings {
  readonly ok: boolean;
  /** What is wrong and where, a line each. */
  readonly found: string;
  /** What is odd and not wrong. */
  readonly notes: string;
}

/** A ledger, of which each attack gets a copy. */
export class AttackedLedger implements AsyncDisposable {
  /** Of its logs, as the registry has them. */
  readonly trustedKeys: readonly string[];
  readonly #directory: string;
  #copies = 0;

  private constructor(directory: string, trustedKeys: readonly string[]) {
    this.#directory = directory;
    this.trustedKeys = trustedKeys;
  }

  /** Of two logs; the first has several segments and three checkpoints. */
  static async create(): Promise<AttackedLedger> {
    const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-attacks-'));
    const dataDirectory = path.join(directory, 'original');
    for (const logName of [LOG, 'gw-1.1']) {
      for (let round = 0; round < 3; round++) {
        await using ledger = await openLedger({
          dataDirectory,
          dayKeys: openTestKeys(dataDirectory),
          logName,
          nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) + round,
          segmentBytesMax: 1_000,
        });
        const append = async (fields: Parameters<typeof ledger.append>[0]): Promise<void> => {
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          ledger.append(fields, 'sealed', (error) => (error ? reject(error) : resolve()));
          await promise;
        };
        await append({ kind: 'gateway.start' });
        await append({ kind: 'session.start', session: `s${round}` });
        await append({ kind: 'session.start', session: `t${round}` });
        for (let index = 0; index < 5; index++) {
          await append({
            kind: 'operation',
            session: `s${round}`,
            content: { text: `select ${index} -- é🩺` },
          });
          await append({ kind: 'sign-in', principal: `p${index}` });
        }
        await append({ kind: 'session.end', session: `s${round}` });
      }
    }
    const registry = await readFile(path.join(dataDirectory, 'ledger', 'registry'), 'utf8');
    return new AttackedLedger(directory, registry.trimEnd().split('\n'));
  }

  /** What nobody attacks. */
  get original(): string {
    return path.join(this.#directory, 'original', 'ledger');
  }

  /** Copies the ledger, does something to the copy and verifies it with both verifiers, which must agree. */
  async verifyAfter(
    attack: (ledgerDirectory: string) => Promise<void>,
    options: VerifyOptions = {},
  ): Promise<Findings> {
    const data = path.join(this.#directory, `copy-${this.#copies++}`);
    await cp(path.join(this.#directory, 'original'), data, { recursive: true });
    const ledgerDirectory = path.join(data, 'ledger');
    await attack(ledgerDirectory);
    const report = await verifyLedger(ledgerDirectory, options);

    const kept = (options.checkpoints ?? []).map(async (note, index) => {
      const file = path.join(data, `kept-${index}`);
      await writeFile(file, note);
      return ['--checkpoint', file];
    });
    const keys = (options.publicKeys ?? []).flatMap((key) => ['--key', key]);
    const second = await runVerifier([
      ledgerDirectory,
      ...keys,
      ...(await Promise.all(kept)).flat(),
    ]);
    assert.equal(second.report.ok, report.ok);
    assert.equal(second.exitCode, report.ok ? 0 : 1);
    assert.deepEqual(
      second.report.logs.map(({ name, entries, root, problem }) => [
        name,
        entries,
        root,
        place(problem),
      ]),
      report.logs.map(({ name, entries, root, problem }) => [
        name,
        entries,
        root,
        place(problem ?? null),
      ]),
    );
    const places = report.logs.flatMap(({ problem }) =>
      problem === undefined
        ? []
        : [`${problem.file}:${problem.offset} #${problem.seq} ${problem.what}`],
    );
    const notes = report.logs.flatMap((log) => log.notes).join('\n');
    return { ok: report.ok, found: [...places, ...report.problems].join('\n'), notes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }
}

interface Place {
  readonly file: string;
  readonly offset: number;
  readonly seq: number;
}

function place(problem: Place | null): string {
  return problem === null ? '' : `${problem.file}:${problem.offset} #${problem.seq}`;
}

interface SecondReport {
  readonly ok: boolean;
  readonly logs: readonly { name: string; entries: number; root: string; problem: Place | null }[];
}

async function runVerifier(args: string[]): Promise<{ exitCode: number; report: SecondReport }> {
  try {
    const { stdout } = await promisify(execFile)('python3', [VERIFIER, '--json', ...args]);
    return { exitCode: 0, report: JSON.parse(stdout) as SecondReport };
  } catch (error) {
    const { code, stdout } = error as { code: number | string; stdout: string };
    assert.equal(
      code,
      1,
      code === 'ENOENT' ? 'python3 is missing: apt-get install python3' : String(error),
    );
    return { exitCode: 1, report: JSON.parse(stdout) as SecondReport };
  }
}
