import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import {
  approved,
  bindOf,
  RelayFixture,
  type RelaySession,
  rejected,
  run,
  settle,
} from './relay.fixture.ts';

const SYNC = encodeEmptyMessage('Sync');
const DELETE = 'DELETE FROM held';

let fixture: RelayFixture;

/** Relations of what was committed, one list for each transaction. */
function committed({ backend }: RelaySession): readonly (readonly string[])[] {
  return backend.committed.map(({ ran }) =>
    ran.flatMap((index) => backend.ran[index]?.relations ?? []),
  );
}

describe('CommitReview', () => {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());

  it('lets a statement of a block run, and holds the COMMIT', async () => {
    const session = await fixture.start({ at: 'commit' });
    assert.equal((await session.send(encodeQuery('BEGIN'), encodeQuery(DELETE))).types, 'CZCZ');
    assert.equal(session.entries.at(-1)?.detail?.['reviewAt'], 'commit');
    assert.equal((await session.send(encodeQuery('COMMIT'))).types, 'N');
    assert.equal(session.asked[0]?.held.operation.text, `${DELETE}\n;\nCOMMIT`);
    assert.deepEqual(committed(session), []);
    const answers = await session.after(() => session.asked[0]?.answer(approved(0)));
    assert.equal(answers.types, 'CZ');
    assert.deepEqual(committed(session), [['public.held']]);
    assert.equal(session.entries.at(-1)?.detail?.['review'], 'req_0');
  });

  it('has the server roll back what is not approved', async () => {
    const session = await fixture.start({ at: 'commit' });
    await session.send(encodeQuery('BEGIN'), encodeQuery(DELETE), encodeQuery('COMMIT'));
    const answers = await session.after(() => session.asked[0]?.answer(rejected(0)));
    assert.match(answers.errors[0]?.get('H') ?? '', /transaction is rolled back/);
    assert.equal((await session.send(encodeQuery('ROLLBACK'))).types, 'CZ');
    assert.deepEqual(committed(session), []);
  });

  it('has another digest for other statements of the same transaction', async () => {
    const digests = new Set<string | undefined>();
    for (const texts of [[DELETE], [DELETE, DELETE], ['DELETE FROM held WHERE n = 1']]) {
      const session = await fixture.start({ at: 'commit' });
      await session.send(...['BEGIN', ...texts, 'COMMIT'].map((text) => encodeQuery(text)));
      digests.add(session.asked[0]?.held.meaning['statements']);
    }
    assert.equal(digests.size, 3);
  });

  it('shows all of a transaction, or lets no more of it wait for its COMMIT', async () => {
    const session = await fixture.start({ at: 'commit' });
    const answers = await session.send(
      encodeQuery('BEGIN'),
      ...Array.from({ length: 201 }, () => encodeQuery(DELETE)),
    );
    assert.equal(answers.types, `${'CZ'.repeat(201)}N`);
    assert.equal(session.asked[0]?.held.operation.at, 'statement');
  });

  it('sees through a COMMIT that is executed by its name', async () => {
    const session = await fixture.start({ at: 'commit' });
    await session.send(encodeParse('s', 'COMMIT'), SYNC);
    await session.send(encodeQuery('BEGIN'), encodeQuery(DELETE));
    assert.equal((await session.send(encodeQuery('EXECUTE s'))).types, 'N');
    await session.after(() => session.asked[0]?.answer(rejected(0)));
    assert.deepEqual(committed(session), []);
  });

  it('refuses two-phase commit that is executed by its name', async () => {
    const session = await fixture.start({ at: 'commit' });
    await session.send(encodeParse('s', "PREPARE TRANSACTION 'x'"), SYNC);
    await session.send(encodeQuery('BEGIN'), encodeQuery(DELETE));
    const answers = await session.send(encodeQuery('EXECUTE s'));
    assert.match(answers.errors[0]?.get('M') ?? '', /two-phase/);
    assert.deepEqual([session.asked, committed(session)], [[], []]);
  });

  it('does not believe in a block behind an EXECUTE in the same batch', async () => {
    const session = await fixture.start({ at: 'commit' });
    await session.send(encodeParse('s', 'COMMIT'), SYNC, encodeQuery('BEGIN'));
    await session.send(...run('EXECUTE s'), ...run(DELETE), SYNC);
    assert.equal(session.asked[0]?.held.operation.at, 'statement');
  });

  const text = fc.constantFrom(
    ...['BEGIN', 'COMMIT', 'ROLLBACK', DELETE, 'DELETE FROM r1', 'SELECT * FROM r2', 'broken'],
    ...['SELECT * FROM boom', 'EXECUTE a', 'BEGIN; DELETE FROM held', 'DELETE FROM held; COMMIT'],
    ...[
      'COMMIT; BEGIN',
      'COMMIT; DELETE FROM held',
      'PREPARE a AS DELETE FROM held',
      'DEALLOCATE a',
    ],
  );
  const name = fc.constantFrom('', 'a');
  const step = fc.oneof(
    text.map((sql) => encodeQuery(sql)),
    text.map((sql) => Buffer.concat(run(sql))),
    fc.tuple(name, text).map(([statement, sql]) => encodeParse(statement, sql)),
    fc.tuple(name, name).map(([portal, statement]) => encodeBind(bindOf(portal, statement))),
    name.map((portal) => encodeExecute(portal)),
    fc.constant(SYNC),
  );
  const steps = fc.array(step, { maxLength: 4 });
  /** Most of what is random ends before it gets as far as a COMMIT. */
  const block = fc.tuple(fc.boolean(), steps, steps).map(([isSimple, before, behind]) => {
    const say = (sql: string): Buffer => (isSimple ? encodeQuery(sql) : Buffer.concat(run(sql)));
    return [SYNC, say('BEGIN'), ...before, say(DELETE), ...behind, SYNC, say('COMMIT'), SYNC];
  });

  it('never has anything last that had to be reviewed and was not', async () => {
    let reviewed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(steps, block), { maxLength: 6 }), async (rounds) => {
        const session = await fixture.start({
          at: 'commit',
          answer: (number) => (number % 3 === 2 ? rejected(number) : approved(number)),
        });
        const { client, backend, entries, ended } = session;
        const over = ended.then(() => true);
        for (const round of rounds) {
          client.write(Buffer.concat([Buffer.concat(round), Buffer.from('H\0\0\0\x04')]));
          const isOver = await Promise.race([over, settle(backend, [entries, session.refusals])]);
          if (isOver === true) break;
        }
        for (const { message, ran } of backend.committed) {
          const isCommitReviewed = entries[message]?.detail?.['review'] !== undefined;
          for (const index of ran) {
            const one = backend.ran[index];
            if (one?.relations.includes('public.held') !== true) continue;
            const { detail } = entries[one.message] ?? {};
            if (detail?.['review'] !== undefined) continue;
            assert.equal(detail?.['reviewAt'], 'commit');
            assert.ok(isCommitReviewed, 'what was deferred was committed without a review');
            reviewed += 1;
          }
        }
        client.destroy();
        await ended;
      }),
      { numRuns: 200 },
    );
    assert.ok(reviewed > 0, 'nothing was deferred and committed');
  });
});
