import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { RewriteCache } from '../../masking/postgres/rewrite-cache.ts';
import { AnalysisCache } from '../../sql/postgres/analysis-cache.ts';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import type { Target } from '../../targets/target.ts';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeClose } from '../../wire/postgres/close.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { decodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { FrontendType, finishMessage, startMessage } from '../../wire/postgres/message-framing.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import type { GuardedAction, OperationEntry } from '../guard.ts';
import type { Session, SessionEnd } from '../protocol.ts';
import { CatalogCache } from './catalog-cache.ts';
import { FakeBackend } from './fake-backend.ts';
import { relay } from './relay.ts';
import { SessionSettings } from './session-settings.ts';
import { StatementCanceller } from './statement-canceller.ts';

const RELATIONS = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 't', 'denied'];
const SYNC = encodeEmptyMessage('Sync');
const COPY_DONE = encodeEmptyMessage('CopyDone');

let parser: SqlParser;
let listener: Server;
const running: Running[] = [];

before(async () => {
  parser = await loadParser({ textBytesMax: 65_536 });
  listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
});
afterEach(() => {
  for (const { client, backend } of running.splice(0)) {
    client.destroy();
    backend.socket.destroy();
  }
});
after(() => listener.close());

describe('relay', () => {
  it('forwards what is allowed and seals it first', async () => {
    const { send, backend, entries } = await start();
    await send(encodeQuery('SELECT * FROM r1'));
    assert.deepEqual(backend.ran, [{ message: 0, relations: ['public.r1'] }]);
    assert.equal(entries[0]?.text, 'SELECT * FROM r1');
  });

  it('refuses in its turn, and leaves the session usable', async () => {
    const { send, backend } = await start();
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
    const { send, backend } = await start();
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
    const { send } = await start();
    assert.equal((await send(encodeQuery(''), ...run(''), SYNC)).types, 'IZ12IZ');
  });

  it('decides on a statement prepared by SQL as it reads when it is bound', async () => {
    const { send, entries } = await start();
    await send(encodeQuery('PREPARE a AS SELECT * FROM r1'));
    await send(encodeQuery('CREATE TEMP TABLE unrelated (n int)'));
    await send(encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC);
    assert.deepEqual(entries.at(-1)?.relations, ['public.r1']);
    assert.match(entries.at(-1)?.text ?? '', /SELECT \* FROM r1/);
  });

  it('sees through a prepared statement replaced within a pipeline', async () => {
    const { send, backend, entries } = await start();
    await send(
      encodeParse('a', 'SELECT * FROM r1'),
      ...run('DEALLOCATE a'),
      ...run('PREPARE a AS SELECT * FROM r2'),
      ...[encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC],
    );
    assert.deepEqual(backend.ran.at(-1)?.relations, ['public.r2']);
    assert.deepEqual(entries.at(-1)?.relations, ['public.r2']);
  });

  it('sees through a prepared statement replaced within one query', async () => {
    const { send, entries } = await start();
    await send(encodeQuery('PREPARE a AS SELECT * FROM r1'));
    await send(encodeQuery('DEALLOCATE a; PREPARE a AS SELECT * FROM r2; EXECUTE a'));
    assert.ok(entries.at(-1)?.relations.includes('public.r2'));
  });

  it('does not trust a held statement behind a change of the search path', async () => {
    const { send, entries } = await start();
    await send(encodeQuery('PREPARE a AS SELECT * FROM r1'));
    await send(encodeQuery('SET search_path = other; EXECUTE a'));
    assert.equal(entries.at(-1)?.isOpaque, true);
  });

  it('refuses names that the server would cut', async () => {
    const { send, backend } = await start();
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
    const { send, backend, entries } = await start();
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

  it('ends the session if a request comes amid COPY data', async () => {
    const { send, client, ended } = await start();
    await send(encodeQuery('COPY t FROM STDIN'));
    await send(copyData(), encodeQuery('SELECT * FROM r1'));
    client.end();
    assert.equal(await ended, 'protocol-error');
  });

  it('keeps in step when a Query is skipped after an error', async () => {
    const { send, entries } = await start();
    const skipped = await send(encodeParse('', 'broken'), encodeQuery('SELECT * FROM r1'), SYNC);
    assert.equal(skipped.types, 'EZ');
    await send(encodeParse('a', 'SELECT * FROM r2'), SYNC);
    const answers = await send(encodeBind(bindOf('', 'a')), encodeExecute(''), SYNC);
    assert.equal(answers.types, '2CZ');
    assert.deepEqual(entries.at(-1)?.relations, ['public.r2']);
  });

  it('refuses a Flush with a body, which no request of ours would account for', async () => {
    const { send } = await start();
    const flush = finishMessage(startMessage(FrontendType.Flush).byte(0));
    const answers = await send(flush, encodeQuery('SELECT * FROM r1'), SYNC);
    assert.equal(answers.types, 'EZ');
    assert.equal((await send(encodeQuery('SELECT * FROM r1'))).types, 'CZ');
  });

  it('asks for the answers when more is in flight than it follows', async () => {
    const { send } = await start();
    const statement = Buffer.concat(run('SELECT * FROM r1'));
    const answers = await send(...Array.from({ length: 3_500 }, () => statement), SYNC);
    assert.ok(answers.types === `${'12C'.repeat(3_500)}Z`);
  });

  it('refuses what could not be sealed, and nothing else', async () => {
    const { send, backend } = await start({ isLedgerWritable: (n) => n !== 1 });
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
    const { send, backend, client, ended } = await start();
    await send(encodeQuery('SELECT * FROM r1'));
    const received = collect(client);
    backend.leave();
    assert.equal((await received).types, 'E');
    client.end();
    assert.equal(await ended, 'target-left');
  });

  it('ends as the client wished after Terminate', async () => {
    const { client, ended } = await start();
    client.end(encodeEmptyMessage('Terminate'));
    assert.equal(await ended, 'client-left');
  });

  it('ends this session alone when the gateway itself fails', async () => {
    const { client, ended } = await start({ decide: () => assert.fail('a fault of ours') });
    client.end(encodeQuery('SELECT * FROM r1'));
    await assert.rejects(ended, /a fault of ours/);
  });

  it('never has the ledger say less than what ran', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 6 }),
        async (rounds) => {
          const { client, backend, entries, ended } = await start();
          const over = ended.then(() => true);
          for (const round of rounds) {
            client.write(Buffer.concat([Buffer.concat(round), Buffer.from('H\0\0\0\x04')]));
            const isOver = await Promise.race([over, settle(backend, entries)]);
            if (isOver === true) break;
          }
          for (const { message, relations } of backend.ran) {
            const entry = entries[message];
            assert.ok(entry !== undefined, 'something ran that is not in the ledger');
            const missing = relations.filter((relation) => !entry.relations.includes(relation));
            if (!entry.isOpaque) assert.deepEqual(missing, [], `${entry.text} touched more`);
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
  ...['FETCH a', 'CLOSE a', 'COPY t FROM STDIN', 'SELECT * FROM denied'],
  'DEALLOCATE a; PREPARE a AS SELECT * FROM r2; EXECUTE a',
  'PREPARE a AS SELECT * FROM r1; SELECT * FROM boom',
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

interface Running {
  readonly client: Socket;
  readonly backend: FakeBackend;
  readonly entries: readonly (OperationEntry & { readonly isOpaque: boolean })[];
  readonly ended: Promise<SessionEnd>;
  /** Sends, and resolves with the answers once the server has had its say. */
  readonly send: (...messages: readonly Buffer[]) => Promise<Answers>;
}

interface Answers {
  /** Type bytes of what came. */
  readonly types: string;
  readonly errors: readonly ReadonlyMap<string, string>[];
}

interface Behaviour {
  readonly isLedgerWritable?: (number: number) => boolean;
  readonly decide?: (actions: readonly GuardedAction[]) => boolean;
}

async function start({
  isLedgerWritable = () => true,
  decide = (actions) =>
    actions.every(({ facts }) => !(facts['relations'] as string[]).includes('public.denied')),
}: Behaviour = {}): Promise<Running> {
  const [client, downstream] = await pair();
  const [upstream, far] = await pair();
  const backend = new FakeBackend(far);
  const entries: (OperationEntry & { readonly isOpaque: boolean })[] = [];
  let sealed = 0;
  const session: Session = {
    id: 'session',
    principal: {} as Session['principal'],
    target: { sealParameters: false } as Target,
    database: 'd',
    recorder: undefined,
    counts: { operations: 0, refused: 0, rows: 0, bytesSent: 0, bytesShown: 0 },
    onAbort() {},
    finish: (end) => end,
    close() {},
    guard: {
      rights: '',
      decide(_, actions) {
        const listed = actions();
        if (!decide(listed)) return { kind: 'deny', policyId: 'no', reason: 'it is denied' };
        const isOpaque = listed.some(({ facts }) => facts['opaque'] === true);
        return { kind: 'allow', policyIds: isOpaque ? ['opaque'] : [], obligations: [] };
      },
      seal(decision, entry, done) {
        const isWritable = isLedgerWritable(sealed++);
        const isOpaque = decision.kind === 'allow' && decision.policyIds.includes('opaque');
        if (isWritable) entries.push({ ...entry, isOpaque });
        setImmediate(() => done(isWritable ? undefined : new Error('disk full')));
      },
      reveal: () => ({ shown: new Map() }),
      spendPseudonyms: () => true,
      hold: () => assert.fail('nothing is to be reviewed'),
      sealRefusal() {},
      note() {},
    },
  };
  const catalog = buildCatalog({
    serverVersion: 150000,
    relations: RELATIONS.map(relationNamed),
    userFunctions: [],
  });
  const ended = relay({ downstream, upstream }, session, {
    settings: new SessionSettings('t/d', 'session', new Set()),
    catalogs: new CatalogCache({
      read: async () => catalog,
      onError() {},
      nowMs: () => 0,
      ageMaxMs: 1_000_000,
    }),
    catalog,
    parser,
    cache: new AnalysisCache(),
    rewrites: new RewriteCache(),
    findMasking: () => undefined,
    estimator: undefined,
    messageBytesMax: 1024 * 1024,
    onActivity() {},
    canceller: new StatementCanceller(() => undefined),
    onProtocolError() {},
  });
  ended.catch(() => undefined);
  const send = async (...messages: readonly Buffer[]): Promise<Answers> => {
    const answers = collect(client);
    client.write(Buffer.concat(messages));
    await Promise.race([settle(backend, entries), ended.catch(() => undefined)]);
    client.emit('settled');
    return answers;
  };
  const all = { client, backend, entries, ended, send };
  running.push(all);
  return all;
}

/** Resolves once nothing has moved for some turns of the loop. */
async function settle(backend: FakeBackend, entries: readonly unknown[]): Promise<undefined> {
  let quietTurns = 0;
  let before = -1;
  while (quietTurns < 20) {
    await new Promise(setImmediate);
    const now = backend.messageCount + entries.length + backend.socket.bytesWritten;
    quietTurns = now === before ? quietTurns + 1 : 0;
    before = now;
  }
  return undefined;
}

async function collect(client: Socket): Promise<Answers> {
  const chunks: Buffer[] = [];
  const take = (chunk: Buffer): void => void chunks.push(chunk);
  client.on('data', take);
  await Promise.race([once(client, 'settled'), once(client, 'end')]);
  client.off('data', take);
  const bytes = Buffer.concat(chunks);
  let types = '';
  const errors: ReadonlyMap<string, string>[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + 1 + bytes.readInt32BE(offset + 1);
    const type = bytes.toString('latin1', offset, offset + 1);
    types += type;
    if (type === 'E') errors.push(decodeErrorResponse(bytes.subarray(offset + 5, end)).fields);
    offset = end;
  }
  return { types, errors };
}

async function pair(): Promise<readonly [Socket, Socket]> {
  const { port } = listener.address() as { port: number };
  const accepted = once(listener, 'connection') as Promise<[Socket]>;
  const near = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  near.on('error', () => undefined);
  const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
  far.on('error', () => undefined);
  near.setNoDelay(true);
  far.setNoDelay(true);
  return [near, far];
}

function run(text: string): readonly Buffer[] {
  return [encodeParse('', text), encodeBind(bindOf('', '')), encodeExecute('')];
}

function bindOf(portalName: string, statementName: string): Parameters<typeof encodeBind>[0] {
  return { portalName, statementName, parameterFormats: [], parameters: [], resultFormats: [] };
}

function copyData(): Buffer {
  return finishMessage(startMessage(FrontendType.CopyData).byte(0x31));
}

function relationNamed(name: string, index: number): CatalogRelation {
  return describeTable({ oid: 16_384 + index, schema: 'public', name }, ['n']);
}
