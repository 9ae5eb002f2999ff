import { execFile } from 'node:child_process';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Fault as S3Fault } from '../../archive/start-s3.ts';
import type { GatewayStack } from '../gateway-stack.ts';
import { type FaultWorld, LEDGER_BYTES } from './fault-world.ts';
import type { FaultyLink, LinkState } from './faulty-link.ts';

/** One way in which something fails. */
export interface Fault {
  readonly name: string;
  /** What is done, for the table. */
  readonly how: string;
  /** Milliseconds that it lasts, at least and at most. */
  readonly lastsMs: readonly [min: number, max: number];
  /** Lets it begin. What it resolves with ends it. */
  inject(world: FaultWorld): Promise<() => Promise<unknown>>;
}

const { EIO, ENOSPC, EROFS } = constants.errno;
const SHORT = [200, 1_500] as const;
/** Longer than the ledger takes to refuse, shorter than sessions are let wait. */
const LONG = [2_500, 6_000] as const;
const STANDBY_BEHIND_MS = 300;
/** Attempts of a supervisor, and milliseconds between them. */
const STARTS_MAX = 20;
const RESTART_MS = 200;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

const run = promisify(execFile);

/** All faults, in the order of the table. */
export const FAULTS: readonly Fault[] = [
  failingDisk('fsync fails', 'fdatasync answers EIO', 'sync', EIO),
  failingDisk('write fails', 'write answers EIO', 'write', EIO),
  failingDisk('read-only', 'write answers EROFS', 'write', EROFS),
  failingDisk('no space by errno', 'write answers ENOSPC', 'write', ENOSPC),
  {
    name: 'disk full',
    how: "the ledger's file system shrinks to what is used",
    lastsMs: SHORT,
    async inject({ ledgerDirectory }) {
      await shrink(ledgerDirectory);
      return () => remount(ledgerDirectory, LEDGER_BYTES);
    },
  },
  broken('store', { kind: 'down' }, { name: 'store down', how: 'connections are refused and cut' }),
  broken(
    'store',
    { kind: 'silent' },
    { name: 'store silent', how: 'connections hang', lastsMs: LONG },
  ),
  broken(
    'store',
    { kind: 'slow', delayMs: 200 },
    { name: 'store slow', how: 'every packet takes 200 ms' },
  ),
  {
    name: 'stale standby promoted',
    how: 'the store is replaced by an earlier copy of it',
    lastsMs: SHORT,
    async inject(world) {
      const promote = await world.startStandby();
      // It falls behind.
      await delay(STANDBY_BEHIND_MS);
      await promote();
      // There is no way back: the copy is the store from now on.
      return async () => undefined;
    },
  },
  broken(
    'witness',
    { kind: 'down' },
    { name: 'witness down', how: 'connections are refused and cut' },
  ),
  broken(
    'witness',
    { kind: 'silent' },
    { name: 'witness silent', how: 'connections hang', lastsMs: LONG },
  ),
  broken('sink', { kind: 'down' }, { name: 'sink down', how: 'connections are refused and cut' }),
  broken('sink', { kind: 'silent' }, { name: 'sink silent', how: 'connections hang' }),
  s3('S3 down', 'connections are cut', 'break'),
  s3('S3 failing', 'every answer is 500', 'fail'),
  s3('S3 silent', 'no answer comes', 'hang'),
  s3('S3 slow', 'each request takes a second more', 'slow'),
  s3('S3 lying', 'it says yes with a wrong ETag', 'wrong-etag'),
  s3('S3 forgetful', 'it says yes and keeps nothing', 'drop'),
  jump('clock forward', 'the wall clock jumps an hour ahead', HOUR_SECONDS),
  jump('clock back', 'the wall clock jumps an hour back', -HOUR_SECONDS),
  jump('another day', 'the wall clock jumps a day ahead', DAY_SECONDS),
  {
    name: 'pause',
    how: 'SIGSTOP, as a virtual machine that is moved',
    lastsMs: SHORT,
    async inject({ stack }) {
      const { pid } = stack.gateway();
      signal(pid, 'SIGSTOP');
      return async () => signal(pid, 'SIGCONT');
    },
  },
  {
    name: 'kill -9',
    how: 'the process is killed and started again',
    lastsMs: [0, 50],
    async inject({ stack }) {
      await stack.gateway().kill();
      return () => supervise(stack);
    },
  },
];

/** Does nothing to a process that is gone: another fault may have killed it. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Starts the gateway again and again until it runs, as a supervisor does. */
async function supervise(stack: GatewayStack): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await stack.restart();
      return;
    } catch (error) {
      if (attempt === STARTS_MAX) throw error;
      await delay(RESTART_MS);
    }
  }
}

function failingDisk(
  name: string,
  how: string,
  flag: keyof FaultWorld['flags'],
  errno: number,
): Fault {
  return {
    name,
    how,
    lastsMs: SHORT,
    async inject({ flags }) {
      await writeFile(flags[flag], String(errno));
      return () => rm(flags[flag], { force: true });
    },
  };
}

function broken(
  link: keyof FaultWorld['links'],
  state: LinkState,
  about: Pick<Fault, 'name' | 'how'> & Partial<Pick<Fault, 'lastsMs'>>,
): Fault {
  return {
    lastsMs: SHORT,
    ...about,
    async inject({ links }) {
      const broken: FaultyLink = links[link];
      broken.set(state);
      return async () => {
        // What hung is cut: nobody waits for a connection that was never answered.
        broken.set({ kind: 'down' });
        broken.set({ kind: 'up' });
      };
    },
  };
}

function s3(name: string, how: string, fault: S3Fault): Fault {
  return {
    name,
    how,
    lastsMs: SHORT,
    async inject(world) {
      world.s3.fault = () => fault;
      return async () => {
        world.s3.fault = () => 'none';
      };
    },
  };
}

function jump(name: string, how: string, seconds: number): Fault {
  return {
    name,
    how,
    lastsMs: SHORT,
    async inject(world) {
      await world.setClock(seconds);
      return () => world.setClock(0);
    },
  };
}

/** Leaves a file system next to no room. While it is measured it grows: then with more room. */
async function shrink(directory: string): Promise<void> {
  for (let room = 4 * 1024; ; room *= 2) {
    try {
      await remount(directory, (await bytesBelow(directory)) + room);
      return;
    } catch (error) {
      if (room > LEDGER_BYTES) throw error;
    }
  }
}

function remount(directory: string, bytes: number): Promise<unknown> {
  return run('mount', ['-o', `remount,size=${bytes}`, directory]);
}

async function bytesBelow(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).blocks * 512;
  }
  return bytes;
}
