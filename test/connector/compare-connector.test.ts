import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compareConnector } from '../../src/audit/compare-connector.ts';
import {
  type CarriedRecord,
  decodeSignedRecord,
  digestRecord,
  encodeRecordBody,
  encodeSignedRecord,
} from '../../src/wire/tunnel/carried-record.ts';
import { type Environment, startEnvironment } from '../e2e/environment.ts';
import { runPsql } from '../e2e/run-client.ts';
import { eventually } from './eventually.ts';
import { addConnector, startConnector, writeConnector } from './start-connector.ts';

let environment: Environment;
let directory: string;
let ledger: string;
let records: string;
const opened = new AsyncDisposableStack();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-compare-'));
  opened.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  environment = opened.use(
    await startEnvironment({
      patients: 20,
      gateway: [[['listeners', 'connectors'], { address: '127.0.0.1:0' }]],
      target: [
        [['connector'], 'ward-3'],
        [['credential'], { at: 'connector' }],
        [['tls'], undefined],
      ],
    }),
  );
  const { process: gateway, configurationDirectory, provider, server } = environment;
  assert(gateway?.connectors && gateway.api);
  ledger = join(configurationDirectory, '../data/ledger');
  const api = {
    ...{ port: gateway.api.port, token: provider.issueToken('tester') },
    authorityFile: join(configurationDirectory, 'tls/ca.crt'),
  };
  const { token, authority } = await addConnector(api, 'ward-3');
  await writeConnector(directory, {
    ...{ name: 'ward-3', authority, token },
    gateways: [`127.0.0.1:${gateway.connectors.port}`],
    targets: {
      postgres: {
        ...{ kind: 'postgres', address: `${server.host}:${server.port}`, database: 'hospital' },
        ...{ databases: ['*'], tls: { mode: 'disable' }, credential: { user: server.superuser } },
      },
    },
  });
  opened.use(await startConnector(directory));
  records = join(directory, 'data/carried');
});
after(() => opened.disposeAsync());

async function readLines(from = records): Promise<{ readonly file: string; lines: string[] }> {
  const [name = ''] = (await readdir(from)).filter((path) => path.endsWith('.jsonl'));
  const file = join(from, name);
  const text = await readFile(file, 'utf8').catch(() => '');
  return { file, lines: text.split('\n').filter((line) => line !== '') };
}

async function copyRecords(name: string): Promise<string> {
  const copy = join(directory, name);
  await cp(records, copy, { recursive: true });
  return copy;
}

describe('the records of a connector, against the ledger', () => {
  before(async () => {
    for (const statements of [
      'select count(*) from patients',
      'begin; update patients set id = id where false; commit',
      'copy (select 1) to stdout',
    ]) {
      const { code, stderr } = await runPsql(environment.gateway, ['-c', statements]);
      assert.equal(code, 0, stderr);
    }
    // Prepared, executed twice on one connection, and one by one.
    const script = 'select 1;\nselect 2;\nselect $1::int \\bind 3 \\g\n';
    await runPsql(environment.gateway, ['-f', '-'], { input: script });
    await eventually('all records', async () => {
      const { lines } = await readLines();
      const sessions = lines.map((line) => decodeSignedRecord(Buffer.from(line)).record);
      const ids = new Set(sessions.map(({ sessionId }) => sessionId));
      ids.delete('gateway');
      return ids.size >= 4 ? true : undefined;
    });
  });

  it('find nothing that a gateway hides which hides nothing', async () => {
    const comparison = await compareConnector({ ledgers: [ledger], records });
    assert.deepEqual(comparison.findings, []);
    assert(comparison.sessions >= 4);
  });

  it('find the session, and the operations, of a gateway that hides them', async () => {
    const copy = await copyRecords('hidden');
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    await writeFile(join(copy, 'records.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
    const { file, lines } = await readLines(copy);
    const known = lines
      .map((line) => decodeSignedRecord(Buffer.from(line)).record)
      .find(({ sessionId }) => sessionId !== 'gateway');
    assert(known);
    let previous = '0'.repeat(64);
    const write = (record: CarriedRecord): string => {
      const body = encodeRecordBody({ ...record, previous });
      previous = digestRecord(body);
      return encodeSignedRecord({ body, signature: sign(null, body, privateKey) }).toString();
    };
    await writeFile(
      file,
      [
        write({ ...known, sequence: 1, operations: 1_000 }),
        write({ ...known, sequence: 2, sessionId: 'hidden', operations: 1 }),
        '',
      ].join('\n'),
    );
    const { findings } = await compareConnector({ ledgers: [ledger], records: copy });
    assert.deepEqual(
      findings.map((finding) => finding.kind),
      ['operations-missing', 'session-missing'],
    );
  });

  it('find records that were changed, taken out or put in another order', async () => {
    for (const [name, change] of [
      [
        'changed',
        (lines: string[]) => lines.map((line) => line.replace('"streams":1', '"streams":0')),
      ],
      ['taken-out', (lines: string[]) => lines.slice(1)],
      ['in-another-order', (lines: string[]) => lines.toReversed()],
    ] as const) {
      const copy = await copyRecords(name);
      const { file, lines } = await readLines(copy);
      assert(lines.length > 1);
      await writeFile(file, `${change(lines).join('\n')}\n`);
      const { findings } = await compareConnector({ ledgers: [ledger], records: copy });
      assert(
        findings.some(({ kind }) => kind === 'records-broken'),
        name,
      );
    }
  });

  it('find what no ledger has that was said to be entered', async () => {
    const { lines } = await readLines();
    const elsewhere = join(directory, 'other-ledger');
    await cp(ledger, elsewhere, { recursive: true });
    const [log = ''] = (await readdir(elsewhere)).filter((path) => path.endsWith('.0'));
    for (const segment of await readdir(join(elsewhere, log))) {
      await rm(join(elsewhere, log, segment), { recursive: true });
    }
    const { findings } = await compareConnector({ ledgers: [elsewhere], records });
    assert(findings.some(({ kind }) => kind === 'session-missing'));
    assert(lines.length > 0);
  });
});
