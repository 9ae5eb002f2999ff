import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSallyportCommand } from '../../demo/sallyport-command.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import {
  bind,
  cString,
  errorFields,
  execute,
  message,
  parse,
  query,
  type RawMessage,
  signIn,
  sync,
} from './raw-connection.ts';
import { runPsql } from './run-client.ts';

describe('masks of the hospital, through native clients', () => {
  let environment: HospitalEnvironment;
  before(async () => {
    environment = await startHospitalEnvironment({ policiesLeftOut: ['reviews.cedar'] });
  });
  after(() => environment[Symbol.asyncDispose]());

  it('show the analyst masks, the nurse names, and the officer everything', async () => {
    const sql = 'SELECT last_name, ssn, birth_date, zip, mrn FROM patients WHERE id = 1';
    const [name, ssn, birth, zip, mrn] = (await ask('petra', sql)).split('|');
    assert.match(ssn ?? '', /^\d{3}-\d{2}-\d{4}$/);

    const seen = (await ask('ana', sql)).split('|');
    assert.equal(seen[0], '[redacted]');
    assert.equal(seen[1], `*******${ssn?.slice(-4)}`);
    assert.match(seen[2] ?? '', /^\d{4}-01-01$/);
    assert.equal(seen[3]?.slice(0, 3), zip?.slice(0, 3));
    assert.notEqual(seen[4], mrn);
    assert.match(seen[4] ?? '', /^ps1_/);

    const nurse = (await ask('noor', sql)).split('|');
    assert.deepEqual(
      [nurse[0], nurse[2], nurse[3], nurse[4]],
      [name, birth, zip, mrn],
      'the nurse sees all but the social security number',
    );
    assert.equal(nurse[1], `*******${ssn?.slice(-4)}`);
  });

  /** Ways to get at a social security number: none shows it. */
  const ATTEMPTS = [
    'SELECT ssn FROM patients',
    'SELECT * FROM patients',
    'TABLE patients',
    'SELECT upper(ssn), reverse(ssn), substr(ssn, 1, 7) FROM patients',
    "SELECT replace(ssn, '-', '') FROM patients",
    'SELECT p FROM patients p',
    'SELECT p::text FROM patients p',
    'SELECT (p).ssn FROM patients p',
    'SELECT row_to_json(p) FROM patients p',
    'SELECT json_agg(p) FROM patients p',
    "SELECT to_jsonb(p)->>'ssn' FROM patients p",
    'SELECT string_agg(ssn, $$,$$) FROM patients',
    'SELECT city FROM patients UNION SELECT ssn FROM patients',
    'WITH x AS (SELECT * FROM patients) SELECT * FROM x',
    'SELECT l.ssn FROM claims c, LATERAL (SELECT * FROM patients p WHERE p.id = c.patient_id) l',
    'SELECT public.patients.ssn FROM public.patients',
    'SELECT max(ssn), min(ssn) FROM patients',
    'COPY patients TO STDOUT',
    'COPY patients (ssn) TO STDOUT WITH (FORMAT csv)',
    'COPY (SELECT ssn FROM patients) TO STDOUT',
    'BEGIN; DECLARE c CURSOR FOR SELECT ssn FROM patients; FETCH ALL FROM c; COMMIT',
    'SELECT ssn::int FROM patients',
    "SELECT CASE WHEN ssn LIKE '%' THEN (ssn || 'x')::date END FROM patients",
  ];

  it('hold whatever the statement', async () => {
    const secrets = (await ask('petra', 'SELECT ssn FROM patients')).split('\n');
    assert.equal(secrets.length, 300);
    const parts = secrets.flatMap((ssn) => [
      ssn,
      ssn.replaceAll('-', ''),
      Array.from(ssn).toReversed().join(''),
      // With something before it: dates of masked years look alike.
      `|${ssn.slice(0, 7)}`,
      `"${ssn.slice(0, 7)}`,
      `,${ssn.slice(0, 7)}`,
    ]);
    for (const sql of ATTEMPTS) {
      const { stdout, stderr } = await runPsql(environment.as('ana'), ['-At', '-c', sql]);
      const said = `${stdout}${stderr}`;
      assert.notEqual(said, '', sql);
      const leaked = parts.find((part) => said.includes(part));
      assert.equal(leaked, undefined, `${sql} shows ${leaked}`);
    }
  });

  it('leave counts, joins and groups as they are', async () => {
    for (const sql of [
      'SELECT count(*) FROM patients',
      'SELECT count(DISTINCT mrn) FROM patients',
      'SELECT state, count(*) FROM patients GROUP BY state ORDER BY state',
      'SELECT count(*) FROM claims c JOIN patients p ON p.id = c.patient_id JOIN encounters e ON e.id = c.encounter_id',
      'SELECT payer, sum(amount_cents) FROM claims GROUP BY payer ORDER BY payer',
    ]) {
      assert.equal(await ask('ana', sql), await ask('petra', sql), sql);
    }
  });

  it('find the row by a pseudonym', async () => {
    const mrn = await ask('ana', 'SELECT mrn FROM patients WHERE id = 7');
    assert.equal(await ask('ana', `SELECT id FROM patients WHERE mrn = '${mrn}'`), '7');
  });

  it('look through notes on their way, and show their redacted selves in expressions', async () => {
    const notes = 'SELECT body FROM notes WHERE id = 1';
    const names =
      'SELECT last_name FROM patients p JOIN encounters e ON e.patient_id = p.id JOIN notes n ON n.encounter_id = e.id WHERE n.id = 1';
    const [raw, masked, name] = [
      await ask('petra', notes),
      await ask('ana', notes),
      await ask('petra', names),
    ];
    assert.notEqual(masked, raw);
    assert.equal(masked.includes(name), false);
    assert.match(await ask('ana', 'SELECT DISTINCT upper(body) FROM notes'), /^\[REDACTED\]$/);
  });

  it('withhold what errors say of rows', async () => {
    const insert = 'INSERT INTO encounters SELECT * FROM encounters WHERE id = 1';
    const { stderr } = await runPsql(environment.as('noor'), ['-c', insert]);
    assert.match(stderr, /ERROR/);
  });

  it('say where in the text of the client an error is', async () => {
    using connection = await signIn(environment.as('ana'));
    for (const city of [`'x'`, `'Großenhain 😀'`]) {
      const text = `SELECT p.ssn FROM patients p WHERE p.city = ${city} AND p.ssn + 1 = 2`;
      const position = Array.from(text.slice(0, text.indexOf('+ 1'))).length + 1;
      connection.send(query(text), parse('', text), sync());
      const answers = [
        ...(await connection.messagesUntil('Z')),
        ...(await connection.messagesUntil('Z')),
      ];
      const errors = answers
        .filter(({ type }) => type === 'E')
        .map(({ body }) => errorFields(body));
      assert.deepEqual(
        errors.map(({ C, P }) => [C, P]),
        [
          ['42883', String(position)],
          ['42883', String(position)],
        ],
      );
    }
  });

  it('have statements prepared again when what their principal may see changes', async () => {
    using connection = await signIn(environment.as('ana'));
    const prepareSsn = async (): Promise<string> => {
      connection.send(parse('s', 'SELECT ssn FROM patients WHERE id = 1'), sync());
      return answersOf(await connection.messagesUntil('Z'));
    };
    const executeSsn = async (): Promise<readonly RawMessage[]> => {
      connection.send(bind('', 's'), execute(''), sync());
      return connection.messagesUntil('Z');
    };
    assert.equal(await prepareSsn(), '1Z');
    assert.match(rowOf(await executeSsn()), /\*{7}\d{4}$/);

    const path = join(environment.stack.configurationDirectory, 'policies', 'analysts-see.cedar');
    await writeFile(
      path,
      '@id("analysts-see") permit (principal in Group::"analysts", action == Action::"reveal", resource);',
    );
    await eventually(async () => assert.match(answersOf(await executeSsn()), /^E/u));
    const error = (await executeSsn()).find(({ type }) => type === 'E');
    assert.equal(errorFields(error?.body ?? Buffer.alloc(0))['C'], '26000');
    connection.send(query('DEALLOCATE s'));
    await connection.messagesUntil('Z');
    assert.equal(await prepareSsn(), '1Z');
    assert.match(rowOf(await executeSsn()), /\d{3}-\d{2}-\d{4}$/);

    // And back: what shows everything may not run any more.
    await rm(path);
    await eventually(async () => assert.match(answersOf(await executeSsn()), /^E/u));
    connection.send(query('SELECT ssn FROM patients WHERE id = 1'));
    assert.match(rowOf(await connection.messagesUntil('Z')), /\*{7}\d{4}$/);
  });

  it('enter in the ledger what was shown, by which policy, and of whom', async () => {
    const sql = 'SELECT id, last_name, ssn FROM patients WHERE id IN (3, 5)';
    await ask('ana', sql);
    await ask('noor', sql);
    await ask(
      'petra',
      'BEGIN; DECLARE c CURSOR FOR SELECT id FROM patients; FETCH 4 FROM c; COMMIT',
    );
    const entries = await readResults();
    const results = entries.filter(({ rows, patients }) => rows === 2 && patients !== undefined);
    assert.ok(entries.some(({ rows, patients }) => rows === 4 && patients?.hashes?.length === 4));
    const analyst = results.find(({ raw }) => raw === undefined);
    assert.deepEqual(analyst?.masked, { name: 2, ssn: 2 });
    const nurse = results.find(({ raw }) => raw !== undefined);
    assert.deepEqual(nurse?.masked, { ssn: 2 });
    assert.deepEqual(nurse?.raw, { name: ['nurses-reveal'] });
    assert.deepEqual(nurse?.patients, analyst?.patients);
    assert.equal(nurse?.patients?.hashes?.length, 2);
  });

  it('enter what a text shows that comes behind an Execute without a Sync', async () => {
    const isOfNine = ({ rows, patients }: ResultEntry): boolean =>
      rows === 9 && patients?.hashes?.length === 9;
    using connection = await signIn(environment.as('petra'));
    connection.send(parse('', 'SELECT 1'), bind('', ''), execute(''));
    connection.send(query('SELECT id, ssn FROM patients WHERE id < 10; SELECT 1'));
    await connection.messagesUntil('Z');
    await eventually(async () => assert.ok((await readResults()).some(isOfNine)));
  });

  it('enter whose rows were shown to a client that left before the last one', async () => {
    {
      using connection = await signIn(environment.as('ana'));
      connection.send(query('SELECT a.id, a.ssn FROM patients a, patients b, patients c'));
      await connection.messagesUntil('D');
    }
    await eventually(async () => {
      const entries = await readResults();
      assert.ok(entries.some(({ rows, patients }) => rows > 300 && patients !== undefined));
    });
  });

  it('look through rows of pipelines, cut-off portals and cursors alike', async () => {
    using connection = await signIn(environment.as('ana'));
    const note = 'SELECT id, body FROM notes WHERE id < 6 ORDER BY id';
    const count = 'SELECT count(*) FROM notes';
    connection.send(
      ...[parse('n', note), parse('c', count), bind('p', 'n'), execute('p', 2)],
      ...[
        bind('', 'c'),
        execute(''),
        execute('p', 2),
        message('D', Buffer.from('P'), cString('p')),
      ],
      ...[execute('p'), sync()],
      ...[parse('', 'SELECT 1/0'), bind('', ''), execute(''), bind('', 'n'), execute(''), sync()],
      query(`BEGIN; DECLARE d CURSOR FOR ${note}; FETCH 2 FROM d; FETCH ALL FROM d; COMMIT`),
    );
    const pipeline = await connection.messagesUntil('Z');
    assert.equal(answersOf(pipeline), '112DDs2DCDDsTDCZ');
    assert.match(answersOf(await connection.messagesUntil('Z')), /^1?2?EZ$/u);
    const cursor = await connection.messagesUntil('Z');
    assert.equal(answersOf(cursor), 'CCTDDCTDDDCCZ');
    for (const { type, body } of [...pipeline, ...cursor]) {
      const text = body.toString('utf8');
      if (type === 'D' && text.includes('seen in')) assert.match(text, /\[name\] \(MRN \[mrn\]\)/u);
    }
  });

  it('look through what FETCH shows of a portal that took the place of another in flight', async () => {
    const raw = await ask('petra', 'SELECT body FROM notes WHERE id = 1');
    using connection = await signIn(environment.as('ana'));
    connection.send(query('BEGIN'));
    connection.send(parse('a', "SELECT 'x'"), bind('c', 'a'), sync());
    connection.send(parse('b', 'SELECT body FROM notes WHERE id = 1'), sync());
    for (let count = 0; count < 3; count++) await connection.messagesUntil('Z');
    connection.send(parse('f', 'FETCH ALL FROM c'), sync());
    await connection.messagesUntil('Z');
    connection.send(message('C', Buffer.from('P'), 'c'), bind('c', 'b'), sync());
    connection.send(bind('', 'f'), execute(''), sync());
    await connection.messagesUntil('Z');
    const shown = await connection.messagesUntil('Z');
    assert.equal(answersOf(shown), '2DCZ');
    assert.match(rowOf(shown), /\[name\]/);
    assert.notEqual(rowOf(shown).slice(-raw.length), raw);
  });

  async function ask(subject: string, sql: string): Promise<string> {
    const { stdout, stderr } = await runPsql(environment.as(subject), ['-At', '-c', sql]);
    assert.equal(stderr, '', sql);
    return stdout.trim();
  }

  async function readResults(): Promise<readonly ResultEntry[]> {
    const directory = dirname(environment.stack.configurationDirectory);
    const command = await openSallyportCommand(directory, 'auditor');
    const ledger = join(directory, 'data');
    const { output } = await command.run('audit', 'list', ledger, '--json', '--kind', 'result');
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ResultEntry);
  }
});

interface ResultEntry {
  readonly rows: number;
  readonly masked?: Readonly<Record<string, number>>;
  readonly raw?: Readonly<Record<string, readonly string[]>>;
  readonly patients?: { readonly hashes?: readonly string[] };
}

function answersOf(messages: readonly RawMessage[]): string {
  return messages.map(({ type }) => type).join('');
}

function rowOf(messages: readonly RawMessage[]): string {
  return messages.find(({ type }) => type === 'D')?.body.toString('latin1') ?? '';
}

/** Tries again until it holds: a reload takes a moment. The last failure is the test's. */
async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
