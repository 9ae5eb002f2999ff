import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { errorFields, query, signIn } from '../e2e/raw-connection.ts';
import { type GatewayStack, startGatewayStack } from './gateway-stack.ts';
import {
  EXECUTED_TABLE,
  missingFrom,
  NumberedLoad,
  readExecuted,
  readSealed,
} from './numbered-statements.ts';
import { becomes } from './process-status.ts';

const SOURCE = path.join(import.meta.dirname, 'ledger-disk.c');
const { EIO, ENOSPC } = constants.errno;
/** A ledger that failed looks again every now and then. */
const RESUME_MS_MAX = 30_000;
const CLIENTS = 4;
const STEP = 40;

const run = promisify(execFile);

describe('a gateway whose ledger cannot be written', () => {
  let directory: string;
  let library: string;
  let server: PrivatePostgres;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-ledger-'));
    library = path.join(directory, 'ledger-disk.so');
    await run('cc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
    server = await startPrivatePostgres({ version: 'debian' });
  });

  after(async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  });

  /** Numbered statements before, during and after a fault, on the same sessions throughout. */
  async function expectRefusalsOnly(
    stack: GatewayStack,
    breakDisk: () => Promise<unknown>,
    healDisk: () => Promise<unknown>,
  ): Promise<void> {
    await server.execute(`DROP TABLE IF EXISTS executed; ${EXECUTED_TABLE}`);
    const load = new NumberedLoad(1);
    await load.start(stack.side(), CLIENTS);
    const reaches = async (what: () => number, count: number): Promise<void> => {
      const isReached = await becomes(() => what() >= count, RESUME_MS_MAX);
      assert(isReached, `${what()} of ${count}\n${stack.gateway().log().slice(-2_000)}`);
    };
    await reaches(() => load.acknowledgedCount, STEP);
    await breakDisk();
    await reaches(() => load.refusedCount, STEP);
    await assert.rejects(signIn(stack.side()), /57P03/, 'a new session was let in');
    await healDisk();
    const before = load.acknowledgedCount;
    await reaches(() => load.acknowledgedCount, before + STEP);
    using fresh = await signIn(stack.side());
    fresh.send(query('SELECT 1'));
    const answer = await fresh.messagesUntil('Z');
    assert(!answer.some(({ type }) => type === 'E'));

    const { acknowledged, refused } = await load.finish();
    assert.deepEqual([...new Set(refused.values())], ['57P03']);
    const executed = await readExecuted(server);
    assert.deepEqual(missingFrom(executed, acknowledged), [], 'acknowledged, never executed');
    assert.deepEqual(
      [...refused.keys()].filter((number) => executed.has(number)),
      [],
      'refused, yet executed',
    );
    await stack.gateway().stop();
    const sealed = await readSealed(stack.ledgerDirectory);
    assert.deepEqual(missingFrom(sealed, executed), [], 'executed, never sealed');
    const report = await verifyLedger(stack.ledgerDirectory);
    assert(report.ok, JSON.stringify(report));
  }

  for (const [what, variable, number, seal] of [
    ['fdatasync fails', 'FAULT_SYNC', EIO, 'sealed'],
    ['write fails', 'FAULT_WRITE', EIO, 'written'],
    ['the disk is full', 'FAULT_WRITE', ENOSPC, 'sealed'],
  ] as const) {
    it(`refuses operations while ${what}, keeps its sessions, and resumes by itself`, async () => {
      const flag = path.join(directory, `${variable}-${number}.flag`);
      await using stack = await startGatewayStack({
        targetPort: server.port,
        target: [[['seal'], seal]],
        environment: {
          LD_PRELOAD: library,
          FAULT_PATH: path.join(directory, `${variable}-${number}`, 'ledger'),
          [variable]: flag,
        },
        dataDirectory: path.join(directory, `${variable}-${number}`),
      });
      await expectRefusalsOnly(
        stack,
        () => writeFile(flag, String(number)),
        () => rm(flag),
      );
    });
  }

  it('says why to the client, in its protocol, once', async () => {
    const dataDirectory = path.join(directory, 'once');
    const flag = path.join(directory, 'once.flag');
    await using stack = await startGatewayStack({
      targetPort: server.port,
      dataDirectory,
      environment: {
        LD_PRELOAD: library,
        FAULT_PATH: path.join(dataDirectory, 'ledger'),
        FAULT_SYNC: flag,
      },
      target: [[['seal'], 'sealed']],
    });
    using session = await signIn(stack.side());
    session.send(query('BEGIN'));
    await session.messagesUntil('Z');
    await writeFile(flag, String(EIO));
    session.send(query('SELECT 41'));
    const refused = await session.messagesUntil('Z');
    assert.deepEqual(
      refused.map(({ type }) => type),
      ['E', 'Z'],
    );
    const [error, ready] = refused;
    const fields = errorFields(error?.body ?? Buffer.alloc(0));
    assert.deepEqual([fields['S'], fields['C']], ['ERROR', '57P03']);
    assert.match(fields['H'] ?? '', /Nothing was run/);
    // The transaction failed as it would have with any other error.
    assert.equal(ready?.body.toString(), 'E');
    await rm(flag);
    const isBack = async (): Promise<boolean> => {
      session.send(query('ROLLBACK'));
      return (await session.messagesUntil('Z')).every(({ type }) => type !== 'E');
    };
    const until = performance.now() + RESUME_MS_MAX;
    while (!(await isBack())) {
      assert(performance.now() < until, 'the session did not recover');
      await delay(100);
    }
  });

  // Mounting needs root; without it the preloaded ENOSPC above stands for a full disk.
  if (process.getuid?.() === 0) {
    it('refuses operations on a file system without space, and resumes when it gets some', async () => {
      const dataDirectory = path.join(directory, 'small');
      const ledgerDirectory = path.join(dataDirectory, 'ledger');
      await run('mkdir', ['-p', ledgerDirectory]);
      await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', ledgerDirectory]);
      try {
        await using stack = await startGatewayStack({ targetPort: server.port, dataDirectory });
        await expectRefusalsOnly(
          stack,
          // The load fills it by itself.
          async () => undefined,
          () => run('mount', ['-o', 'remount,size=16m', ledgerDirectory]),
        );
      } finally {
        await run('umount', ['-l', ledgerDirectory]);
      }
    });
  }
});
