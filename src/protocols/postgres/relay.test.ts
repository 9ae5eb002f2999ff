import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeClose } from '../../wire/postgres/close.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { FrontendType, finishMessage, startMessage } from '../../wire/postgres/message-framing.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import {
  approved,
  bindOf,
  collect,
  copyData,
  RelayFixture,
  rejected,
  run,
  settle,
} from './relay.fixture.ts';

const SYNC = encodeEmptyMessage('Sync');
const COPY_DONE = encodeEmptyMessage('CopyDone');

let fixture: RelayFixture;

describe('relay', () => {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());

  it('forwards what is allowed and seals it first', async () => {
    const { send, backend, entries } = await fixture.start();
    await send(encodeQuery('SELECT * FROM r1'));
    assert.deepEqual(backend.ran, [{ message: 0, relations: ['public.r1'] }]);
    assert.equal(entries[0]?.text, 'SELECT * FROM r1');
  });

  it('says what the target is at work on, for whoever cancels it', async () => {
    const { send, canceller } = await fixture.start();
    assert.equal(canceller.atWork(), undefined);
    await send(encodeQuery('COPY r1 FROM STDIN'));
    const first = canceller.atWork();
    assert.equal(typeof first, 'number');
    await send(COPY_DONE);
    assert.equal(canceller.atWork(), undefined);
    await send(encodeQuery('COPY r1 FROM STDIN'));
    assert.notEqual(canceller.atWork(), first);
  });

  it('sends nothing new while a repeated cancel request could hit it', async () => {
    const { send, after, backend, canceller } = await fixture.start();
    const request = Promise.withResolvers<void>();
    canceller.repeating = request.promise;
    await send(encodeQuery('SELECT * FROM r1'));
    assert.deepEqual(backend.ran, []);
    await after(() => {
      canceller.repeating = undefined;
      request.resolve();
    });
    assert.equal(backend.ran.length, 1);
  });

  it('refuses in its turn, and leaves the session usable', async () => {
    const { send, backend } = await fixture.start();
    const answers = await send(
      encodeQuery('SELECT * FROM denied'),
      encodeQuery('SELECT * FROM r1'),
    );
    assert.equal(answers.types, 'EZCZ');
    assert.equal(answers.errors[0]?.get('C'), '42501');
    assert.deepEqual(
      backend.ran.map(({ relations }) => relations),
      [['public.r1']],
    );
  });

  it('refuses one message of a pipeline and skips what follows, up to its Sync', async () => {
    const { send, backend } = await fixture.start();
    const answers = await send(
      ...[...run('SELECT * FROM r1'), ...run('SELECT * FROM denied'), ...run('SELECT * FROM r2')],
      ...[SYNC, ...run('SELECT * FROM r3'), SYNC],
    );
    assert.equal(answers.types, '12CEZ12CZ');
    assert.deepEqual(
      backend.ran.map(({ relations }) => relations),
      [['public.r1'], ['public.r3']],
    );
  });

  it('lets an empty query pass in both protocols', async () => {
    const { send } = await fixture.start();
    assert.equal((await send(encodeQuery(''), ...run(''), SYNC)).types, 'IZ12IZ');
  });

  it('decides on a statement prepared by SQL as it reads when it is bound', async () => {
    const { send, entries } = await fixture.start();
    await send(encodeQuery('PREPARE a AS SELECT * FROM r1'));
    await send(encodeQuery('CREATE TEMP TABLE unrelated (n int)'));
    await send(encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC);
    assert.deepEqual(entries.at(-1)?.relations, ['public.r1']);
    assert.match(entries.at(-1)?.text ?? '', /SELECT \* FROM r1/);
  });

  it('sees through a prepared statement replaced within a pipeline', async () => {
    const { send, backend, entries } = await fixture.start();
    await send(
      encodeParse('a', 'SELECT * FROM r1'),
      ...run('DEALLOCATE a'),
      ...run('PREPARE a AS SELECT * FROM r2'),
      ...[encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC],
    );
    assert.deepEqual(backend.ran.at(-1)?.relations, ['public.r2']);
    assert.deepEqual(entries.at(-1)?.relations, ['public.r2']);
  });

  it('sees through a portal that is replaced in flight, where FETCH calls it a cursor', async () => {
    const { send, backend, entries } = await fixture.start();
    await send(encodeQuery('BEGIN'));
    await send(
      ...[encodeParse('s1', 'SELECT * FROM r1'), encodeParse('s2', 'SELECT * FROM r2')],
      ...[encodeBind(bindOf('a', 's1')), SYNC],
    );
    await send(
      ...[encodeClose({ kind: 'portal', name: 'a' }), encodeBind(bindOf('a', 's2')), SYNC],
      ...[...run('FETCH a'), SYNC],
    );
    assert.deepEqual(backend.ran.at(-1)?.relations, ['public.r2']);
    assert.deepEqual(entries.at(-1)?.relations, ['public.r2']);
  });

  it('sees through a prepared statement replaced within one query', async () => {
    const { send, entries } = await fixture.start();
    await send(encodeQuery('PREPARE a AS SELECT * FROM r1'));
    await send(encodeQuery('DEALLOCATE a; PREPARE a AS SELECT * FROM r2; EXECUTE a'));
    assert.ok(entries.at(-1)?.relations.includes('public.r2'));
  });

  it('prepares what refers to a name that is given in flight', async () => {
    const { send, backend } = await fixture.start({
      decide: (actions) =>
        actions.some(({ facts }) => facts['opaque'] === true) ? 'deny' : 'allow',
    });
    await send(encodeQuery('BEGIN'));
    const answers = await send(
      ...[encodeParse('a', 'SELECT * FROM r1'), encodeBind(bindOf('c', 'a')), SYNC],
      ...[...run('EXECUTE a'), SYNC, ...run('FETCH c'), SYNC],
    );
    assert.equal(answers.types, '12Z12CZ12CZ');
    assert.equal(backend.ran.length, 2);
  });

  it('does not trust a held statement behind a change of the search path', async () => {
    const { send, entries } = await fixture.start();
    await send(encodeQuery('PREPARE a AS SELECT * FROM r1'));
    await send(encodeQuery('SET search_path = other; EXECUTE a'));
    assert.equal(entries.at(-1)?.isOpaque, true);
  });

  it('refuses names that the server would cut', async () => {
    const { send, backend } = await fixture.start();
    const long = 'x'.repeat(63);
    const answers = await send(
      ...[encodeParse(`${long}A`, 'SELECT * FROM r1'), SYNC],
      ...[encodeClose({ kind: 'statement', name: `${long}B` }), SYNC],
      ...[encodeParse(long, 'SELECT * FROM r1'), SYNC],
    );
    assert.equal(answers.types, 'EZEZ1Z');
    assert.equal(backend.statements.size, 1);
  });

  it('keeps in step when a Sync was sent ahead of COPY data', async () => {
    const { send, backend, entries } = await fixture.start();
    await send(...run('COPY t FROM STDIN'), SYNC, copyData(), COPY_DONE, SYNC);
    for (const relation of ['r1', 'r2', 'r3']) {
      const answers = await send(
        encodeClose({ kind: 'statement', name: 'a' }),
        encodeParse('a', `SELECT * FROM ${relation}`),
        ...[encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC],
      );
      assert.equal(answers.types, '312CZ');
      assert.deepEqual(entries.at(-1)?.relations, [`public.${relation}`]);
      assert.deepEqual(backend.ran.at(-1)?.relations, [`public.${relation}`]);
    }
  });

  it('is not misled by a Parse that the server drops as part of a COPY', async () => {
    const { send, backend, entries } = await fixture.start();
    await send(encodeParse('a', 'SELECT * FROM r2'), SYNC);
    await send(
      encodeQuery('COPY t FROM STDIN'),
      // Dropped; a and what it stands for stay as they were.
      encodeParse('a', 'SELECT * FROM r1'),
      ...[encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC],
    );
    assert.deepEqual(backend.ran.at(-1)?.relations, ['public.r2']);
    assert.deepEqual(entries.at(-1)?.relations, ['public.r2']);
  });

  it('is not misled by a Parse that the server drops as part of the second COPY of a text', async () => {
    const { send, backend, entries } = await fixture.start();
    await send(encodeParse('a', 'SELECT * FROM held'), SYNC);
    await send(encodeQuery('COPY t FROM STDIN; COPY t FROM STDIN'));
    await send(encodeEmptyMessage('Flush'));
    await send(
      ...[COPY_DONE, encodeParse('a', 'SELECT * FROM r1')],
      ...[encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC],
    );
    assert.deepEqual(
      backend.ran.map(({ relations }) => relations),
      [['public.t'], ['public.t']],
    );
    assert.equal(entries.length, 1);
  });

  it('ends the session if a request comes amid COPY data', async () => {
    const { send, client, ended } = await fixture.start();
    await send(encodeQuery('COPY t FROM STDIN'));
    await send(copyData(), encodeQuery('SELECT * FROM r1'));
    client.end();
    assert.equal(await ended, 'protocol-error');
  });

  it('keeps in step when a Query is skipped after an error', async () => {
    const { send, entries } = await fixture.start();
    const skipped = await send(encodeParse('', 'broken'), encodeQuery('SELECT * FROM r1'), SYNC);
    assert.equal(skipped.types, 'EZ');
    await send(encodeParse('a', 'SELECT * FROM r2'), SYNC);
    const answers = await send(encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC);
    assert.equal(answers.types, '2CZ');
    assert.deepEqual(entries.at(-1)?.relations, ['public.r2']);
  });

  it('refuses a Flush with a body, which no request of ours would account for', async () => {
    const { send } = await fixture.start();
    const flush = finishMessage(startMessage(FrontendType.Flush).byte(0));
    const answers = await send(flush, encodeQuery('SELECT * FROM r1'), SYNC);
    assert.equal(answers.types, 'EZ');
    assert.equal((await send(encodeQuery('SELECT * FROM r1'))).types, 'CZ');
  });

  it('asks for the answers when more is in flight than it follows', async () => {
    const { send } = await fixture.start();
    const statement = Buffer.concat(run('SELECT * FROM r1'));
    const answers = await send(...Array.from({ length: 3_500 }, () => statement), SYNC);
    assert.ok(answers.types === `${'12C'.repeat(3_500)}Z`);
  });

  it('lets others have their turn amid thousands of messages in one read', async () => {
    let readings = 0;
    const { client, entries } = await fixture.start({ nowMs: () => readings++ / 20 });
    client.resume();
    client.write(Buffer.concat(Array.from({ length: 3_000 }, () => encodeQuery('SELECT 1'))));
    const most = await countAtOnce(entries, 3_000);
    assert(most <= 500, `${most} messages were dealt with at once`);
  });

  it('lets others have their turn behind each message that takes long', async () => {
    let nowMs = 0;
    const decide = (): 'allow' => {
      nowMs += 100;
      return 'allow';
    };
    const { client, entries } = await fixture.start({ nowMs: () => nowMs, decide });
    client.resume();
    client.write(Buffer.concat(Array.from({ length: 20 }, () => encodeQuery('SELECT * FROM r1'))));
    assert.equal(await countAtOnce(entries, 20), 1);
  });

  it('refuses what could not be sealed, and nothing else', async () => {
    const { send, backend } = await fixture.start({ isLedgerWritable: (n) => n !== 1 });
    const answers = await send(
      ...['r1', 'r2', 'r3'].map((name) => encodeQuery(`SELECT * FROM ${name}`)),
    );
    assert.equal(answers.types, 'CZEZCZ');
    assert.equal(answers.errors[0]?.get('C'), '57P03');
    assert.deepEqual(
      backend.ran.map(({ relations }) => relations),
      [['public.r1'], ['public.r3']],
    );
  });

  it('says once that the session is over when the server has said why', async () => {
    const { send, backend, client, ended } = await fixture.start();
    await send(encodeQuery('SELECT * FROM r1'));
    const received = collect(client);
    backend.leave();
    assert.equal((await received).types, 'E');
    client.end();
    assert.equal(await ended, 'target-left');
  });

  it('ends as the client wished after Terminate', async () => {
    const { client, ended } = await fixture.start();
    client.end(encodeEmptyMessage('Terminate'));
    assert.equal(await ended, 'client-left');
  });

  it('ends this session alone when the gateway itself fails', async () => {
    const { client, ended } = await fixture.start({ decide: () => assert.fail('a fault of ours') });
    client.end(encodeQuery('SELECT * FROM r1'));
    await assert.rejects(ended, /a fault of ours/);
  });

  it('never has the ledger say less than what ran', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 6 }),
        fc.constantFrom(0, 10, 30),
        async (rounds, messageMs) => {
          let nowMs = 0;
          const { client, backend, entries, ended } = await fixture.start({
            nowMs: () => (nowMs += messageMs),
            answer: (number) => (number % 3 === 2 ? rejected(number) : approved(number)),
          });
          const over = ended.then(() => true);
          for (const round of rounds) {
            client.write(Buffer.concat([Buffer.concat(round), Buffer.from('H\0\0\0\x04')]));
            const isOver = await Promise.race([over, settle(backend, [entries])]);
            if (isOver === true) break;
          }
          for (const { message, relations } of backend.ran) {
            const entry = entries[message];
            assert.ok(entry !== undefined, 'something ran that is not in the ledger');
            const missing = relations.filter((relation) => !entry.relations.includes(relation));
            if (!entry.isOpaque) assert.deepEqual(missing, [], `${entry.text} touched more`);
            const { review, cursorReviews } = entry.detail ?? {};
            if (relations.includes('public.held') && !entry.isOpaque) {
              assert.ok(review ?? cursorReviews, `${entry.text} ran without a review`);
            }
          }
          client.destroy();
          await ended;
        },
      ),
      { numRuns: 100 },
    );
  });
});

const name = fc.constantFrom('', 'a', 'all');
const sql = fc.constantFrom(
  ...['SELECT * FROM r1', 'SELECT * FROM r2', 'SELECT * FROM boom', 'broken', 'BEGIN', 'COMMIT'],
  ...['ROLLBACK', 'PREPARE a AS SELECT * FROM r3', 'PREPARE a AS SELECT * FROM r4', 'EXECUTE a'],
  ...['DEALLOCATE a', 'DEALLOCATE ALL', 'DEALLOCATE "all"', 'PREPARE "all" AS SELECT * FROM r7'],
  ...['DECLARE a CURSOR FOR SELECT * FROM r5', 'DECLARE a CURSOR WITH HOLD FOR SELECT * FROM r6'],
  ...['FETCH a', 'CLOSE a', 'COPY t FROM STDIN', 'SELECT * FROM denied', 'SELECT * FROM held'],
  'COPY t FROM STDIN; COPY t FROM STDIN',
  ...['PREPARE a AS SELECT * FROM held', 'DECLARE a CURSOR FOR SELECT * FROM held'],
  'DEALLOCATE a; PREPARE a AS SELECT * FROM r2; EXECUTE a',
  'PREPARE a AS SELECT * FROM r1; SELECT * FROM boom',
  'DEALLOCATE a; PREPARE a AS SELECT * FROM held; SELECT * FROM boom',
);
const step = fc.oneof(
  fc.tuple(name, sql).map(([target, text]) => encodeParse(target, text)),
  fc.tuple(name, name).map(([portal, statement]) => encodeBind(bindOf(portal, statement))),
  name.map((portal) => encodeExecute(portal)),
  sql.map((text) => Buffer.concat(run(text))),
  sql.map((text) => encodeQuery(text)),
  fc
    .tuple(fc.constantFrom('statement' as const, 'portal' as const), name)
    .map(([kind, target]) => encodeClose({ kind, name: target })),
  fc.constant(SYNC),
  fc.constantFrom(COPY_DONE, copyData()),
);

/** How many were sealed within one turn of the loop at most, until so many are. */
async function countAtOnce(entries: readonly unknown[], count: number): Promise<number> {
  let most = 0;
  for (let before = 0; before < count; ) {
    await new Promise(setImmediate);
    most = Math.max(most, entries.length - before);
    before = entries.length;
  }
  return most;
}
