import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Explanation } from '../../src/api/explanation.ts';
import { type CliOutcome, runForOutcome } from '../../src/cli/cli-outcome.fixture.ts';
import { rememberGateway } from '../../src/cli/gateway-settings.ts';
import { createMaskKeys } from '../../src/masking/masks/pseudonym-keys.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import { runPsql } from './run-client.ts';

describe('sallyport explain, on the hospital', () => {
  let environment: HospitalEnvironment;
  let home: string;

  before(async () => {
    environment = await startHospitalEnvironment();
    home = await mkdtemp(join(tmpdir(), 'sallyport-explain-'));
    const { stack } = environment;
    const postgres = { host: '127.0.0.1', port: stack.gateway().postgres.port };
    await rememberGateway(
      { HOME: home },
      {
        url: `https://127.0.0.1:${stack.gateway().api?.port}`,
        ca: await readFile(stack.authorityFile, 'utf8'),
        configuration: {
          version: 1,
          signIn: { issuer: stack.provider.issuer, clientId: 'sallyport', scopes: [] },
          browserSignIns: [],
          postgres,
          tls: {},
        },
      },
    );
  });
  after(async () => {
    await environment[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  it('says what the analyst, the nurse and the officer would see, and by which policy', async () => {
    const sql = 'SELECT mrn, last_name, ssn, city FROM patients';
    assert.deepEqual(await seenBy('ana', sql), {
      mrn: 'masked pseudonym',
      last_name: 'masked redact',
      ssn: 'masked last4',
      city: 'masked redact',
    });
    const nurse = await seenBy('noor', sql);
    assert.equal(nurse['ssn'], 'masked last4');
    assert.equal(nurse['last_name'], 'raw redact');
    const { sent, shown } = await explain('petra', sql);
    assert.equal(sent, sql);
    assert.deepEqual(
      shown?.map(({ className, policies }) => [className, policies.join()]),
      [
        ['city', 'officers-reveal'],
        ['mrn', 'officers-reveal'],
        ['name', 'officers-reveal'],
        ['ssn', 'officers-reveal'],
      ],
    );
  });

  it("agrees with what a session's result shows", async () => {
    const sql = 'SELECT mrn, ssn, state FROM patients WHERE id = 1';
    const { outcome, statements } = await explain('ana', sql);
    assert.equal(outcome, 'run');
    assert.deepEqual(
      statements[0]?.outputs?.map(({ masked }) => masked),
      [['mrn'], ['ssn'], []],
    );
    const { stdout } = await runPsql(environment.as('ana'), ['-At', '-c', sql]);
    assert.match(stdout, /^ps1_[^|]+\|\*{7}\d{4}\|\w/);
  });

  it("shows the rewritten statement without any of the gateway's keys", async () => {
    const { sent } = await explain(
      'ana',
      'SELECT * FROM patients p JOIN encounters e ON e.patient_id = p.id',
    );
    assert.match(sent ?? '', /<key>/);
    assert.doesNotMatch(sent ?? '', /[0-9a-f]{64}/i);
    const file = join(environment.stack.configurationDirectory, '../data/masking.key');
    const keys = createMaskKeys(Buffer.from((await readFile(file, 'utf8')).trim(), 'hex'), 1);
    const { innerBlock, outerBlock } = keys.derive('pseudonym', 'mrn');
    for (const block of [innerBlock, outerBlock]) {
      for (let offset = 0; offset + 4 <= 32; offset++) {
        const piece = block.subarray(offset, offset + 4).toString('hex');
        assert.ok(!sent?.includes(piece), `key bytes from ${offset}`);
      }
    }
  });

  it('refuses as the session would, in the same words', async () => {
    for (const [who, sql] of [
      ['ana', 'DROP TABLE patients'],
      ['ana', 'DELETE FROM claims WHERE id = 1'],
      ['ci-claims', 'SELECT ssn FROM patients'],
      ['ana', "SELECT query_to_xml('SELECT 1', true, true, '')"],
    ] as const) {
      const { outcome, refusal } = await explain(who, sql);
      assert.equal(outcome, 'refused', sql);
      const { stderr } = await runPsql(environment.as(who), ['-c', sql]);
      assert.ok(stderr.includes(refusal?.reason ?? '?'), `${sql}: ${stderr} / ${refusal?.reason}`);
    }
  });

  it('runs nothing', async () => {
    const before = await counted();
    const sql = "UPDATE notes SET body = 'explained' WHERE id = 2";
    assert.equal((await explain('noor', sql)).outcome, 'run');
    assert.equal(await counted(), before);
    assert.equal(await counted("body = 'explained'"), '0');
  });

  it('is for people: a page that says it in words', async () => {
    const { code, out } = await run('ana', [
      'explain',
      'hospital',
      '-c',
      'SELECT ssn FROM patients',
    ]);
    assert.equal(code, 0);
    assert.match(out, /runs, with masks/);
    assert.match(out, /allow {2}sql\.select by analysts-read/);
    assert.match(out, /public\.patients\.ssn +ssn +last4 +the data map says ssn/);
    const refused = await run('ana', ['explain', 'hospital', '-c', 'DROP TABLE patients']);
    assert.equal(refused.code, 4);
  });

  it('knows no target that one may not connect to, and says what others cannot be asked', async () => {
    for (const [asked, why] of [
      [
        ['payroll', '-c', 'SELECT 1'],
        /^sallyport: There is no target "payroll" that you may connect to\nThere are: hospital\.$/m,
      ],
      [['hospital/template1', '-c', 'SELECT 1'], /this target has no such database or account/],
      [['hospital', '/patients'], /this target takes no requests/],
    ] as const) {
      const { code, err } = await run('ana', ['explain', ...asked]);
      assert.equal(code, 1);
      assert.match(err, why);
    }
  });

  it('is in the ledger, without constants', async () => {
    await explain('ana', "SELECT 1 FROM patients WHERE ssn = '987-65-4321'");
    const directory = join(environment.stack.configurationDirectory, '../data');
    const { out } = await run('ana', ['audit', 'list', directory, '--kind', 'explain', '--json']);
    const entry = out.trim().split('\n').at(-1) ?? '';
    assert.match(entry, /"text":"SELECT 1 FROM patients WHERE ssn = '…'"/);
    assert.match(entry, /"actions":\["sql\.select"\]/);
    assert.doesNotMatch(out, /987-65/);
  });

  async function explain(who: string, sql: string): Promise<Explanation> {
    const { out, err } = await run(who, ['explain', 'hospital', '-c', sql, '--json']);
    assert.notEqual(out, '', err);
    return JSON.parse(out) as Explanation;
  }

  async function seenBy(who: string, sql: string): Promise<Readonly<Record<string, string>>> {
    const { columns = [] } = await explain(who, sql);
    return Object.fromEntries(
      columns.map(({ column, seen, mask }) => [column.split('.')[2] ?? '', `${seen} ${mask}`]),
    );
  }

  async function counted(condition = 'true'): Promise<string> {
    const sql = `SELECT count(*) FROM notes WHERE ${condition}`;
    return (await runPsql(environment.as('petra'), ['-At', '-c', sql])).stdout.trim();
  }

  function run(who: string, args: readonly string[]): Promise<CliOutcome> {
    const variables = { HOME: home, SALLYPORT_TOKEN: environment.as(who).password };
    return runForOutcome(args, { environment: variables, nowMs: Date.now });
  }
});
