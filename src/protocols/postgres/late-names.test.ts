import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeClose } from '../../wire/postgres/close.ts';
import { encodeDescribe } from '../../wire/postgres/describe.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { bindOf, RelayFixture, run, settle } from './relay.fixture.ts';

const SYNC = encodeEmptyMessage('Sync');
/** In `own`, relations come and go. */
const RELATIONS = ['other.r1', 'other.r2'];

/** A view stands before what else goes by its name, and goes with the table that it reads. */
const VIEW: readonly (readonly Buffer[])[] = [
  'CREATE TABLE own.r3 (n int)',
  'CREATE VIEW own.r1 AS TABLE own.r3',
  'SET search_path = own, other, public',
].map((text) => [encodeQuery(text)]);

const RUNS = 300;

let fixture: RelayFixture;

describe('names that the server looks up late', () => {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());

  it('are those of the statement when it was bound, of others when they run', async () => {
    const { send, backend } = await fixture.start({ relations: RELATIONS });
    await send(encodeQuery('BEGIN'));
    for (const [name, text] of [
      ['planned', 'SELECT * FROM r1'],
      ['late', 'TRUNCATE r1'],
    ] as const) {
      await send(encodeParse(name, text), encodeBind(bindOf(name, name)), SYNC);
    }
    await send(encodeQuery('SET LOCAL search_path = other'));
    await send(encodeExecute('planned'), SYNC);
    assert.deepEqual(backend.ran.at(-1)?.relations, ['public.r1']);
    const answers = await send(encodeExecute('late'), SYNC);
    assert.equal(answers.errors[0]?.get('C'), '26000');
  });

  it('may be those of any number of schemas, one after the other in transactions', async () => {
    const tenants = Array.from({ length: 70 }, (_, at) => `tenant${at}`);
    const relations = tenants.map((tenant) => `${tenant}.t`);
    const { send, backend } = await fixture.start({ relations });
    await send(encodeQuery(`SET search_path = ${tenants[0]}`));
    await send(encodeParse('s', 'SELECT * FROM t'), SYNC);
    for (const tenant of tenants) {
      await send(encodeQuery('BEGIN'), encodeQuery(`SET LOCAL search_path = ${tenant}, public`));
      await send(encodeBind(bindOf('', 's')), encodeExecute(''), SYNC);
      assert.deepEqual(backend.ran.at(-1)?.relations, [`${tenant}.t`]);
      await send(encodeQuery('COMMIT'));
    }
  });

  it('never stand for more than the ledger says', async () => {
    let ran = 0;
    let late = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom([], VIEW),
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 20 }),
        async (first, following) => {
          const rounds = [...first, ...following];
          const session = await fixture.start({ relations: RELATIONS });
          const { client, backend, entries, ended } = session;
          const over = ended.then(() => true);
          for (const round of rounds) {
            client.write(Buffer.concat([...round, SYNC]));
            const isOver = await Promise.race([over, settle(backend, [entries])]);
            if (isOver === true) break;
          }
          for (const { message, relations } of backend.ran) {
            const entry = entries[message];
            assert.ok(entry !== undefined, 'something ran that is not in the ledger');
            ran += 1;
            if (relations.some((one) => !one.startsWith('public.'))) late += 1;
            if (entry.isOpaque) continue;
            const missing = relations.filter((relation) => !entry.relations.includes(relation));
            assert.deepEqual(missing, [], `${entry.text} touched more`);
          }
          client.destroy();
          await ended;
        },
      ),
      { numRuns: RUNS },
    );
    assert.ok(ran > RUNS && late > 0, `${ran} ran, ${late} of them elsewhere than in public`);
  });
});

const held = fc.constantFrom('SELECT * FROM r1', 'TRUNCATE r1', 'DELETE FROM r1', 'EXECUTE b');
const sql = fc.constantFrom(
  ...['SET search_path = other', 'SET LOCAL search_path = other', 'SET search_path = own, public'],
  ...['SET LOCAL search_path = own, other, public', 'SET LOCAL search_path = other, public'],
  ...['RESET search_path', 'BEGIN', 'BEGIN', 'COMMIT', 'ROLLBACK', 'SELECT * FROM boom'],
  ...['CREATE TABLE own.r1 (n int)', 'DROP TABLE own.r1', 'DROP VIEW own.r1'],
  ...['CREATE TABLE own.r3 (n int)', 'CREATE VIEW own.r1 AS TABLE own.r3'],
  ...['DROP TABLE own.r3 CASCADE', 'DROP TABLE own.r3 CASCADE; SELECT * FROM r1'],
  ...['ALTER TABLE own.r1 RENAME TO r2', 'ALTER TABLE own.r2 RENAME TO r1'],
  ...['ALTER TABLE other.r1 SET SCHEMA own', 'ALTER TABLE own.r1 SET SCHEMA other'],
  ...['CREATE TEMP TABLE r1 (n int)', 'DROP TABLE pg_temp.r1', 'CREATE TEMP TABLE r2 (n int)'],
  ...['DEALLOCATE b; PREPARE b AS SELECT * FROM r1', 'PREPARE b AS SELECT * FROM r1', 'EXECUTE b'],
  ...['DECLARE c CURSOR FOR SELECT * FROM r1', 'FETCH c', 'SELECT * FROM r1'],
  ...['DECLARE c CURSOR WITH HOLD FOR SELECT * FROM r1', 'CLOSE c'],
  'SET search_path = other; SELECT * FROM r1',
  'BEGIN; SET LOCAL search_path = other; COMMIT; SELECT * FROM r1',
);
const closed = (kind: 'statement' | 'portal'): Buffer => encodeClose({ kind, name: 'a' });
/** What is asked where nothing is amiss, and what ends a transaction that failed. */
const plain = fc.constantFrom('SELECT * FROM r1', 'EXECUTE b', 'ROLLBACK', 'SELECT * FROM r2');
const message = fc.oneof(
  plain.map((text) => Buffer.concat(run(text))),
  held.map((text) => Buffer.concat([closed('statement'), encodeParse('a', text)])),
  fc.constant(Buffer.concat([closed('portal'), encodeBind(bindOf('a', 'a'))])),
  fc.constant(encodeExecute('a')),
  fc.constantFrom('statement' as const, 'portal' as const).map((kind) => {
    return encodeDescribe({ kind, name: 'a' });
  }),
  sql.map((text) => Buffer.concat(run(text))),
);
/** One that is answered at once, or is part of a pipeline. */
const step = fc.oneof(
  message.map((one) => Buffer.concat([one, SYNC])),
  message,
  sql.map((text) => encodeQuery(text)),
);
