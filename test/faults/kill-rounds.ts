import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { startGatewayStack } from './gateway-stack.ts';
import {
  EXECUTED_TABLE,
  missingFrom,
  NumberedLoad,
  readExecuted,
  readSealed,
} from './numbered-statements.ts';

/** Milliseconds under load before a kill: at least and at most. */
const LOAD_MS_MIN = 5;
const LOAD_MS_MAX = 400;
const CLIENTS = 8;

/** How often to kill a gateway, and in which mode it seals. */
export interface KillRoundsOptions {
  readonly seal: 'sealed' | 'written';
  readonly kills: number;
  /** Told after each kill and the checks that follow it. */
  readonly onRound?: (round: number, report: KillReport) => void;
}

/** What happened in all rounds together. */
export interface KillReport {
  readonly kills: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly executed: number;
  /** Executed, but the kill came before the client had the answer. */
  readonly executedUnanswered: number;
  readonly sealed: number;
  /** Sealed, but the kill came before the target had it. */
  readonly sealedUnexecuted: number;
  /** Milliseconds from the start of a new process until it takes connections, at most. */
  readonly restartMsMax: number;
}

/**
 * Kills a gateway at random instants while clients run numbered statements, starts it again, and
 * checks each time: acknowledged within executed, executed within sealed, and the ledger verifies.
 *
 * @throws {AssertionError} With the numbers that are missing.
 */
export async function runKillRounds({
  seal,
  kills,
  onRound,
}: KillRoundsOptions): Promise<KillReport> {
  await using server = await startPrivatePostgres({ version: 'debian' });
  await server.execute(EXECUTED_TABLE);
  await using stack = await startGatewayStack({
    targetPort: server.port,
    target: [[['seal'], seal]],
  });
  let report: KillReport = {
    kills: 0,
    sent: 0,
    acknowledged: 0,
    executed: 0,
    executedUnanswered: 0,
    sealed: 0,
    sealedUnexecuted: 0,
    restartMsMax: 0,
  };
  let first = 1;
  const everAcknowledged: number[] = [];
  for (let round = 1; round <= kills; round++) {
    const load = new NumberedLoad(first);
    await load.start(stack.side(), CLIENTS);
    await delay(randomInt(LOAD_MS_MIN, LOAD_MS_MAX));
    await stack.gateway().kill();
    const { sent, acknowledged, refused } = await load.finish();
    assert.equal(refused.size, 0, 'a statement was refused although nothing failed');

    const executed = await readExecuted(server, first);
    const startedAt = performance.now();
    await stack.restart();
    const restartMs = performance.now() - startedAt;
    const verified = await verifyLedger(stack.ledgerDirectory);
    assert(
      verified.ok,
      `after kill ${round} the ledger does not verify: ${JSON.stringify(verified)}`,
    );
    const sealed = await readSealed(stack.ledgerDirectory);
    everAcknowledged.push(...acknowledged);
    assert.deepEqual(missingFrom(executed, acknowledged), [], 'acknowledged, never executed');
    assert.deepEqual(missingFrom(sealed, executed), [], 'executed, never sealed');
    assert.deepEqual(missingFrom(sealed, everAcknowledged), [], 'acknowledged, not in the ledger');
    const sealedNow = [...sent].filter((number) => sealed.has(number)).length;
    report = {
      kills: round,
      sent: report.sent + sent.size,
      acknowledged: report.acknowledged + acknowledged.size,
      executed: report.executed + executed.size,
      executedUnanswered: report.executedUnanswered + missingFrom(acknowledged, executed).length,
      sealed: report.sealed + sealedNow,
      sealedUnexecuted: report.sealedUnexecuted + sealedNow - executed.size,
      restartMsMax: Math.max(report.restartMsMax, Math.round(restartMs)),
    };
    onRound?.(round, report);
    first = load.next;
  }
  assert(report.acknowledged > kills, 'the load did nothing, so nothing was tested');
  return report;
}
