import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { bindOf, RelayFixture, type RelaySession, rejected } from './relay.fixture.ts';
import { takeStartReason } from './stated-reason.ts';

const SYNC = encodeEmptyMessage('Sync');
const HELD = 'SELECT * FROM held';

let fixture: RelayFixture;

/** What reviewers are told of the next operation that is held. */
async function justificationOf(session: RelaySession): Promise<string | undefined> {
  const number = session.asked.length;
  await session.send(encodeQuery(HELD));
  const asked = session.asked[number];
  await session.after(() => asked?.answer(rejected(number)));
  return asked?.held.justification;
}

/** A SET in the extended protocol, with a statement of that name. */
function prepare(name: string, text: string): readonly Buffer[] {
  return [encodeParse(name, text), encodeBind(bindOf('', name)), encodeExecute('', 0), SYNC];
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());
}

describe('sallyport.reason', () => {
  prepareTests();

  it('is told to reviewers, and is an empty statement to the target', async () => {
    const session = await fixture.start();
    const text = "SET sallyport.reason = 'duplicate chart, ticket 4711'";
    assert.equal((await session.send(encodeQuery(text))).types, 'IZ');
    assert.equal(await justificationOf(session), 'duplicate chart, ticket 4711');
    // It is decided and sealed as any other SET.
    assert.deepEqual([session.entries[0]?.text, session.entries[0]?.actions], [text, ['sql.set']]);
  });

  it('is what a prepared SET says when it is executed', async () => {
    const session = await fixture.start();
    const one = await session.send(...prepare('one', "SET SESSION SallyPort.Reason TO 'one'"));
    assert.equal(one.types, '12IZ');
    assert.deepEqual([...session.backend.statements.values()], ['']);
    await session.send(...prepare('', 'SET sallyport.reason = two'));
    assert.equal(await justificationOf(session), 'two');
    await session.send(encodeBind(bindOf('', 'one')), encodeExecute('', 0), SYNC);
    assert.equal(await justificationOf(session), 'one');
  });

  for (const text of [
    'RESET sallyport.reason',
    'SET sallyport.reason TO DEFAULT',
    "SET sallyport.reason = '  '",
    'RESET ALL',
    'DISCARD ALL',
  ]) {
    it(`is forgotten by ${text}`, async () => {
      const session = await fixture.start();
      await session.send(encodeQuery("SET sallyport.reason = 'for now'"));
      await session.send(encodeQuery(text));
      assert.equal(await justificationOf(session), undefined);
    });
  }

  it('is no part of what an approval is for', async () => {
    const session = await fixture.start();
    await justificationOf(session);
    await session.send(encodeQuery("SET sallyport.reason = 'another'"));
    await justificationOf(session);
    const [before, then] = session.asked;
    assert.deepEqual(before?.held.meaning, then?.held.meaning);
  });

  const refused: Readonly<Record<string, string>> = {
    "SET sallyport.reason = 'a'; SELECT * FROM r1": '0A000',
    "SET LOCAL sallyport.reason = 'a'": '0A000',
    "SELECT set_config('sallyport.reason', 'a', false)": '0A000',
    "SET sallyport.reason = 'a', 'b'": '22023',
    [`SET sallyport.reason = '${'x'.repeat(COMMENT_LENGTH_MAX + 1)}'`]: '22023',
  };
  for (const [text, sqlState] of Object.entries(refused)) {
    it(`is not taken from ${text.slice(0, 60)}`, async () => {
      const session = await fixture.start();
      const simple = await session.send(encodeQuery(text));
      assert.deepEqual([simple.types, simple.errors[0]?.get('C')], ['EZ', sqlState]);
      if (!text.includes(';')) {
        const extended = await session.send(encodeParse('', text), SYNC);
        assert.deepEqual([extended.types, extended.errors[0]?.get('C')], ['EZ', sqlState]);
      }
      assert.deepEqual(session.backend.ran, []);
      assert.equal(await justificationOf(session), undefined);
    });
  }
});

describe('takeStartReason', () => {
  prepareTests();

  it('leaves the other settings, in their order', () => {
    const requested = [
      ['work_mem', '8MB'],
      ['Sallyport.Reason', 'first'],
      ['sallyport.reason', ' ticket 4711 '],
      ['datestyle', 'ISO'],
    ] as const;
    assert.deepEqual(takeStartReason(requested), {
      stated: { kind: 'stated', reason: 'ticket 4711' },
      settings: [
        ['work_mem', '8MB'],
        ['datestyle', 'ISO'],
      ],
    });
  });

  it('refuses one that is too long', () => {
    const long = 'x'.repeat(COMMENT_LENGTH_MAX + 1);
    assert.equal(takeStartReason([['sallyport.reason', long]]).stated.kind, 'refused');
  });
});
