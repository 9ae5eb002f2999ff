import assert from 'node:assert/strict';
import { join } from 'node:path';
import { compareConnector } from '../../../src/audit/compare-connector.ts';
import type { EntryKind } from '../../../src/audit/ledger-port.ts';
import { readEntries } from '../../../src/audit/read-entries.ts';
import { verifyTogether } from '../join-ledgers.ts';
import type { NemesisWorld } from './nemesis-world.ts';
import { readCarriedRecords } from './read-carried-records.ts';

/** What connectors and ledgers say of the same sessions. */
export interface Evidence {
  /** Sessions that a connector logged in for. */
  readonly sessions: number;
  /** That connectors counted in them. */
  readonly operations: number;
  /** That ledgers have of them. */
  readonly operationsSealed: number;
  /** That connectors signed. */
  readonly records: number;
}

/**
 * Stops connectors and gateways, and holds against each other what they leave: the ledgers verify together, without a
 * fork, and each record of a connector is signed, follows the one before, and is contradicted by no ledger.
 *
 * @throws {AssertionError} With what was found.
 */
export async function checkEvidence({ members, connectors }: NemesisWorld): Promise<Evidence> {
  // In this order: the last records are still entered.
  for (const { process: own } of connectors) await own.signal('SIGTERM');
  for (const { process: own } of members) await own.stop();
  const verified = await verifyTogether(members);
  assert(verified.ok, JSON.stringify(verified.problems));

  const ledgers = members.map(({ dataDirectory }) => join(dataDirectory, 'ledger'));
  const entered = await readEntered(ledgers);
  assert.deepEqual(entered.notFollowing, [], 'records that the gateways missed');
  const counted = new Map<string, number>();
  let records = 0;
  for (const { name, recordsDirectory } of connectors) {
    const compared = await compareConnector({ ledgers, records: recordsDirectory });
    assert.deepEqual(compared.findings, [], `what ${name} says against the ledgers`);
    records += compared.records;
    for (const { sessionId, kind, operations } of await readCarriedRecords(recordsDirectory)) {
      if (kind !== 'postgres' || sessionId === 'gateway') continue;
      counted.set(sessionId, (counted.get(sessionId) ?? 0) + operations);
    }
  }
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  return {
    records,
    sessions: counted.size,
    operations: sum([...counted.values()]),
    operationsSealed: sum([...counted.keys()].map((id) => entered.operations.get(id) ?? 0)),
  };
}

interface Entered {
  /** By session. */
  readonly operations: ReadonlyMap<string, number>;
  /** Lines of connectors that their gateway did not expect. */
  readonly notFollowing: readonly string[];
}

async function readEntered(ledgers: readonly string[]): Promise<Entered> {
  const kinds = new Set<EntryKind>(['operation', 'connector.carried']);
  const operations = new Map<string, number>();
  const notFollowing: string[] = [];
  for (const ledger of ledgers) {
    for await (const { entry } of readEntries(ledger, { kinds })) {
      const { kind, session = '' } = entry;
      if (kind === 'operation') operations.set(session, (operations.get(session) ?? 0) + 1);
      else if (entry['follows'] !== true) notFollowing.push(String(entry['record']));
    }
  }
  return { operations, notFollowing };
}
