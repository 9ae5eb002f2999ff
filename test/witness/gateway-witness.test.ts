import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { requestKeyChange } from '../../src/audit/change-key.ts';
import { logPaths } from '../../src/audit/ledger-layout.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { signIn } from '../e2e/raw-connection.ts';
import { type GatewayStack, startGatewayStack } from '../faults/gateway-stack.ts';
import { startWitnessProcess, type WitnessProcess } from './witness-process.ts';

const SOON_MS_MAX = 60_000;

/** Whether something comes true while one waits for it. */
async function comesTrue(isTrue: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + SOON_MS_MAX;
  while (!(await isTrue())) {
    if (performance.now() > until) return false;
    await delay(100);
  }
  return true;
}

describe('a gateway whose target asks for witnesses', () => {
  let directory: string;
  let server: PrivatePostgres;
  let witness: WitnessProcess;
  let stack: GatewayStack;
  let log: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-gateway-witness-'));
    server = await startPrivatePostgres({ version: 'debian' });
    witness = await startWitnessProcess(path.join(directory, 'witness'), 'w.example');
    const witnesses = {
      of: [{ key: witness.key, url: witness.url }],
      strictFor: ['postgres'],
      staleAfter: '10s',
    };
    stack = await startGatewayStack({
      targetPort: server.port,
      gateway: [[['audit'], { checkpointInterval: '1s', witnesses }]],
    });
    const [name = ''] = (await readdir(stack.ledgerDirectory)).filter((file) =>
      file.endsWith('.0'),
    );
    log = name;
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await witness[Symbol.asyncDispose]();
    await server.stop();
    await rm(directory, { recursive: true });
  });

  const canEnter = async (): Promise<boolean> => {
    try {
      using _connection = await signIn(stack.side());
      return true;
    } catch {
      return false;
    }
  };

  const readPublicKey = async (): Promise<string> =>
    (await readFile(logPaths(stack.dataDirectory, log).publicKey, 'utf8')).trim();

  it('lets nobody in before the witness has cosigned, and everybody after', async () => {
    assert.equal(await canEnter(), false);
    await witness.addLog(await readPublicKey());
    assert(await comesTrue(canEnter), stack.gateway().log().slice(-2_000));
  });

  it('changes its key when it is asked, and goes on once the witness knows the new one', async () => {
    const old = await readPublicKey();
    await requestKeyChange(logPaths(stack.dataDirectory, log));
    assert(await comesTrue(async () => (await readPublicKey()) !== old));
    await witness.addLog(await readPublicKey());
    assert(await comesTrue(canEnter));
  });

  it('lets nobody in once the witness is gone for too long', async () => {
    await witness.kill();
    assert(await comesTrue(async () => !(await canEnter())));
    const isSaid = async (): Promise<boolean> => /ledger\.witnessing/.test(stack.gateway().log());
    assert(await comesTrue(isSaid), stack.gateway().log().slice(-2_000));
  });

  it('leaves a ledger of which the witness vouches for nearly all', async () => {
    await stack.gateway().stop();
    const report = await verifyLedger(stack.ledgerDirectory, {
      witnesses: { keys: [witness.key], asOfMs: Date.now(), staleAfterMs: 10 * SOON_MS_MAX },
    });
    assert.deepEqual(report.problems, []);
    const [found] = report.logs;
    assert.equal(found?.problem, undefined);
    assert((found?.witnessed?.entries ?? 0) > 0);
  });
});
