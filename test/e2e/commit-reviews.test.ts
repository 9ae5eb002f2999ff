import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TableChange } from '../../src/access/access-request.ts';
import {
  bind,
  errorFields,
  execute,
  int16,
  int32,
  message,
  parse,
  query,
  type RawConnection,
  type RawMessage,
  signIn,
  sync,
} from './raw-connection.ts';
import { type ReviewedGateway, startReviewedGateway } from './reviewed-gateway.ts';
import { runPsql } from './run-client.ts';

const POLICIES = `
@id("look-at-commit") @review("privacy-officers") @review_at("commit") @reason("Deleting is looked at")
forbid (principal, action in [Action::"sql.delete", Action::"sql.update"], resource)
when { context.relations.containsAny(["public.care", "public.keyless", "public.named", "public.dated"]) };

@id("look-at-reads") @review("privacy-officers") @review_at("commit") @reason("Read with care")
forbid (principal, action == Action::"sql.select", resource)
when { context.relations.contains("public.secret") };

@id("look-quickly") @review("privacy-officers") @review_at("commit") @expires("1s") @reason("Be quick")
forbid (principal, action == Action::"sql.delete", resource)
when { context.relations.contains("public.hasty") };

@id("nurses-see-masks")
forbid (principal in Group::"nurses", action == Action::"reveal", resource);

@id("look-at-nurses") @review("privacy-officers") @reason("Look at what nurses read")
forbid (principal in Group::"nurses", action == Action::"sql.select", resource)
when { context.relations.contains("public.care") };
`;
const TABLES = `
CREATE TABLE care (id int PRIMARY KEY, patient text, ssn text, score int);
INSERT INTO care SELECT n, 'Name ' || n, '900-00-' || (1000 + n), n FROM generate_series(1, 100) n;
CREATE TABLE trail (id serial PRIMARY KEY, care_id int REFERENCES care ON DELETE CASCADE, what text);
INSERT INTO trail (care_id, what) SELECT n, 'seen' FROM generate_series(1, 100) n;
CREATE TABLE keyless (word text);
INSERT INTO keyless VALUES ('a'), ('b');
CREATE TABLE named (name text PRIMARY KEY, score int);
INSERT INTO named VALUES ('é', 1), ('Ã©', 2);
CREATE TABLE dated (day date PRIMARY KEY, score int);
INSERT INTO dated VALUES ('2026-02-01', 1), ('2026-02-02', 2);
CREATE TABLE secret (word text);
CREATE TABLE hasty (n int);
INSERT INTO hasty VALUES (1);
`;

describe('transactions that are reviewed at COMMIT', () => {
  let gateway: ReviewedGateway;
  before(async () => {
    gateway = await startReviewedGateway({
      policies: POLICIES,
      columns: { 'public.care.*': 'none', 'public.care.patient': 'name', 'public.care.ssn': 'ssn' },
    });
    await gateway.server.execute(TABLES, 'hospital');
  });
  after(() => gateway[Symbol.asyncDispose]());

  async function count(table: string, where = 'true'): Promise<number> {
    return Number(
      await gateway.server.execute(`SELECT count(*) FROM ${table} WHERE ${where}`, 'hospital'),
    );
  }

  it('run, and show the reviewer what they changed before it lasts', async () => {
    const script = [
      'BEGIN;',
      "UPDATE care SET score = 0, patient = 'Smith' WHERE id IN (1, 2);",
      'DELETE FROM care WHERE id = 3;',
      "INSERT INTO care VALUES (500, 'New', '900-00-9999', 5);",
      'COMMIT;',
    ].join('\n');
    const running = runPsql(gateway.as('ana'), ['-At'], { input: script });
    const { id, operation, expiresAtMs, createdAtMs } = await gateway.next();
    assert.equal(operation.at, 'commit');
    assert.ok(expiresAtMs - createdAtMs <= 60_000, 'its locks are in the way of others');
    assert.match(operation.text, /^UPDATE care .*;\nDELETE FROM care WHERE id = 3;\nCOMMIT;$/);
    assert.deepEqual(
      operation.literals.map(({ start, end, className }) => [
        operation.text.slice(start, end),
        className,
      ]),
      [["'Smith'", 'name']],
    );
    const changes = new Map(operation.changes?.map((change) => [change.relation, change]));
    assert.deepEqual(countsOf(changes.get('public.care')), [1, 2, 1]);
    // The cascade is seen, though no statement names it.
    assert.deepEqual(countsOf(changes.get('public.trail')), [0, 0, 1]);
    const care = changes.get('public.care');
    assert(care !== undefined);
    assert.deepEqual(care.columns, ['id', 'patient', 'ssn', 'score']);
    const { samples } = care;
    assert.deepEqual(
      samples.map(({ before, after }) => [before?.[0], before?.[3], after?.[0], after?.[3]]),
      [
        ['1', '1', '1', '0'],
        ['2', '2', '2', '0'],
        ['3', '3', undefined, undefined],
        [undefined, undefined, '500', '5'],
      ],
    );
    assert.ok(!JSON.stringify(samples).includes('900-00-'), 'values are masked');
    assert.ok(!JSON.stringify(samples).includes('Smith'), 'values are masked');

    assert.equal(await count('care', 'score = 0'), 0);
    await gateway.review(id, 'approve');
    const { stdout, stderr } = await running;
    assert.equal(stdout, 'BEGIN\nUPDATE 2\nDELETE 1\nINSERT 0 1\nCOMMIT\n');
    assert.match(stderr, /NOTICE: {2}waiting for review/);
    assert.deepEqual([await count('care', 'score = 0'), await count('care', 'id = 3')], [2, 0]);
  });

  it('are rolled back when they are rejected', async () => {
    const script = 'BEGIN; DELETE FROM care WHERE id = 10;\nEND;\nROLLBACK;\nSELECT 7;';
    const running = runPsql(gateway.as('ana'), ['-At'], { input: script });
    const { id, operation } = await gateway.next();
    await gateway.review(id, 'reject', 'not this one');
    const { stdout, stderr } = await running;
    assert.match(stderr, /ERROR: {2}refused: rejected in review by Petra/);
    assert.match(stderr, /DETAIL: {2}not this one/);
    assert.match(operation.text, /;\nEND;$/);
    assert.match(stdout, /ROLLBACK\n7\n$/);
    assert.equal(await count('care', 'id = 10'), 1);
  });

  it('are rolled back by the server when nobody answers in time, and keep no locks', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, 'BEGIN');
    await ask(connection, 'DELETE FROM hasty');
    const error = await errorOf(connection, 'COMMIT');
    assert.equal(error['C'], '42501');
    assert.match(error['M'] ?? '', /nobody reviewed it in time/);
    assert.match(error['H'] ?? '', /transaction is rolled back/);
    // The client has not rolled back yet.
    const locked = 'SELECT count(*) FROM (SELECT FROM hasty FOR UPDATE NOWAIT) h';
    assert.equal(await gateway.server.execute(locked, 'hospital'), '1');
    assert.equal((await gateway.next('expired')).operation.at, 'commit');
  });

  it('show masks to whoever may see no more, approved or not', async () => {
    const text = "SELECT patient, ssn FROM care WHERE ssn LIKE '900%' AND id = 30";
    const running = runPsql(gateway.as('noor'), ['-At', '-c', text]);
    const { id, operation } = await gateway.next('pending', 'id = 30');
    assert.equal(operation.text, text);
    assert.deepEqual(operation.classesTouched, ['name', 'ssn']);
    assert.deepEqual(
      operation.literals.map(({ className }) => className),
      ['ssn'],
    );
    await gateway.review(id, 'approve');
    const { stdout } = await running;
    // The condition saw the mask, too.
    assert.equal(stdout, '');

    const again = runPsql(gateway.as('noor'), ['-At', '-c', 'SELECT ssn FROM care WHERE id = 31']);
    const second = await gateway.next('pending', 'id = 31');
    await gateway.review(second.id, 'approve');
    const shown = (await again).stdout.trim();
    assert.ok(shown !== '' && !shown.includes('900-00-1031'), shown);
  });

  it('are estimated by nothing that is hidden from who asks', async () => {
    await gateway.server.execute('ANALYZE care', 'hospital');
    const estimateOf = async (text: string): Promise<number | undefined> => {
      const running = runPsql(gateway.as('noor'), ['-At', '-c', text]);
      const { id, operation } = await gateway.next('pending', text);
      await gateway.review(id, 'reject', 'no');
      await running;
      return operation.estimatedRows;
    };
    const few = await estimateOf("SELECT id FROM care WHERE ssn < '900-00-1010'");
    const many = await estimateOf("SELECT id FROM care WHERE ssn < '900-00-1090'");
    assert.equal(few, many, 'by halves, the statistics of a hidden column would be told');
    assert.equal(await estimateOf('SELECT score FROM care WHERE id = 12;'), 1);
    const several = "SELECT 12; SELECT id FROM care WHERE ssn < '900-00-1010'";
    assert.equal(await estimateOf(several), undefined);
  });

  it('are held at their own place outside a transaction block', async () => {
    for (const text of [
      'DELETE FROM care WHERE id = 11',
      'BEGIN; DELETE FROM care WHERE id = 11; COMMIT',
    ]) {
      const running = runPsql(gateway.as('ana'), ['-At', '-c', text]);
      const { id, operation } = await gateway.next();
      assert.equal(operation.at, 'statement');
      assert.equal(operation.changes, undefined);
      await gateway.review(id, 'reject', 'no');
      assert.match((await running).stderr, /rejected in review/);
    }
    assert.equal(await count('care', 'id = 11'), 1);
  });

  it('hold the COMMIT of the extended protocol, in the batch in which it comes', async () => {
    using connection = await signIn(gateway.as('ana'));
    connection.send(query('BEGIN'));
    await connection.messagesUntil('Z');
    connection.send(...run('DELETE FROM care WHERE id = 12'), sync());
    assert.equal(typesOf(await connection.messagesUntil('Z')), '12CZ');
    // Statement and portal without a name have to live through what the gateway asks.
    connection.send(...run('SELECT 1'), ...run('COMMIT'), ...run('SELECT 2'), sync());
    const { id, operation } = await gateway.next();
    assert.deepEqual(countsOf(operation.changes?.find(isCare)), [0, 0, 1]);
    await gateway.review(id, 'approve');
    const answers = typesOf(await connection.messagesUntil('Z'));
    assert.equal(answers.replace('N', ''), '12DC12C12DCZ');
    assert.equal(await count('care', 'id = 12'), 0);
  });

  it('know a block that began in the same batch, as pgjdbc sends it', async () => {
    using connection = await signIn(gateway.as('ana'));
    connection.send(...run('BEGIN'), ...run('DELETE FROM care WHERE id = 13'), sync());
    assert.equal(typesOf(await connection.messagesUntil('Z')), '12C12CZ');
    connection.send(...run('COMMIT'), sync());
    const { id } = await gateway.next();
    await gateway.review(id, 'reject', 'no');
    assert.equal(typesOf(await connection.messagesUntil('Z')).replace('N', ''), '12EZ');
    connection.send(query('ROLLBACK'));
    await connection.messagesUntil('Z');
    assert.equal(await count('care', 'id = 13'), 1);
  });

  it('do not take a block for open that ended in the same batch', async () => {
    using connection = await signIn(gateway.as('ana'));
    connection.send(query('BEGIN'));
    await connection.messagesUntil('Z');
    connection.send(...run('COMMIT'), ...run('DELETE FROM care WHERE id = 14'), sync());
    const { id, operation } = await gateway.next();
    assert.equal(operation.at, 'statement');
    await gateway.review(id, 'reject', 'no');
    assert.match(typesOf(await connection.messagesUntil('Z')), /EZ$/);
    assert.equal(await count('care', 'id = 14'), 1);
  });

  it('need no review when they are rolled back, and none for the next transaction', async () => {
    using connection = await signIn(gateway.as('ana'));
    for (const text of [
      'BEGIN',
      'DELETE FROM care WHERE id = 15',
      'ROLLBACK',
      'BEGIN',
      'SELECT 1',
      'COMMIT',
    ]) {
      assert.match(await ask(connection, text), /^T?D?CZ$/);
    }
    assert.equal(await count('care', 'id = 15'), 1);
  });

  it('count what was undone to a savepoint rather than miss anything', async () => {
    using connection = await signIn(gateway.as('ana'));
    for (const text of [
      'BEGIN',
      'SAVEPOINT s',
      'DELETE FROM care WHERE id = 16',
      'ROLLBACK TO s',
    ]) {
      assert.equal(await ask(connection, text), 'CZ');
    }
    connection.send(query('COMMIT'));
    const { id } = await gateway.next();
    await gateway.review(id, 'approve');
    assert.equal(typesOf(await connection.messagesUntil('Z')).replace('N', ''), 'CZ');
    assert.equal(await count('care', 'id = 16'), 1);
  });

  it('stay to be reviewed after a COMMIT that was rejected and undone to a savepoint', async () => {
    using connection = await signIn(gateway.as('ana'));
    for (const text of ['BEGIN', 'DELETE FROM care WHERE id = 17', 'SAVEPOINT s']) {
      assert.equal(await ask(connection, text), 'CZ');
    }
    for (const again of ['ROLLBACK TO s', 'ROLLBACK']) {
      connection.send(query('COMMIT'));
      const { id } = await gateway.next();
      await gateway.review(id, 'reject', 'no');
      assert.match(typesOf(await connection.messagesUntil('Z')), /EZ$/);
      assert.equal(await ask(connection, again), 'CZ');
    }
    assert.equal(await count('care', 'id = 17'), 1);
  });

  it('are not committed unseen by going back to a savepoint on the way', async () => {
    using connection = await signIn(gateway.as('ana'));
    const begin = ['BEGIN', 'DELETE FROM care WHERE id = 40', 'SAVEPOINT s', 'SELECT 1/0'];
    for (const text of begin) await ask(connection, text);
    const refused = await errorOf(connection, 'ROLLBACK TO s; COMMIT');
    assert.equal(refused['C'], '25P02');

    connection.send(...run('ROLLBACK TO s'), ...run('COMMIT'), sync());
    const { id, operation } = await gateway.next('pending', 'id = 40');
    assert.equal(operation.at, 'commit');
    await gateway.review(id, 'reject', 'no');
    assert.match(typesOf(await connection.messagesUntil('Z')), /EZ$/);
    // What failed for good needs nobody.
    assert.equal(await ask(connection, 'COMMIT'), 'CZ');
    assert.equal(await count('care', 'id = 40'), 1);
  });

  it('show what was done since an earlier COMMIT that did not come off', async () => {
    using connection = await signIn(gateway.as('ana'));
    for (const text of ['BEGIN', 'DELETE FROM care WHERE id = 41', 'SAVEPOINT s']) {
      await ask(connection, text);
    }
    for (const expected of [0, 3]) {
      connection.send(query('COMMIT'));
      const { id, operation } = await gateway.next('pending', 'id = 41');
      const trail = operation.changes?.find(({ relation }) => relation === 'public.trail');
      assert.equal(trail?.inserted, expected);
      await gateway.review(id, 'reject', 'no');
      await connection.messagesUntil('Z');
      await ask(connection, 'ROLLBACK TO s');
      await ask(connection, "INSERT INTO trail (what) SELECT 'x' FROM generate_series(1, 3)");
    }
  });

  it('show the values that were bound to their statements', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, 'BEGIN');
    const value = Buffer.concat([int32(2), Buffer.from('42')]);
    connection.send(
      parse('', 'DELETE FROM care WHERE id = $1'),
      message('B', '', '', int16(0), int16(1), value, int16(0)),
      ...[execute(''), sync()],
    );
    assert.equal(typesOf(await connection.messagesUntil('Z')), '12CZ');
    connection.send(query('COMMIT'));
    const { id, operation } = await gateway.next('pending', '$1');
    assert.deepEqual(
      operation.parameters.map(({ text }) => text),
      ['42'],
    );
    await gateway.review(id, 'reject', 'no');
    await connection.messagesUntil('Z');
  });

  it('show such values as they are in the encoding of the client', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, "SET client_encoding = 'LATIN1'");
    await ask(connection, 'BEGIN');
    const value = Buffer.concat([int32(1), Buffer.from('é', 'latin1')]);
    connection.send(
      parse('', 'DELETE FROM named WHERE name = $1'),
      message('B', '', '', int16(0), int16(1), value, int16(0)),
      ...[execute(''), sync()],
    );
    assert.equal(typesOf(await connection.messagesUntil('Z')), '12CZ');
    connection.send(query('COMMIT'));
    const { id, operation } = await gateway.next('pending', 'named');
    assert.deepEqual(
      operation.parameters.map(({ text }) => text),
      ['é'],
    );
    await gateway.review(id, 'reject', 'no');
    await connection.messagesUntil('Z');
  });

  it('cannot be prepared for two-phase commit', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, 'BEGIN');
    await ask(connection, 'DELETE FROM care WHERE id = 18');
    const refused = await errorOf(connection, "PREPARE TRANSACTION 'late'");
    assert.match(refused['M'] ?? '', /two-phase/);
    await ask(connection, 'ROLLBACK');
    assert.equal(await count('care', 'id = 18'), 1);
  });

  it('show no rows before the review: what reads is held at its own place', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, 'BEGIN');
    connection.send(query('SELECT * FROM secret'));
    const { id, operation } = await gateway.next();
    assert.equal(operation.at, 'statement');
    await gateway.review(id, 'reject', 'no');
    assert.match(typesOf(await connection.messagesUntil('Z')), /EZ$/);
  });

  it('tell of rows without a key that they changed, but not what became of which', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, 'BEGIN');
    await ask(connection, "UPDATE keyless SET word = 'c'");
    connection.send(query('COMMIT'));
    const { id, operation } = await gateway.next();
    const keyless = operation.changes?.find(({ relation }) => relation === 'public.keyless');
    assert.deepEqual(countsOf(keyless), [0, 2, 0]);
    assert.deepEqual(keyless?.samples, []);
    await gateway.review(id, 'approve');
    await connection.messagesUntil('Z');
    assert.equal(await count('keyless', "word = 'c'"), 2);
  });

  it('show no row for another that is written like it in the encoding of the client', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, "SET client_encoding = 'LATIN1'");
    await ask(connection, 'BEGIN');
    await ask(connection, 'UPDATE named SET score = 900 WHERE score = 1');
    connection.send(query('COMMIT'));
    const { id, operation } = await gateway.next();
    const named = operation.changes?.find(({ relation }) => relation === 'public.named');
    assert.deepEqual(countsOf(named), [0, 1, 0]);
    assert.deepEqual(named?.samples, []);
    await gateway.review(id, 'approve');
    await connection.messagesUntil('Z');
    assert.equal(await count('named', 'score = 900'), 1);
  });

  it('show what became of a row whose key the session writes in its own way', async () => {
    using connection = await signIn(gateway.as('ana'));
    await ask(connection, "SET DateStyle = 'SQL, DMY'");
    await ask(connection, 'BEGIN');
    await ask(connection, 'UPDATE dated SET score = 900 WHERE score = 1');
    connection.send(query('COMMIT'));
    const { id, operation } = await gateway.next();
    const dated = operation.changes?.find(({ relation }) => relation === 'public.dated');
    assert.deepEqual(dated?.samples, [
      { before: ['2026-02-01', '1'], after: ['01/02/2026', '900'] },
    ]);
    await gateway.review(id, 'approve');
    await connection.messagesUntil('Z');
  });

  it('fail at once for a workload, and last once when the same is done after the approval', async () => {
    using connection = await signIn(gateway.as('ci-claims'));
    const remove = async (where: string): Promise<string> => {
      for (const text of ['BEGIN', `DELETE FROM care WHERE ${where}`]) await ask(connection, text);
      const answers = await ask(connection, 'COMMIT');
      if (answers.startsWith('E')) await ask(connection, 'ROLLBACK');
      return answers;
    };
    assert.equal(await remove('id = 20'), 'EZ');
    const { id } = await gateway.next();
    await gateway.review(id, 'approve');
    // Neither another statement nor the same one with another effect is what was approved.
    assert.equal(await remove('id = 21'), 'EZ');
    await gateway.server.execute('DELETE FROM trail WHERE care_id = 20', 'hospital');
    assert.equal(await remove('id = 20'), 'EZ');
    await gateway.server.execute('INSERT INTO trail (care_id) VALUES (20)', 'hospital');
    assert.equal(await remove('id = 20'), 'CZ');
    assert.deepEqual([await count('care', 'id = 20'), await count('care', 'id = 21')], [0, 1]);
  });

  it('are gone when the client leaves while they wait', async () => {
    const connection = await signIn(gateway.as('ana'));
    await ask(connection, 'BEGIN');
    await ask(connection, 'DELETE FROM care WHERE id = 19');
    connection.send(query('COMMIT'));
    const { id } = await gateway.next('pending', 'id = 19');
    connection.socket.destroy();
    assert.equal((await gateway.next('withdrawn', 'id = 19')).id, id);
    assert.equal(await count('care', 'id = 19'), 1);
  });
});

const run = (sql: string): readonly Buffer[] => [parse('', sql), bind('', ''), execute('')];
const isCare = ({ relation }: TableChange): boolean => relation === 'public.care';

function countsOf(change: TableChange | undefined): readonly (number | undefined)[] {
  return [change?.inserted, change?.updated, change?.deleted];
}

function typesOf(messages: readonly RawMessage[]): string {
  return messages.map(({ type }) => type).join('');
}

async function ask(connection: RawConnection, sql: string): Promise<string> {
  connection.send(query(sql));
  return typesOf(await connection.messagesUntil('Z'));
}

async function errorOf(
  connection: RawConnection,
  sql: string,
): Promise<Readonly<Record<string, string>>> {
  connection.send(query(sql));
  const answers = await connection.messagesUntil('Z');
  return errorFields(answers.find(({ type }) => type === 'E')?.body ?? Buffer.alloc(0));
}
