import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findFreePort } from '../../demo/find-free-port.ts';
import { formatWitnessKey } from '../../src/audit/cosignature.ts';
import { logPaths } from '../../src/audit/ledger-layout.ts';
import { LedgerCopy, readLedgerPieces } from '../../src/audit/ledger-pieces.ts';
import { formatVerifierKey } from '../../src/audit/signed-note.ts';
import { loadSigningKey } from '../../src/audit/signing-key.ts';
import { type VerifyReport, verifyLedger } from '../../src/audit/verify-ledger.ts';
import { loadWitnessKey } from '../../src/audit/witness/witness-files.ts';
import { eventually } from '../connector/eventually.ts';
import { runPsql } from '../e2e/run-client.ts';
import { type Gateways, startGateways } from './environment.ts';

const NAMES = ['gw-0', 'gw-1', 'gw-2'] as const;
const LOGS: readonly string[] = NAMES.map((name) => `${name}.0`);
const DAY_MS = 86_400_000;

/** Who a gateway is to the others, known before it starts. */
interface Identity {
  readonly dataDirectory: string;
  /** What its log's checkpoints are signed with, as verifiers have it. */
  readonly logKey: string;
  readonly witnessKey: string;
  readonly witnessPort: number;
}

async function makeIdentity(name: string, directory: string): Promise<Identity> {
  const dataDirectory = join(directory, name);
  const log = `${name}.0`;
  const signingKey = await loadSigningKey(logPaths(dataDirectory, log), log);
  const witness = await loadWitnessKey(join(dataDirectory, 'witness'), name);
  return {
    dataDirectory,
    logKey: formatVerifierKey(log, createPublicKey(signingKey)),
    witnessKey: formatWitnessKey(witness),
    witnessPort: await findFreePort(),
  };
}

describe('gateways that are witnesses of each other', () => {
  let directory: string;
  let gateways: Gateways;
  const identities = new Map<string, Identity>();
  /** The ledgers of all, copied while they run. */
  let copy: LedgerCopy;
  let copiedAtMs: number;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-cosigned-'));
    for (const name of NAMES) identities.set(name, await makeIdentity(name, directory));
    gateways = await startGateways({
      own: async (name) => ({
        gateway: [
          [['gateway', 'dataDirectory'], identities.get(name)?.dataDirectory],
          [['audit', 'checkpointInterval'], '1s'],
          [['audit', 'witness'], describeOwn(name)],
          [['audit', 'witnesses'], { of: describeOthers(name) }],
        ],
      }),
    });
    for (const member of gateways.members) {
      const { stdout, stderr } = await runPsql(member.side('ana'), ['-Atc', 'select 40 + 2']);
      assert.equal(stdout, '42\n', stderr);
    }
    copy = await eventually('cosigned ledgers', async () => {
      const found = await LedgerCopy.make(directory);
      copiedAtMs = Date.now();
      for (const { dataDirectory } of identities.values()) {
        await found.add(readLedgerPieces(join(dataDirectory, 'ledger')), () => true);
      }
      const { ok, logs } = await verify(found.directory);
      // What a session did is beneath what was cosigned.
      return ok && logs.every(({ signedEntries }) => signedEntries > 6) ? found : undefined;
    });
  });
  after(async () => {
    await gateways[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  function describeOwn(name: string): object {
    const own = identities.get(name);
    return {
      listen: `127.0.0.1:${own?.witnessPort}`,
      logs: listOthers(name).map(({ logKey }) => logKey),
    };
  }

  function describeOthers(name: string): readonly object[] {
    return listOthers(name).map(({ witnessKey, witnessPort }) => ({
      key: witnessKey,
      url: `http://127.0.0.1:${witnessPort}`,
    }));
  }

  function listOthers(name: string): readonly Identity[] {
    return [...identities].filter(([other]) => other !== name).map(([, identity]) => identity);
  }

  /** By nothing but the keys of witnesses; each log has two. */
  function verify(
    ledger = copy.directory,
    asOfMs = copiedAtMs,
    keys = [...identities.values()].map(({ witnessKey }) => witnessKey),
  ): Promise<VerifyReport> {
    return verifyLedger(ledger, { witnesses: { keys, required: 2, asOfMs } });
  }

  it('have ledgers that verify with the keys of witnesses alone', async () => {
    const { ok, logs, problems } = await verify();
    assert.deepEqual([ok, problems], [true, []]);
    assert.deepEqual(
      logs.map(({ name, problem }) => [name, problem]),
      LOGS.map((name) => [name, undefined]),
    );
  });

  it('do not vouch for an end that was cut off, nor for any time after they looked', async () => {
    const later = await verify(copy.directory, copiedAtMs + DAY_MS);
    assert.equal(later.ok, false);
    const cut = join(directory, 'cut');
    await cp(copy.directory, cut, { recursive: true });
    await truncate(join(cut, 'gw-0.0', '0000000000000000.segment'), 2_048);
    assert.equal((await verify(cut)).ok, false);
  });

  it('are believed as witnesses by who has their keys, and by nobody else', async () => {
    const stranger = await loadWitnessKey(join(directory, 'stranger'), 'gw-0');
    const [, , last] = [...identities.values()];
    const keys = [formatWitnessKey(stranger), last?.witnessKey ?? ''];
    assert.equal((await verify(copy.directory, copiedAtMs, keys)).ok, false);
  });
});
