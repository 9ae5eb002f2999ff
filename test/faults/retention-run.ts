import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/*
 * Expires what is older than two days in a data directory, and is killed at a call that changes a file: `node
 * retention-run.ts <data directory> <now in ms> <call>`, from 1; 0 lets it live. Prints how many such calls there were.
 */

const DAY_MS = 86_400_000;
const [dataDirectory = '', now = '', killAt = ''] = process.argv.slice(2);
let calls = 0;

type Call = (...args: never[]) => Promise<unknown>;
type Calls = Record<string, Call>;

/** Every second time in the middle of what is written, else before it. */
function counted(call: Call): Call {
  return async function count(this: unknown, ...args: never[]): Promise<unknown> {
    calls += 1;
    if (calls !== Number(killAt)) return Reflect.apply(call, this, args);
    const half = calls % 2 === 0 ? halve(args) : undefined;
    if (half !== undefined) await Reflect.apply(call, this, half);
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  };
}

/** Of `write(bytes, offset, length, position)` and of what takes bytes alone; undefined for all other calls. */
function halve([bytes, ...rest]: readonly unknown[]): never[] | undefined {
  if (!Buffer.isBuffer(bytes)) return undefined;
  const [offset, length, position] = rest;
  if (typeof length !== 'number') return [bytes.subarray(0, bytes.length / 2), ...rest] as never[];
  return [bytes, offset, Math.floor(length / 2), position] as never[];
}

async function countCalls(): Promise<void> {
  const modules = fsPromises as unknown as Calls;
  for (const name of ['rename', 'rm', 'unlink', 'writeFile', 'mkdir', 'truncate']) {
    const call = modules[name];
    if (call !== undefined) modules[name] = counted(call);
  }
  const probe = await fsPromises.open(path.join(tmpdir(), `retention-${process.pid}`), 'w');
  const handles = Object.getPrototypeOf(probe) as Calls;
  for (const name of ['write', 'writev', 'writeFile', 'appendFile', 'sync', 'datasync', 'utimes']) {
    const call = handles[name];
    if (call !== undefined) handles[name] = counted(call);
  }
  await probe.close();
  await fsPromises.unlink(path.join(tmpdir(), `retention-${process.pid}`));
  calls = 0;
  syncBuiltinESMExports();
}

await countCalls();
// What is imported from here on has the calls that count.
const { openLedger } = await import('../../src/audit/ledger.ts');
const { RetentionKeeper } = await import('../../src/audit/retention/retention-keeper.ts');
const { openTestKeys } = await import('../../src/encryption/day-keys.fixture.ts');
const { retentionParts } = await import('./retention-parts.ts');

const nowMs = (): number => Number(now);
const contentKeys = openTestKeys(dataDirectory);
const ledger = await openLedger({ dataDirectory, dayKeys: contentKeys, logName: 'gw.0', nowMs });
const parts = retentionParts({ dataDirectory, ledger, contentKeys, nowMs, startedAtMs: nowMs() });
const keptMs = 2 * DAY_MS;
const settings = { contentMs: keptMs, recordingsMs: undefined, entriesMs: keptMs };
await new RetentionKeeper({ ...parts, settings: () => settings }).run();
await ledger.close();
process.stdout.write(`${calls}\n`);
