import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Environment, type Side, startEnvironment } from './environment.ts';
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
  summarize,
  sync,
} from './raw-connection.ts';

/** What is sent, and how many ReadyForQuery the server answers it with. */
interface Exchange {
  readonly name: string;
  readonly sent: readonly Buffer[];
  readonly readyMessages: number;
}

const EXCHANGES: readonly Exchange[] = [
  { name: 'a simple query', sent: [query('SELECT 1 AS one')], readyMessages: 1 },
  { name: 'an empty query', sent: [query('')], readyMessages: 1 },
  { name: 'a comment alone', sent: [query('-- nothing')], readyMessages: 1 },
  {
    name: 'several statements',
    sent: [query('SELECT 1; SELECT 2; SELECT 1/0; SELECT 3')],
    readyMessages: 1,
  },
  {
    name: 'an empty statement in the extended protocol',
    sent: [parse('', ''), bind('', ''), message('D', Buffer.from('P'), ''), execute(''), sync()],
    readyMessages: 1,
  },
  {
    name: 'a prepared statement, described, executed twice, closed',
    sent: [
      parse('s', 'SELECT $1::int AS n'),
      message('D', Buffer.from('S'), 's'),
      message('B', 'p', 's', int16(0), int16(1), int32(1), Buffer.from('7'), int16(0)),
      message('D', Buffer.from('P'), 'p'),
      execute('p'),
      execute('p'),
      message('C', Buffer.from('P'), 'p'),
      message('C', Buffer.from('S'), 's'),
      sync(),
    ],
    readyMessages: 1,
  },
  {
    name: 'a portal that is suspended twice',
    sent: [
      query('BEGIN'),
      parse('', 'SELECT n FROM generate_series(1, 5) n'),
      bind('p', ''),
      execute('p', 2),
      execute('p', 2),
      execute('p', 2),
      sync(),
      query('COMMIT'),
    ],
    readyMessages: 3,
  },
  {
    name: 'an error, after which everything is skipped up to Sync',
    sent: [
      ...[parse('', 'SELECT 1/0'), bind('', ''), execute('')],
      ...[
        parse('', 'SELECT 2'),
        bind('', ''),
        execute(''),
        message('C', Buffer.from('S'), 'x'),
        sync(),
      ],
      ...[parse('', 'SELECT 3'), bind('', ''), execute(''), sync()],
    ],
    readyMessages: 2,
  },
  {
    name: 'a syntax error at Parse, then a Sync, then a query',
    sent: [parse('bad', 'SELEC 1'), bind('', 'bad'), execute(''), sync(), query('SELECT 4')],
    readyMessages: 2,
  },
  {
    name: 'an unknown prepared statement',
    sent: [bind('', 'unknown'), execute(''), sync()],
    readyMessages: 1,
  },
  { name: 'an unknown portal', sent: [execute('unknown'), sync()], readyMessages: 1 },
  { name: 'a Sync alone, twice', sent: [sync(), sync()], readyMessages: 2 },
  {
    name: 'a name that is prepared twice',
    sent: [
      parse('twice', 'SELECT 1'),
      parse('twice', 'SELECT 2'),
      sync(),
      message('C', Buffer.from('S'), 'twice'),
      sync(),
    ],
    readyMessages: 2,
  },
  {
    name: 'a transaction that makes the schema for temporary objects',
    sent: [
      query('SET search_path TO pg_temp'),
      query('BEGIN'),
      query("SELECT current_schema() ~ 'pg_temp'"),
      query("PREPARE TRANSACTION 'uses-temporary-schema'"),
      query('ROLLBACK'),
    ],
    readyMessages: 5,
  },
  {
    name: 'COPY in, in pieces that cut rows',
    sent: [
      query('CREATE TEMP TABLE IF NOT EXISTS c (n int, t text)'),
      query('COPY c FROM STDIN'),
      message('d', Buffer.from('1\ton')),
      message('d', Buffer.from('e\n2\ttw')),
      message('d', Buffer.from('o\n')),
      message('c'),
      query('SELECT count(*) FROM c'),
    ],
    readyMessages: 3,
  },
  {
    name: 'COPY in that the client gives up',
    sent: [
      query('CREATE TEMP TABLE IF NOT EXISTS c (n int, t text)'),
      query('COPY c FROM STDIN'),
      message('d', Buffer.from('1\tone\n')),
      message('f', 'changed my mind'),
      query('SELECT 5'),
    ],
    readyMessages: 3,
  },
  {
    name: 'COPY in in the extended protocol',
    sent: [
      query('CREATE TEMP TABLE IF NOT EXISTS c (n int, t text)'),
      ...[parse('', 'COPY c FROM STDIN'), bind('', ''), execute('')],
      ...[message('d', Buffer.from('9\tnine\n')), message('c'), sync()],
    ],
    readyMessages: 2,
  },
  {
    name: 'COPY out',
    sent: [query('COPY (SELECT generate_series(1, 3)) TO STDOUT')],
    readyMessages: 1,
  },
  {
    name: 'a hundred pipelined statements before one Sync',
    sent: [
      ...Array.from({ length: 100 }, (_, n) => [
        parse('', `SELECT ${n}`),
        bind('', ''),
        execute(''),
      ]).flat(),
      sync(),
    ],
    readyMessages: 1,
  },
];

describe('messages through the gateway', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment();
  });
  after(() => environment[Symbol.asyncDispose]());

  for (const { name, sent, readyMessages } of EXCHANGES) {
    it(`get the same answers as direct: ${name}`, async () => {
      const expected = await exchange(environment.direct, Buffer.concat(sent), readyMessages);
      const actual = await exchange(environment.gateway, Buffer.concat(sent), readyMessages);
      assert.deepEqual(summarize(actual), summarize(expected));
    });
  }

  it('get the same answers when each byte comes alone', async () => {
    const sent = Buffer.concat(EXCHANGES.slice(0, 8).flatMap((entry) => entry.sent));
    const readyMessages = EXCHANGES.slice(0, 8).reduce(
      (sum, entry) => sum + entry.readyMessages,
      0,
    );
    const expected = await exchange(environment.direct, sent, readyMessages);
    using connection = await signIn(environment.gateway);
    const answers = readAnswers(connection, readyMessages);
    for (const byte of sent) {
      connection.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    assert.deepEqual(summarize(await answers), summarize(expected));
  });

  it('get the same answers when the packet is cut in two, at every byte', async () => {
    const sent = Buffer.concat([
      ...[parse('', 'SELECT 1/0'), bind('', ''), execute(''), sync()],
      query('SELECT 1; SELECT 2'),
    ]);
    const expected = summarize(await exchange(environment.direct, sent, 2));
    using connection = await signIn(environment.gateway);
    for (let cut = 1; cut < sent.length; cut++) {
      const answers = readAnswers(connection, 2);
      connection.send(sent.subarray(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 2));
      connection.send(sent.subarray(cut));
      assert.deepEqual(summarize(await answers), expected, `cut at byte ${cut}`);
    }
  });

  for (const length of [0, 3, 2 ** 31 - 1, -1]) {
    it(`a length field of ${length} ends that connection and no other`, async () => {
      using other = await signIn(environment.gateway);
      using connection = await signIn(environment.gateway);
      connection.send(Buffer.concat([Buffer.from('Q'), int32(length), Buffer.from('SELECT 1\0')]));
      const received = await connection.untilClosed();
      assert.equal(received.toString('latin1', 0, 1), 'E');
      assert.equal(errorFields(received.subarray(5))['C'], '08P01');
      other.send(query('SELECT 1'));
      assert.equal((await other.messagesUntil('Z')).length, 4);
    });
  }

  it('a statement with a zero byte inside is refused, and nothing of it runs', async () => {
    using connection = await signIn(environment.gateway);
    connection.send(message('Q', Buffer.from('SELECT 1\0; CREATE TABLE smuggled (n int)\0')));
    await connection.messagesUntil('E');
    assert.equal(
      await environment.server.execute("SELECT to_regclass('smuggled')", 'hospital'),
      '',
    );
  });
});

async function exchange(
  side: Side,
  sent: Buffer,
  readyMessages: number,
): Promise<readonly RawMessage[]> {
  using connection = await signIn(side);
  connection.send(sent);
  return await readAnswers(connection, readyMessages);
}

async function readAnswers(
  connection: RawConnection,
  readyMessages: number,
): Promise<readonly RawMessage[]> {
  const messages: RawMessage[] = [];
  for (let count = 0; count < readyMessages; count++) {
    messages.push(...(await connection.messagesUntil('Z')));
  }
  return messages;
}
