import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeFunctionCall } from '../../wire/postgres/function-call.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import {
  type Answers,
  approved,
  bindOf,
  copyData,
  RelayFixture,
  type RelaySession,
  rejected,
  run,
} from './relay.fixture.ts';

const SYNC = encodeEmptyMessage('Sync');
const COPY_DONE = encodeEmptyMessage('CopyDone');
const HELD = 'SELECT * FROM held';

let fixture: RelayFixture;

/** People answer the question with that number; resolves with what came of it. */
function answer(
  session: RelaySession,
  number: number,
  outcome = approved(number),
): Promise<Answers> {
  return session.after(() => session.asked[number]?.answer(outcome));
}

function ranRelations({ backend }: RelaySession): readonly string[] {
  return backend.ran.flatMap(({ relations }) => relations);
}

function bindWith(portal: string, statement: string, ...values: readonly string[]): Buffer {
  const parameters = values.map((value) => Buffer.from(value));
  return encodeBind({ ...bindOf(portal, statement), parameters });
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());
}

describe('ReviewHold', () => {
  prepareTests();

  it('holds a query, says so at once, and runs it when people have agreed', async () => {
    const session = await fixture.start();
    const waiting = await session.send(encodeQuery(HELD));
    assert.equal(waiting.types, 'N');
    assert.equal(waiting.notices[0]?.get('C'), '00000');
    assert.match(waiting.notices[0]?.get('M') ?? '', /^waiting for review by officers .*req_0/);
    assert.match(waiting.notices[0]?.get('D') ?? '', /look first.*1970-01-01 00:00:01 UTC/);
    assert.deepEqual(ranRelations(session), []);

    assert.equal((await answer(session, 0)).types, 'CZ');
    assert.deepEqual(ranRelations(session), ['public.held']);
    const { text, detail } = session.entries[0] ?? {};
    assert.equal(text, HELD);
    assert.deepEqual(detail, { review: 'req_0', reviewers: ['idp:petra'] });
  });

  it('lets a statement fail with the comment of whoever rejected it', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    const answers = await answer(session, 0, rejected(0));
    assert.equal(answers.types, 'EZ');
    assert.equal(answers.errors[0]?.get('C'), '42501');
    assert.match(answers.errors[0]?.get('M') ?? '', /rejected in review by Petra .*req_0/);
    assert.equal(answers.errors[0]?.get('D'), 'not on a Friday');
    assert.deepEqual(session.refusals[0]?.detail, { review: 'req_0', outcome: 'rejected' });
    assert.equal((await session.send(encodeQuery('SELECT * FROM r1'))).types, 'CZ');
    assert.deepEqual(ranRelations(session), ['public.r1']);
  });

  it('never shows control characters of a comment', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    const comment = 'no\u001b[2J\nreally';
    const outcome = { ...rejected(0), kind: 'rejected', comment } as ReturnType<typeof rejected>;
    const answers = await answer(session, 0, outcome);
    assert.equal(answers.errors[0]?.get('D'), 'no\u{fffd}[2J\nreally');
  });

  for (const outcome of [
    { kind: 'expired', requestId: 'req_0' },
    { kind: 'unavailable' },
    { kind: 'too-many', waitingMax: 7 },
    { kind: 'too-large', bytesMax: 7 },
    { kind: 'withdrawn', requestId: 'req_0', reason: 'by-requester' },
    { kind: 'withdrawn', requestId: 'req_0', reason: 'rights-changed' },
    { kind: 'withdrawn', requestId: 'req_0', reason: 'gateway-lost' },
    { kind: 'filed', requestId: 'req_0', url: 'https://c/req_0', expiresAtMs: 5_000 },
  ] as const) {
    it(`runs nothing when the outcome is ${JSON.stringify(outcome)}`, async () => {
      const session = await fixture.start();
      await session.send(encodeQuery(HELD));
      assert.equal((await answer(session, 0, outcome)).types, 'EZ');
      assert.deepEqual(ranRelations(session), []);
      assert.equal((await session.send(encodeQuery('SELECT * FROM r1'))).types, 'CZ');
    });
  }

  it('asks once for all statements of a text, and runs none of them before', async () => {
    const session = await fixture.start();
    const text = 'SELECT * FROM r1; SELECT * FROM held; SELECT * FROM r2';
    await session.send(encodeQuery(text));
    assert.equal(session.asked[0]?.held.sentText, text);
    assert.deepEqual(ranRelations(session), []);
    assert.equal((await answer(session, 0)).types, 'CCCZ');
    assert.equal(session.asked.length, 1);
  });

  it('lets everything behind wait in its order', async () => {
    const session = await fixture.start();
    const first = await session.send(
      ...['r1', 'held', 'r2', 'held', 'r3'].map((name) => encodeQuery(`SELECT * FROM ${name}`)),
    );
    assert.equal(first.types, 'CZN');
    assert.equal((await answer(session, 0)).types, 'CZCZN');
    assert.equal((await answer(session, 1, rejected(1))).types, 'EZCZ');
    assert.deepEqual(ranRelations(session), ['public.r1', 'public.held', 'public.r2', 'public.r3']);
  });

  it('holds each statement anew: an approval is for one run', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    await answer(session, 0);
    assert.equal((await session.send(encodeQuery(HELD))).types, 'N');
    assert.equal(session.asked.length, 2);
    assert.deepEqual(ranRelations(session), ['public.held']);
  });

  it('takes no second answer to the same question', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    await answer(session, 0, rejected(0));
    assert.equal((await answer(session, 0, approved(0))).types, '');
    assert.deepEqual(ranRelations(session), []);
  });

  it('runs nothing that was approved under other rights', async () => {
    const session = await fixture.start({ rights: 'policies 1' });
    await session.send(encodeQuery(HELD));
    session.behaviour.rights = 'policies 2';
    const answers = await answer(session, 0);
    assert.equal(answers.types, 'EZ');
    assert.match(answers.errors[0]?.get('M') ?? '', /approved is not what would run/);
    assert.deepEqual(session.refusals[0]?.detail, { review: 'req_0', outcome: 'approved' });
    assert.deepEqual(ranRelations(session), []);
  });

  it('decides again: what is denied by now does not run, and what is allowed by now was not approved', async () => {
    for (const kind of ['deny', 'allow'] as const) {
      const session = await fixture.start();
      await session.send(encodeQuery(HELD));
      session.behaviour.decide = () => kind;
      assert.equal((await answer(session, 0)).errors[0]?.get('C'), '42501');
      assert.deepEqual(ranRelations(session), []);
    }
  });

  it('runs nothing that the ledger does not take', async () => {
    const session = await fixture.start({ isLedgerWritable: () => false });
    await session.send(encodeQuery(HELD));
    assert.equal((await answer(session, 0)).errors[0]?.get('C'), '57P03');
    assert.deepEqual(ranRelations(session), []);
  });

  it('fails with the number of the request where nothing waits, and says how to go on', async () => {
    const session = await fixture.start({ onReview: 'fail' });
    assert.equal((await session.send(encodeQuery(HELD))).types, '');
    const filed = { kind: 'filed', requestId: 'req_9', url: undefined, expiresAtMs: 0 } as const;
    const answers = await answer(session, 0, filed);
    assert.equal(answers.types, 'EZ');
    assert.match(answers.errors[0]?.get('M') ?? '', /req_9/);
    assert.match(answers.errors[0]?.get('H') ?? '', /Send the same statement again/);
  });

  it('does not trouble people with what a failed transaction would not run', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery('BEGIN'), encodeQuery('SELECT * FROM boom'));
    const answers = await session.send(encodeQuery(HELD));
    assert.equal(answers.errors[0]?.get('C'), '25P02');
    assert.equal(session.asked.length, 0);
  });
});

describe('ReviewHold in the extended protocol', () => {
  prepareTests();

  it('holds at Bind, with the statement prepared and described before', async () => {
    const session = await fixture.start();
    const waiting = await session.send(...run(HELD), SYNC);
    assert.equal(waiting.types, '1N');
    assert.equal((await answer(session, 0)).types, '2CZ');
    assert.deepEqual(session.entries.at(-1)?.detail?.['review'], 'req_0');
  });

  it('binds an approval to the values of the parameters, their formats and types', async () => {
    const session = await fixture.start();
    await session.send(
      encodeParse('s', HELD, [23]),
      bindWith('', 's', '7'),
      encodeExecute(''),
      SYNC,
    );
    const [asked] = session.asked;
    assert.deepEqual(asked?.held.sentParameters, [{ format: 0, value: Buffer.from('7') }]);
    assert.deepEqual(asked?.held.operation.parameters, [{ text: '7', className: undefined }]);
    assert.equal(asked?.held.meaning['parameterTypes'], '000100000017');
    await answer(session, 0);
    // Another value is another operation.
    assert.equal((await session.send(bindWith('', 's', '8'), encodeExecute(''), SYNC)).types, 'N');
    assert.deepEqual(ranRelations(session), ['public.held']);
  });

  it('lets a pipeline wait in order, and fails it as the server would', async () => {
    const pipeline = [
      ...[...run('SELECT * FROM r1'), ...run(HELD), ...run('SELECT * FROM r2')],
      ...[SYNC, ...run('SELECT * FROM r3'), SYNC],
    ];
    const session = await fixture.start();
    assert.equal((await session.send(...pipeline)).types, '12C1N');
    assert.equal((await answer(session, 0)).types, '2C12CZ12CZ');

    const other = await fixture.start();
    await other.send(...pipeline);
    assert.equal((await answer(other, 0, rejected(0))).types, 'EZ12CZ');
    assert.deepEqual(ranRelations(other), ['public.r1', 'public.r3']);
  });

  it('holds a statement whose name the client seems to give to another, which the server drops', async () => {
    const session = await fixture.start();
    await session.send(encodeParse('a', HELD), SYNC);
    await session.send(
      encodeQuery('COPY t FROM STDIN'),
      encodeParse('a', 'SELECT * FROM r1'),
      ...[encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC],
    );
    assert.deepEqual(ranRelations(session), ['public.t']);
    assert.equal(session.asked[0]?.held.sentText, HELD);
  });

  it('asks nobody about what an earlier error skips', async () => {
    const session = await fixture.start();
    const answers = await session.send(...run('SELECT * FROM boom'), ...run(HELD), SYNC);
    assert.equal(answers.types, '12EZ');
    assert.equal(session.asked.length, 0);
    assert.equal((await session.send(...run('SELECT * FROM r1'), SYNC)).types, '12CZ');
  });

  it('goes on with a portal that was approved, under the same rights only', async () => {
    const session = await fixture.start({ rights: '1' });
    await session.send(encodeQuery('BEGIN'));
    await session.send(
      ...[encodeParse('', HELD), encodeBind(bindOf('p', '')), encodeExecute('p', 2), SYNC],
    );
    await answer(session, 0);
    assert.equal((await session.send(encodeExecute('p', 2), SYNC)).types, 'CZ');
    assert.equal(session.entries.at(-1)?.detail?.['review'], 'req_0');
    assert.equal(session.asked.length, 1);
    session.behaviour.rights = '2';
    const refused = await session.send(encodeExecute('p', 2), SYNC);
    assert.equal(refused.errors[0]?.get('C'), '42501');
    assert.deepEqual(ranRelations(session), ['public.held', 'public.held']);
  });

  it('holds a portal that is bound anew, whatever was approved under its name', async () => {
    const session = await fixture.start();
    await session.send(encodeParse('s', HELD), SYNC);
    await session.send(bindWith('', 's', '1'), SYNC);
    await answer(session, 0);
    // Approved, then bound to something else before it is executed.
    const answers = await session.send(bindWith('', 's', '2'), encodeExecute(''), SYNC);
    assert.equal(answers.types, 'N');
    await answer(session, 1, rejected(1));
    assert.deepEqual(ranRelations(session), []);
  });

  it('does not run by an approval what the name in it has come to stand for', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery('PREPARE a AS SELECT * FROM held'));
    await session.send(encodeQuery('BEGIN'));
    await session.send(encodeParse('', 'EXECUTE a'), encodeBind(bindOf('p', '')), SYNC);
    assert.match(session.asked[0]?.held.operation.text ?? '', /PREPARE a AS SELECT \* FROM held/);
    await answer(session, 0);
    await session.send(encodeQuery('DEALLOCATE a'));
    await session.send(encodeQuery('PREPARE a AS SELECT * FROM held WHERE n = 1'));
    const answers = await session.send(encodeExecute('p'), SYNC);
    assert.equal(answers.errors[0]?.get('C'), '42501');
    assert.deepEqual(ranRelations(session), []);
  });

  it('refuses a portal that was bound when nothing had to be reviewed', async () => {
    const session = await fixture.start({ decide: () => 'allow' });
    await session.send(encodeQuery('BEGIN'));
    await session.send(encodeParse('', HELD), encodeBind(bindOf('p', '')), SYNC);
    session.behaviour.decide = () => 'review';
    const answers = await session.send(encodeExecute('p'), SYNC);
    assert.match(answers.errors[0]?.get('H') ?? '', /Bind it, or open the cursor, again/);
    assert.equal(session.asked.length, 0);
  });

  it('refuses where it is not certain which statement would run', async () => {
    const session = await fixture.start({ decide: () => 'review' });
    session.behaviour.decide = () => 'allow';
    await session.send(encodeQuery('PREPARE a AS SELECT * FROM r1'));
    // In one text: whether the first one was gone when the second came is not known.
    await session.send(
      encodeQuery('DEALLOCATE a; PREPARE a AS SELECT * FROM r2; SELECT * FROM boom'),
    );
    session.behaviour.decide = () => 'review';
    const answers = await session.send(encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC);
    assert.equal(answers.errors[0]?.get('C'), '42501');
    assert.equal(session.asked.length, 0);
  });
});

describe('ReviewHold of what runs by name', () => {
  prepareTests();

  it('lets PREPARE pass and holds each EXECUTE with what it stands for', async () => {
    const session = await fixture.start();
    assert.equal((await session.send(encodeQuery('PREPARE a AS SELECT * FROM held'))).types, 'CZ');
    assert.equal((await session.send(encodeQuery('EXECUTE a'))).types, 'N');
    const { text } = session.asked[0]?.held.operation ?? {};
    assert.match(text ?? '', /^EXECUTE a\n; -- .*\nPREPARE a AS SELECT \* FROM held$/);
    assert.equal((await answer(session, 0)).types, 'CZ');
    assert.deepEqual(ranRelations(session), ['public.held']);
  });

  it('runs nothing by the name of what executes it by name', async () => {
    const session = await fixture.start();
    await session.send(encodeParse('a', HELD), encodeParse('b', 'EXECUTE a'), SYNC);
    await session.send(encodeParse('c', 'EXECUTE b'), SYNC);
    assert.equal((await session.send(encodeQuery('EXECUTE b'))).errors[0]?.get('C'), '0A000');
    const bound = await session.send(encodeBind(bindOf('', 'c')), encodeExecute(''), SYNC);
    assert.equal(bound.errors[0]?.get('C'), '0A000');
    assert.deepEqual([ranRelations(session), session.asked], [[], []]);
  });

  it('has other digests for other statements under the same name', async () => {
    const meanings: (string | undefined)[] = [];
    for (const where of ['n = 1', 'n = 2']) {
      const session = await fixture.start();
      await session.send(encodeQuery(`PREPARE a AS SELECT * FROM held WHERE ${where}`));
      await session.send(encodeQuery('EXECUTE a'));
      meanings.push(session.asked[0]?.held.meaning['named']);
    }
    assert.notEqual(meanings[0], meanings[1]);
  });

  it('has other digests under another search path, or after other settings', async () => {
    const meanings = new Set<string>();
    for (const before of [
      'SELECT * FROM r1',
      'SET search_path = other',
      'SET a.b = 1',
      'SET a.b = 2',
    ]) {
      const session = await fixture.start();
      await session.send(encodeQuery(before));
      await session.send(encodeQuery('SELECT * FROM public.held'));
      meanings.add(JSON.stringify(session.asked[0]?.held.meaning));
    }
    assert.equal(meanings.size, 4);
  });

  it('holds the opening of a cursor, whose rows are approved with it', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery('BEGIN'));
    assert.equal((await session.send(encodeQuery(`DECLARE c CURSOR FOR ${HELD}`))).types, 'N');
    await answer(session, 0);
    assert.equal((await session.send(encodeQuery('FETCH c'))).types, 'CZ');
    assert.equal((await session.send(...run('FETCH c'), SYNC)).types, '12CZ');
    assert.deepEqual(session.entries.at(-1)?.detail?.['cursorReviews'], ['req_0']);
    assert.equal(session.asked.length, 1);
    // A cursor of the same name that people have not seen.
    await session.send(encodeQuery('CLOSE c'));
    session.behaviour.decide = () => 'allow';
    await session.send(encodeQuery(`DECLARE c CURSOR FOR ${HELD} WHERE n = 1`));
    delete session.behaviour.decide;
    assert.equal((await session.send(encodeQuery('FETCH c'))).types, 'N');
  });

  it('holds a COPY before its data', async () => {
    const decide = (): 'review' => 'review';
    const session = await fixture.start({ decide });
    assert.equal((await session.send(encodeQuery('COPY t FROM STDIN'))).types, 'N');
    assert.equal((await answer(session, 0)).types, 'G');
    assert.equal((await session.send(copyData(), COPY_DONE)).types, 'CZ');
    assert.equal(session.asked.length, 1);
  });

  it('holds nothing amid the data of a COPY', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery('COPY t FROM STDIN'));
    await session.send(encodeQuery(HELD));
    assert.equal(session.asked.length, 0);
    assert.deepEqual(ranRelations(session), ['public.t']);
  });

  it('holds a function call with its arguments', async () => {
    const session = await fixture.start({ decide: () => 'review' });
    await session.send(
      encodeFunctionCall({
        ...{ functionOid: 1_598, argumentFormats: [1], resultFormat: 0 },
        arguments: [Buffer.of(0, 7), null],
      }),
    );
    const { operation } = session.asked[0]?.held ?? {};
    assert.equal(operation?.text, 'FUNCTION CALL 1598');
    assert.deepEqual(
      operation?.parameters.map(({ text }) => text),
      ['\\x0007', undefined],
    );
    assert.equal((await answer(session, 0, rejected(0))).types, 'EZ');
  });
});

describe('ReviewHold and a client that does not wait', () => {
  prepareTests();

  it('withdraws what is cancelled, and goes on', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    const answers = await session.after(() => void session.canceller.cancel());
    assert.equal(session.asked[0]?.withdrawn, 'cancelled');
    assert.equal(answers.errors[0]?.get('C'), '57014');
    assert.equal((await session.send(encodeQuery('SELECT * FROM r1'))).types, 'CZ');
  });

  it('does not run what was cancelled, even if people agreed at the same instant', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    const answers = await session.after(() => {
      void session.canceller.cancel();
      session.asked[0]?.answer(approved(0));
    });
    assert.equal(answers.errors[0]?.get('C'), '57014');
    assert.deepEqual(ranRelations(session), []);
  });

  it('withdraws when the client leaves, however much it sent behind', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD), ...run('SELECT * FROM r1'), SYNC);
    session.client.write(Buffer.concat(run('SELECT * FROM r2')));
    session.client.end(encodeEmptyMessage('Terminate'));
    assert.equal(await session.ended, 'client-left');
    assert.equal(session.asked[0]?.withdrawn, 'disconnected');
    assert.deepEqual(ranRelations(session), []);
  });

  it('withdraws when the session is ended from outside', async () => {
    for (const reason of ['gateway-stopping', 'principal-expired'] as const) {
      const session = await fixture.start();
      await session.send(encodeQuery(HELD));
      const said = await session.after(() => session.abort(reason));
      assert.equal(said.types, 'E');
      session.client.end();
      assert.equal(await session.ended, reason);
      const expected = reason === 'gateway-stopping' ? reason : 'disconnected';
      assert.equal(session.asked[0]?.withdrawn, expected);
      assert.deepEqual(ranRelations(session), []);
    }
  });

  it('gives up when more is sent behind than is kept', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    const flood = encodeQuery(`SELECT * FROM r1 -- ${'x'.repeat(60_000)}`);
    const answers = await session.send(...Array.from({ length: 80 }, () => flood));
    assert.equal(session.asked[0]?.withdrawn, 'cancelled');
    assert.equal(answers.errors[0]?.get('C'), '54000');
    assert.equal(answers.types, `EZ${'CZ'.repeat(80)}`);
  });

  it('keeps what comes byte by byte', async () => {
    const session = await fixture.start();
    await session.send(encodeQuery(HELD));
    for (const byte of encodeQuery('SELECT * FROM r1')) {
      session.client.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    assert.equal((await answer(session, 0)).types, 'CZCZ');
  });
});
