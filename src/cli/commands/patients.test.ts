import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openLedger } from '../../audit/ledger.ts';
import { SMALLEST_GATEWAY } from '../../configuration/smallest-gateway.fixture.ts';
import { DayKeyFiles } from '../../encryption/day-key-files.ts';
import { readOwnMasterKey } from '../../encryption/read-master-key.ts';
import { type CliOutcome, runForOutcome } from '../cli-outcome.fixture.ts';
import type { CliHost } from '../command-context.ts';

/** HMAC-SHA-256 under the key derived from 32 bytes 07: what the gateway enters for the patient 4711. */
const EVIDENCE_OF_4711 = {
  rows: 2,
  masked: { ssn: 2 },
  raw: { name: ['nurses'] },
  patients: { form: 'exact', key: '7457f210', hashes: ['I8ipCCaX0P48WORZj6yfTg'] },
};
const DIGEST = 'ab'.repeat(32);

let config: string;

function whoSaw(args: readonly string[], given: Partial<CliHost> = {}): Promise<CliOutcome> {
  return runForOutcome(['patients', 'who-saw', ...args], {
    nowMs: () => 10_000,
    readInput: async () => Buffer.from('4711\n'),
    ...given,
  });
}

describe('sallyport patients who-saw', () => {
  before(async () => {
    config = await mkdtemp(join(tmpdir(), 'sallyport-patients-'));
    await writeFile(join(config, 'sallyport.yaml'), SMALLEST_GATEWAY);
    await mkdir(join(config, 'data'));
    await writeFile(join(config, 'data', 'masking.key'), `${'07'.repeat(32)}\n`, { mode: 0o600 });
    let nowMs = 0;
    const dataDirectory = join(config, 'data');
    const dayKeys = new DayKeyFiles({
      dataDirectory,
      purpose: 'content',
      masterKey: await readOwnMasterKey(dataDirectory),
    });
    await using ledger = await openLedger({
      dataDirectory,
      dayKeys,
      logName: 'gw',
      nowMs: () => nowMs,
    });
    const session = 's1';
    const principal = { id: 'okta:noor', kind: 'person', name: 'Noor' };
    for (const fields of [
      { kind: 'session.start', session, principal, target: 'hospital' },
      { kind: 'operation', session, content: { textSha256: DIGEST } },
      { kind: 'result', session, operation: 1, ...EVIDENCE_OF_4711 },
      { kind: 'result', session, operation: 1, rows: 1, unseen: true },
      { kind: 'result', session, operation: 1, rows: 1, pseudonyms: EVIDENCE_OF_4711.patients },
    ] as const) {
      nowMs += 1000;
      await new Promise<void>((resolve) => ledger.append(fields, 'sealed', () => resolve()));
    }
  });
  after(() => rm(config, { recursive: true }));

  it('says who, when, in which session, by which statement, masked or raw, and how certain', async () => {
    const { code, out, err } = await whoSaw(['hospital', '4711', '--config', config]);
    assert.equal(code, 0);
    assert.deepEqual(out.trim().split('\n'), [
      '1970-01-01T00:00:03.000Z saw Noor (okta:noor) session=s1 statement=abababababab rows=2 raw=name masked=ssn',
      '1970-01-01T00:00:05.000Z may Noor (okta:noor) session=s1 statement=abababababab rows=1 doubt=pseudonyms',
    ]);
    assert.match(err, /showed rows of this patient: 1; that may have: 1\./);
    assert.match(err, /do not show whose: 1; --all lists them\./);
  });

  it('says of no target that was misspelt that nobody saw anything', async () => {
    const { code, out, err } = await whoSaw(['hospitl', '4711', '--config', config]);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /There is no target hospitl/);
  });

  it('lists what did not show whose rows it read where all is asked for', async () => {
    const { out } = await whoSaw(['hospital', '4711', '--config', config, '--all']);
    assert.match(out, /04\.000Z may .* doubt=unseen/);
  });

  it('takes the pseudonyms of the patient', async () => {
    const args = ['hospital', 'unknown', '--config', config, '--pseudonym', '4711'];
    assert.match((await whoSaw(args)).out, /05\.000Z saw /);
  });

  it('takes the id from standard input, where other users of the machine cannot see it', async () => {
    const { out } = await whoSaw(['hospital', '-', '--config', config]);
    assert.match(out, / saw Noor /);
  });

  it('prints JSON, a line for each result', async () => {
    const { out } = await whoSaw(['hospital', '4711', '--config', config, '--json']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(lines[0], {
      at: '1970-01-01T00:00:03.000Z',
      logName: 'gw',
      seq: 2,
      session: 's1',
      principalId: 'okta:noor',
      principalName: 'Noor',
      statementSha256: DIGEST,
      match: 'yes',
      doubts: [],
      rows: 2,
      raw: ['name'],
      masked: ['ssn'],
      found: [],
    });
    assert.equal(lines.length, 3);
  });

  it('says so when nobody did, and looks no further back than it is told', async () => {
    const late = await whoSaw(['hospital', '4711', '--config', config, '--since', '4s']);
    assert.equal(late.out, '');
    assert.match(late.err, /hospital that showed rows of this patient: 0; that may have: 0\./);
    assert.match(late.err, /patientKeys/);
    const found = await whoSaw(['hospital', '4711', '--config', config]);
    assert.doesNotMatch(found.err, /patientKeys/);
  });

  it('fails without a key, and makes none', async () => {
    await rm(join(config, 'data', 'masking.key'));
    const { code, err } = await whoSaw(['hospital', '4711', '--config', config]);
    assert.equal(code, 1);
    assert.match(err, /There is no key/);
    assert.equal((await whoSaw(['hospital', '4711', '--config', config])).code, 1);
  });
});
