import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { encodeCancelRequest } from '../../src/wire/postgres/cancel-request.ts';
import type { Side } from './environment.ts';
import {
  errorFields,
  execute,
  int16,
  int32,
  message,
  openRaw,
  parse,
  query,
  type RawConnection,
  type RawMessage,
  signIn,
  startupMessage,
  sync,
} from './raw-connection.ts';
import { type ReviewedGateway, startReviewedGateway } from './reviewed-gateway.ts';
import { CLIENTS, runClient, runPsql } from './run-client.ts';

const POLICIES = `
@id("look-at-deletes") @review("privacy-officers") @reason("Deleting is looked at first")
forbid (principal, action == Action::"sql.delete", resource);

@id("look-at-bulk") @review("privacy-officers") @reason("Much at once is looked at first")
forbid (principal, action == Action::"sql.copy-out", resource);
`;

describe('statements that wait for review', () => {
  let gateway: ReviewedGateway;
  before(async () => {
    gateway = await startReviewedGateway({ policies: POLICIES });
  });
  after(() => gateway[Symbol.asyncDispose]());

  async function decideNext(verdict: 'approve' | 'reject', comment = ''): Promise<string> {
    const { id } = await gateway.next();
    await gateway.review(id, verdict, comment);
    return id;
  }

  async function countNotes(where: string): Promise<number> {
    return Number(
      await gateway.server.execute(`SELECT count(*) FROM notes WHERE ${where}`, 'hospital'),
    );
  }

  it('run in psql once they are approved, which says what it waits for', async () => {
    const running = runPsql(gateway.as('ana'), ['-At', '-c', 'DELETE FROM notes WHERE id = 1']);
    const request = await gateway.next();
    assert.deepEqual(request.operation.relations, ['public.notes']);
    assert.equal(request.operation.estimatedRows, 1);
    assert.equal(await countNotes('id = 1'), 1);
    await gateway.review(request.id, 'approve');
    const { stdout, stderr } = await running;
    assert.equal(stdout, 'DELETE 1\n');
    assert.match(stderr, /^NOTICE: {2}waiting for review by privacy-officers \(request req_/);
    assert.match(stderr, new RegExp(`https://console.example/requests/${request.id}`));
    assert.equal((await gateway.find(request.id))?.state, 'used');
  });

  it('fail in psql with the comment of whoever rejects them', async () => {
    const text = 'DELETE FROM notes WHERE id = 2; SELECT 5';
    const running = runPsql(gateway.as('ana'), ['-At', '-c', text]);
    await decideNext('reject', 'these are kept for ten years');
    const { stderr, code } = await running;
    assert.match(stderr, /ERROR: {2}refused: rejected in review by Petra/);
    assert.match(stderr, /DETAIL: {2}these are kept for ten years/);
    assert.equal(code, 1);
    assert.equal(await countNotes('id = 2'), 1);
  });

  it('hold a COPY to the client until it is approved', async () => {
    const running = runPsql(gateway.as('ana'), ['-At', '-c', '\\copy (SELECT 42) TO STDOUT']);
    await decideNext('approve');
    assert.equal((await running).stdout, '42\n');
  });

  it('wait and go on in psycopg, also in a pipeline', async () => {
    const script = join(CLIENTS, 'reviewed_client.py');
    const running = runClient(gateway.as('ana'), '/usr/bin/python3', [script]);
    const first = await gateway.next();
    assert.equal(first.justification, 'an exercise');
    await gateway.review(first.id, 'approve');
    const piped = await gateway.next();
    assert.deepEqual(
      piped.operation.parameters.map(({ text }) => text),
      ['\\x0004'],
    );
    await gateway.review(piped.id, 'approve');
    await decideNext('reject', 'all of them?');
    const { stdout, stderr } = await running;
    assert.equal(stderr, '');
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      [
        { deleted: 1 },
        { pipeline: [1, 1, 3] },
        { rejected: ['42501', 'all of them?'] },
        { alive: 7 },
        { notices: 3 },
      ],
    );
  });

  it('show the reviewer the parameters of node-postgres, and are approved for these alone', async () => {
    const client = new pg.Client(nodeOptions(gateway.as('ana')));
    await client.connect();
    try {
      const text = 'DELETE FROM notes WHERE id = $1';
      const first = client.query({ name: 'delete-note', text, values: [5] });
      const request = await gateway.next();
      assert.deepEqual(
        request.operation.parameters.map((parameter) => parameter.text),
        ['5'],
      );
      await gateway.review(request.id, 'approve');
      assert.equal((await first).rowCount, 1);
      // The same statement again, and with another value: both are asked about anew.
      for (const id of [5, 6]) {
        const again = client.query({ name: 'delete-note', text, values: [id] });
        again.catch(() => undefined);
        await decideNext('reject', 'once was enough');
        await assert.rejects(again, { code: '42501', detail: 'once was enough' });
      }
    } finally {
      await client.end();
    }
    assert.equal(await countNotes('id = 6'), 1);
  });

  it('tell reviewers why, in the words of who asks: at the start, or by SET', async () => {
    const sql = 'DELETE FROM notes WHERE id = -1';
    const seen = "SELECT current_setting('sallyport.reason', true) IS NULL";
    const started = runPsql(gateway.as('ana'), ['-At', '-c', sql, '-c', seen], {
      environment: { PGOPTIONS: String.raw`-c sallyport.reason=wrong\ chart,\ ticket\ 4711` },
    });
    const atStart = await gateway.next();
    assert.equal(atStart.justification, 'wrong chart, ticket 4711');
    await gateway.review(atStart.id, 'approve');
    // The server has never heard of the setting.
    assert.equal((await started).stdout, 'DELETE 0\nt\n');

    const client = new pg.Client(nodeOptions(gateway.as('ana')));
    await client.connect();
    try {
      await client.query({ name: 'why', text: "SET sallyport.reason = 'as agreed with Petra'" });
      const deleting = client.query(sql);
      const { id, justification } = await gateway.next();
      assert.equal(justification, 'as agreed with Petra');
      await gateway.review(id, 'approve');
      await deleting;
      assert.deepEqual((await client.query(`${seen} AS "isUnknown"`)).rows, [{ isUnknown: true }]);
      const entries = await gateway.entries('review.request');
      const entry = entries.find(({ request }) => request === id);
      assert.equal(entry?.['justification'], 'as agreed with Petra');
    } finally {
      await client.end();
    }
  });

  it('tell reviewers what the session set before: an approval is for that, too', async () => {
    const client = new pg.Client(nodeOptions(gateway.as('ana')));
    await client.connect();
    try {
      await client.query("SET app.patient = '4711'; SET work_mem = '8MB'");
      const deleting = client.query('DELETE FROM notes WHERE id = -1');
      const { id, operation } = await gateway.next();
      const { context } = operation;
      assert.deepEqual(context?.searchPath, ['public']);
      assert.deepEqual([context.setsRole, context.isCertain], [false, true]);
      const [setting] = context.settings;
      assert.equal(setting?.text, "SET app.patient = '4711'; SET work_mem = '8MB'");
      const values = setting.literals.map(({ start, end }) => setting.text.slice(start, end));
      assert.deepEqual(values, ["'4711'", "'8MB'"]);
      await gateway.review(id, 'approve');
      await deleting;
    } finally {
      await client.end();
    }
  });

  it('hold a batch as pgjdbc sends it at the statement that needs it', async () => {
    using connection = await signIn(gateway.as('ana'));
    // A prepared statement bound several times before one Sync, each described and executed.
    const bindId = (id: number): Buffer =>
      message('B', '', 'S_1', int16(0), int16(1), int32(1), Buffer.from(String(id)), int16(0));
    connection.send(
      parse('S_1', 'DELETE FROM notes WHERE id = $1'),
      ...[7, 8].flatMap((id) => [bindId(id), message('D', Buffer.from('P'), ''), execute('', 1)]),
      sync(),
    );
    await decideNext('approve');
    await decideNext('reject', 'not 8');
    const answers = await connection.messagesUntil('Z');
    // The first delete was part of the same implicit transaction, as on the server itself.
    assert.equal(typesOf(answers), '1N2nCNEZ');
    assert.equal(await countNotes('id IN (7, 8)'), 2);
  });

  it('are withdrawn when the client leaves, and an answer that comes later runs nothing', async () => {
    const connection = await signIn(gateway.as('ana'));
    connection.send(query('DELETE FROM notes WHERE id = 9'));
    const { id } = await gateway.next();
    connection.socket.destroy();
    const withdrawn = await gateway.next('withdrawn');
    assert.equal(withdrawn.id, id);
    assert.equal(withdrawn.end?.reason, 'disconnected');
    await assert.rejects(gateway.review(id, 'approve'), /the request waits for reviews/);
    assert.equal(await countNotes('id = 9'), 1);
  });

  it('are withdrawn when the client cancels, whose session goes on', async () => {
    using connection = await openRaw(gateway.as('ana'));
    const key = await readKey(connection, gateway.as('ana'));
    connection.send(query('BEGIN'), query('DELETE FROM notes WHERE id = 9'));
    const { id } = await gateway.next();
    using other = await openRaw(gateway.as('ana'));
    other.send(encodeCancelRequest(key.processId, key.secretKey));
    await connection.messagesUntil('Z');
    const answers = await connection.messagesUntil('Z');
    assert.equal(errorFields(answers.at(-2)?.body ?? Buffer.alloc(0))['C'], '57014');
    assert.equal((await gateway.next('withdrawn')).id, id);
    connection.send(query('ROLLBACK'), query('SELECT 1'));
    assert.equal(typesOf(await connection.messagesUntil('Z')), 'CZ');
    assert.equal(typesOf(await connection.messagesUntil('Z')), 'TDCZ');
  });

  it('do not run if the policies changed after the approval was asked for', async () => {
    using connection = await signIn(gateway.as('ana'));
    connection.send(query('DELETE FROM notes WHERE id = 10'));
    const { id } = await gateway.next();
    const path = join(gateway.configurationDirectory, 'policies/more.cedar');
    await writeFile(
      path,
      '@id("no-drops") forbid (principal, action == Action::"sql.drop", resource);',
    );
    await gateway.process.reload();
    // The request is withdrawn by then, or when its approval would be used.
    await gateway.review(id, 'approve').catch(() => undefined);
    const answers = await connection.messagesUntil('Z');
    assert.equal(errorFields(answers.at(-2)?.body ?? Buffer.alloc(0))['C'], '42501');
    assert.equal(await countNotes('id = 10'), 1);
    await rename(path, `${path}.old`);
    await gateway.process.reload();
  });

  it('fail at once for a workload, and run once when it tries again after the approval', async () => {
    using connection = await signIn(gateway.as('ci-claims'));
    const ask = async (sql: string): Promise<Readonly<Record<string, string>> | string> => {
      connection.send(query(sql));
      const answers = await connection.messagesUntil('Z');
      const error = answers.find(({ type }) => type === 'E');
      return error === undefined ? typesOf(answers) : errorFields(error.body);
    };
    const sql = 'DELETE FROM notes WHERE id = 12';
    const first = await ask(sql);
    const { id } = await gateway.next();
    assert.ok(typeof first === 'object');
    assert.equal(first['C'], '42501');
    assert.match(first['M'] ?? '', new RegExp(id));
    assert.match(first['H'] ?? '', /Send the same statement again/);
    assert.equal(typeof (await ask(sql)), 'object');
    await gateway.review(id, 'approve');
    // Approved is this one: no other statement, not the same under other settings, and not twice.
    assert.equal(typeof (await ask('DELETE FROM notes WHERE id = 13')), 'object');
    assert.equal(typeof (await ask('DELETE FROM notes WHERE id =  12')), 'object');
    using elsewhere = await signIn(gateway.as('ci-claims'), {
      extra: { options: '-c datestyle=German' },
    });
    elsewhere.send(query(sql));
    assert.equal(typesOf(await elsewhere.messagesUntil('Z')), 'EZ');
    assert.equal(await countNotes('id IN (12, 13)'), 2);
    assert.equal(await ask(sql), 'CZ');
    assert.equal(typeof (await ask(sql)), 'object');
    assert.equal(await countNotes('id = 12'), 0);
  });

  it('are entered in the ledger with the number of their request', async () => {
    const running = runPsql(gateway.as('ana'), ['-At', '-c', 'DELETE FROM notes WHERE id = 11']);
    const { id } = await gateway.next('pending', 'id = 11');
    await gateway.review(id, 'approve');
    assert.equal((await running).stdout, 'DELETE 1\n');
    const entries = await gateway.entries('review.request', 'operation', 'review.end');
    const about = entries.filter((entry) => entry['request'] === id || entry['review'] === id);
    assert.deepEqual(
      about.map(({ kind }) => kind),
      ['review.request', 'review.end', 'operation'],
    );
    assert.deepEqual(about[2]?.['reviewers'], ['clinic:petra']);
  });
});

describe('a gateway that stops while statements wait', () => {
  it('withdraws them, and tells their clients', async () => {
    await using gateway = await startReviewedGateway({ policies: POLICIES });
    using connection = await signIn(gateway.as('ana'));
    connection.send(query('DELETE FROM notes WHERE id = 1'));
    const { id } = await gateway.next();
    const last = connection.messagesUntil('E');
    await gateway.process.dataPlane.stop();
    assert.equal(errorFields((await last).at(-1)?.body ?? Buffer.alloc(0))['C'], '57P01');
    const withdrawn = await gateway.next('withdrawn');
    assert.deepEqual([withdrawn.id, withdrawn.end?.reason], [id, 'gateway-stopping']);
    assert.equal(
      await gateway.server.execute('SELECT count(*) FROM notes WHERE id = 1', 'hospital'),
      '1',
    );
  });
});

function typesOf(messages: readonly RawMessage[]): string {
  return messages.map(({ type }) => type).join('');
}

function nodeOptions(side: Side): pg.ClientConfig {
  return {
    host: side.host,
    port: side.port,
    user: side.user,
    password: side.password,
    database: side.database,
    ...(side.authorityFile !== undefined && { ssl: { ca: readFileSync(side.authorityFile) } }),
  };
}

interface CancelKey {
  readonly processId: number;
  readonly secretKey: Buffer;
}

/** Signs in and keeps the key with which to cancel. */
async function readKey(connection: RawConnection, side: Side): Promise<CancelKey> {
  connection.send(startupMessage(side));
  let key: CancelKey = { processId: 0, secretKey: Buffer.alloc(0) };
  for (;;) {
    const { type, body } = await connection.message();
    if (type === 'R' && body.readInt32BE(0) === 3) connection.send(message('p', side.password));
    if (type === 'K') key = { processId: body.readInt32BE(0), secretKey: body.subarray(4) };
    if (type === 'Z') return key;
  }
}
