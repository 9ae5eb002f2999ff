import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openSallyportCommand, type SallyportCommand } from '../../demo/sallyport-command.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import { runPsql } from './run-client.ts';

interface Entry {
  readonly kind: string;
  readonly rows?: number;
  readonly unseen?: true;
  readonly patients?: { readonly hashes: readonly string[] };
  readonly named?: { readonly hashes: readonly string[] };
  readonly patient?: string;
}

interface Found {
  readonly match: string;
  readonly doubts: readonly string[];
  readonly rows: number;
  readonly principalName: string;
}

describe('who saw a patient', () => {
  let environment: HospitalEnvironment;
  let officer: SallyportCommand;
  let analyst: SallyportCommand;
  before(async () => {
    environment = await startHospitalEnvironment();
    const { stack } = environment;
    const directory = dirname(stack.configurationDirectory);
    const url = `https://localhost:${stack.gateway().api?.port}`;
    officer = await openSallyportCommand(directory, 'petra');
    analyst = await openSallyportCommand(directory, 'ana');
    for (const command of [officer, analyst]) {
      const { code, errors } = await command.signIn(url, stack.authorityFile);
      assert.equal(code, 0, errors);
    }
  });
  after(() => environment[Symbol.asyncDispose]());

  it('is told by the gateway, from what results showed and what statements named', async () => {
    await run('ana', 'SELECT id, state FROM patients WHERE id BETWEEN 6 AND 8');
    await run('ana', 'SELECT state FROM patients WHERE id = 7');
    await run(
      'ana',
      'SELECT p.state FROM patients p JOIN claims c ON c.patient_id = p.id WHERE c.patient_id = 7',
    );
    await run('ana', 'SELECT count(*) FROM patients WHERE id = 9');
    const client = await connect('noor');
    await client.query('SELECT state FROM patients WHERE id = $1', [7]);
    await client.query('SELECT state FROM patients WHERE id = $1', [9]);
    await client.end();

    const found = await whoSaw('7');
    assert.deepEqual(
      found.map(({ match, doubts }) => [match, ...doubts].join(' ')),
      ['yes', 'maybe named', 'maybe named', 'maybe named'],
    );
    assert.deepEqual(new Set(found.map(({ principalName }) => principalName)).size, 2);
    assert.deepEqual(
      (await whoSaw('9')).map(({ doubts }) => doubts.join()),
      ['named', 'named'],
    );
    assert.deepEqual(await whoSaw('10'), []);
  });

  it('is told to those only who may read the audit, and each question is entered', async () => {
    const { code, errors } = await analyst.run('patients', 'who-saw', 'hospital', '7');
    assert.equal(code, 4, errors);
    const questions = (await entriesOf()).filter(({ kind }) => kind === 'disclosures.find');
    assert.equal(questions.length, 3);
    assert.match(questions[0]?.patient ?? '', /^[\w-]{22}$/, 'a hash in the place of the id');
    assert.notEqual(questions[0]?.patient, questions[1]?.patient);
  });

  it('is in doubt where a row shows the key of one patient, and values of another', async () => {
    const results = async (): Promise<readonly Entry[]> =>
      (await entriesOf()).filter(({ kind }) => kind === 'result');
    const { socketPath, superuser: user } = environment.stack.target;
    const [host, port] = [dirname(socketPath), Number(socketPath.split('.').at(-1))];
    const owner = new pg.Client({ host, port, user, database: 'hospital' });
    await owner.connect();
    await owner.query(`
      CREATE VIEW mixed AS SELECT p.id, o.state FROM patients p, patients o;
      CREATE VIEW keyless AS SELECT state FROM patients;
      CREATE VIEW plain AS SELECT id, state FROM patients;
      ALTER VIEW mixed OWNER TO hospital;
      ALTER VIEW keyless OWNER TO hospital;
      ALTER VIEW plain OWNER TO hospital`);
    await owner.end();
    let before = (await results()).length;
    const next = async (): Promise<string> => {
      let entries: readonly Entry[] = [];
      // Nothing waits for the entry of a result.
      while (entries.length <= before) entries = await results();
      before = entries.length;
      const { patients, named, unseen } = entries.at(-1) as Entry;
      const counts = [patients?.hashes.length ?? 0, named?.hashes.length ?? 0];
      return `${counts.join(' ')} ${unseen === true ? 'unseen' : ''}`.trim();
    };
    const client = await connect('ana');
    for (const [sql, shown] of [
      [
        'SELECT p.id, o.state FROM patients p, patients o WHERE p.id = 21 AND o.id = p.id + 1',
        '1 0 unseen',
      ],
      ['SELECT id, lag(state) OVER (ORDER BY id) FROM patients LIMIT 1 OFFSET 22', '1 0 unseen'],
      [
        'SELECT id, (SELECT state FROM patients WHERE id = 22) FROM patients WHERE id = 21',
        '1 0 unseen',
      ],
      [
        'SELECT p.id, p.state, c.id FROM patients p LEFT JOIN claims c ON c.patient_id = p.id WHERE p.id = 21',
        '1 0',
      ],
      ['SELECT id, state FROM mixed WHERE id = 21 LIMIT 1', '1 0 unseen'],
      ['SELECT state FROM mixed WHERE id = 21 LIMIT 1', '0 0 unseen'],
      ['SELECT p.id, k.state FROM patients p, keyless k WHERE p.id = 21 LIMIT 1', '1 0 unseen'],
      ['SELECT id, state FROM plain WHERE id = 21', '1 0'],
    ] as const) {
      await run('ana', sql);
      assert.equal(await next(), shown, sql);
      await client.query({ text: sql, name: `after ${before}` });
      assert.equal(await next(), shown, `${sql}, prepared`);
    }
    await run(
      'ana',
      'SELECT p.id, o.state FROM patients p, patients o WHERE p.id = 21 AND o.id = 22',
    );
    assert.equal(await next(), '1 2', 'the statement names both');
    await client.query('BEGIN');
    await client.query('DECLARE c CURSOR FOR SELECT p.id, o.state FROM patients p, patients o');
    await client.query('FETCH 1 FROM c');
    assert.equal(await next(), '1 0 unseen');
    // It runs the query, and the cursor stays what it was.
    await client.query('EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT 1');
    await client.query('FETCH 1 FROM c');
    await client.query('SELECT state FROM patients WHERE id = 30');
    let entries = await results();
    while (entries.at(-1)?.patients !== undefined) entries = await results();
    const counts = entries.slice(before).map(({ patients }) => patients?.hashes.length);
    assert.deepEqual(counts, [1, undefined]);
    await client.end();
  });

  async function run(subject: string, sql: string): Promise<void> {
    const { stderr } = await runPsql(environment.as(subject), ['-At', '-c', sql]);
    assert.equal(stderr, '', sql);
  }

  async function connect(subject: string): Promise<pg.Client> {
    const { host, port, user, password, database, authorityFile } = environment.as(subject);
    const ca = readFileSync(authorityFile ?? '', 'utf8');
    const client = new pg.Client({ host, port, user, password, database, ssl: { ca } });
    await client.connect();
    return client;
  }

  /** Without results that read rows of patients and do not show whose. */
  async function whoSaw(id: string): Promise<readonly Found[]> {
    const { output, errors, code } = await officer.run(
      'patients',
      'who-saw',
      'hospital',
      id,
      '--json',
    );
    assert.equal(code, 0, errors);
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    return lines
      .map((line) => JSON.parse(line) as Found)
      .filter(({ doubts }) => doubts.join() !== 'unseen');
  }

  async function entriesOf(): Promise<readonly Entry[]> {
    const data = `${dirname(environment.stack.configurationDirectory)}/data`;
    const { output, errors } = await officer.run('audit', 'list', data, '--json');
    assert.notEqual(output, '', errors);
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
  }
});
