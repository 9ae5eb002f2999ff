import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { readEntries } from '../../src/audit/read-entries.ts';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import {
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
  encodeAuthenticationSaslFinal,
} from '../../src/wire/postgres/authentication.ts';
import { encodeDataRow } from '../../src/wire/postgres/data-row.ts';
import { encodeReadyForQuery } from '../../src/wire/postgres/ready-for-query.ts';
import type { Side } from '../e2e/environment.ts';
import { errorFields, message, openSocket, query, startupMessage } from '../e2e/raw-connection.ts';
import {
  answerWith,
  describeColumns,
  type FakePeer,
  type FakePostgres,
  type FakeScript,
  greeting,
  serveHonestly,
  startFakePostgres,
} from './fake-postgres.ts';
import { type GatewayStack, startGatewayStack } from './gateway-stack.ts';

const ROW = encodeDataRow([Buffer.from('123-45-6789')]);
const READY = encodeReadyForQuery('idle');

/** What a client got, from its first byte to the gateway's last. */
interface Heard {
  readonly types: string;
  readonly sqlState: string | undefined;
  readonly text: string;
  /** The last message was not whole when the gateway closed. */
  readonly isCut: boolean;
}

/** Signs in, asks one question and listens until the gateway closes, or has answered `answers` times. */
async function ask(side: Side, answers = Number.POSITIVE_INFINITY): Promise<Heard> {
  using connection = await openSocket(side);
  connection.send(startupMessage(side), message('p', side.password), query('SELECT 1'));
  let types = '';
  let sqlState: string | undefined;
  let text = '';
  let readies = 0;
  let isCut = false;
  while (readies <= answers) {
    const next = await connection.message().catch((error: Error) => {
      // A wait that ran out is a gateway that hangs, which is what must not be.
      assert.match(error.message, /the peer closed after/);
      isCut = !error.message.includes('5 bytes: the peer closed after 0 bytes');
      return undefined;
    });
    if (next === undefined) break;
    types += next.type;
    text += next.body.toString('latin1');
    if (next.type === 'E') sqlState = errorFields(next.body)['C'];
    if (next.type === 'Z') readies += 1;
  }
  return { types, sqlState, text, isCut };
}

/** How each session of the ledger ended, in order; a session without an end is a failure. */
async function readSessionEnds(stack: GatewayStack): Promise<readonly string[]> {
  const ends = new Map<string, string>();
  for await (const { entry } of readEntries(stack.ledgerDirectory)) {
    if (entry.session === undefined) continue;
    if (entry.kind === 'session.start') ends.set(entry.session, 'not ended');
    if (entry.kind === 'session.end') ends.set(entry.session, String(entry['reason']));
  }
  return [...ends.values()];
}

describe('a gateway before a server that lies', () => {
  let script: FakeScript = serveHonestly;
  let server: FakePostgres;
  let stack: GatewayStack;

  before(async () => {
    server = await startFakePostgres({ script: (peer) => script(peer) });
    stack = await startGatewayStack({
      targetPort: server.port,
      gateway: [[['limits'], { handshakeTimeout: '2s' }]],
    });
    const heard = await ask(stack.side(), 1);
    assert.match(heard.types, /TDCZ$/);
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** One session with a lying server; then an honest one, which must not have noticed. */
  async function expectEnd(lie: FakeScript, sqlState: string, end: string): Promise<Heard> {
    script = lie;
    const heard = await ask(stack.side());
    script = serveHonestly;
    assert.equal(heard.sqlState, sqlState, heard.types);
    const honest = await ask(stack.side(), 1);
    assert.match(honest.types, /TDCZ$/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const ends = await readSessionEnds(stack);
    assert(ends.includes(end), `no session ended as ${end}: ${[...new Set(ends)].join(', ')}`);
    return heard;
  }

  it('shows no row that came before the question', async () => {
    const heard = await expectEnd(
      async (peer) => peer.send(...greeting(), ROW),
      '08P01',
      'target-unreachable',
    );
    assert(!heard.text.includes('123-45-6789'));
  });

  it('shows no row that came between two questions', async () => {
    const heard = await expectEnd(
      async (peer) => {
        peer.send(...greeting());
        await peer.query();
        peer.send(...answerWith([['1']]));
        peer.send(describeColumns(1), ROW);
      },
      '08P01',
      'protocol-error',
    );
    assert(!heard.text.includes('123-45-6789'));
  });

  for (const [what, bytes] of [
    ['ReadyForQuery twice', Buffer.concat([...answerWith([['1']]), READY])],
    ['a length of 3', Buffer.from('4400000003', 'hex')],
    ['a negative length', Buffer.from('44ffffffff', 'hex')],
    ['an error of 2 GiB', Buffer.from('457fffffff', 'hex')],
    ['a status of 1 GiB', Buffer.from('533fffffff', 'hex')],
    ['a type that no server has', Buffer.from('0100000004', 'hex')],
    ['a second login', greeting()[0] ?? Buffer.alloc(0)],
    ['CopyBothResponse', Buffer.from('5700000007000000', 'hex')],
  ] as const) {
    it(`ends the session, and only it, at ${what}`, async () => {
      await expectEnd(
        async (peer) => {
          peer.send(...greeting());
          await peer.query();
          peer.send(bytes);
          await peer.message();
        },
        '08P01',
        'protocol-error',
      );
    });
  }

  it('tells the client when a server accepts the connection and says nothing', async () => {
    await expectEnd(async (peer) => void (await peer.message()), '08001', 'target-unreachable');
  });

  it('tells the client when a server asks for a password for ever', async () => {
    await expectEnd(
      async (peer) => {
        for (;;) {
          peer.send(Buffer.from('520000000800000003', 'hex'));
          if ((await peer.message()) === undefined) return;
        }
      },
      '08001',
      'target-unreachable',
    );
  });

  it('lets the client leave when a question is never answered', async () => {
    const left = Promise.withResolvers<void>();
    script = async (peer) => {
      peer.send(...greeting());
      await peer.query();
      assert.equal((await peer.message())?.type, 'X');
      left.resolve();
    };
    using connection = await openSocket(stack.side());
    connection.send(
      startupMessage(stack.side()),
      message('p', stack.side().password),
      query('SELECT 1'),
    );
    await connection.messagesUntil('Z');
    connection.socket.end(message('X'));
    await connection.untilClosed();
    await left.promise;
    script = serveHonestly;
  });

  it('survives a server that goes away at every byte of a conversation', async () => {
    const hello = Buffer.concat(greeting());
    const answer = Buffer.concat(answerWith([['1']]));
    for (let cut = 0; cut < hello.length + answer.length; cut++) {
      script = async (peer) => {
        peer.send(hello.subarray(0, cut));
        if (cut > hello.length) {
          if ((await peer.query()) === undefined) return;
          peer.send(answer.subarray(0, cut - hello.length));
        }
        if (cut % 2 === 0) peer.socket.end();
        else peer.socket.end(() => peer.socket.destroy());
      };
      const { types, sqlState, isCut } = await ask(stack.side());
      if (isCut) {
        assert.match(types, /Z(TD?)?$/, `cut at byte ${cut}: ${types}`);
        continue;
      }
      assert.match(types, /E$/, `cut at byte ${cut}: ${types}`);
      assert(['08001', '08P01', '57P01'].includes(sqlState ?? ''), `cut at ${cut}: ${sqlState}`);
    }
    script = serveHonestly;
  });

  it('puts no word of its own into a row that a server left half', async () => {
    const row = encodeDataRow([Buffer.alloc(1_000, 'x')]);
    for (const rest of [Buffer.alloc(0), Buffer.from('4400000003', 'hex')]) {
      script = async (peer) => {
        peer.send(...greeting());
        await peer.query();
        peer.send(describeColumns(1), row.subarray(0, 600));
        // A fault right behind a row must not hide that row's end, either.
        if (rest.length > 0) peer.send(row.subarray(600), rest);
        peer.socket.end();
      };
      const { types, sqlState, isCut, text } = await ask(stack.side());
      if (rest.length > 0) assert.deepEqual([types.slice(-3), sqlState], ['TDE', '08P01']);
      else assert(isCut && types.endsWith('T') && !text.includes('terminating'), types);
    }
    script = serveHonestly;
  });

  it('survives servers that talk nonsense', async () => {
    for (let round = 0; round < 40; round++) {
      const nonsense = randomBytes(200);
      script = async (peer) => {
        if (round % 2 === 0) peer.send(...greeting());
        if (round % 2 === 0) await peer.query();
        peer.send(nonsense);
        peer.socket.end();
      };
      const { types, isCut } = await ask(stack.side());
      assert(isCut || types.endsWith('E'), `${types} after nonsense ${nonsense.toString('hex')}`);
    }
    script = serveHonestly;
  });

  it('has entered an end for every session, and still runs', async () => {
    const { types } = await ask(stack.side(), 1);
    assert.match(types, /TDCZ$/);
    await stack.gateway().stop();
    assert.deepEqual(
      (await readSessionEnds(stack)).filter((end) => end === 'not ended'),
      [],
    );
    assert.doesNotMatch(stack.gateway().log(), /123-45-6789/);
    assert.doesNotMatch(stack.gateway().log(), /"event":"error"/);
    await stack.restart();
  });
});

describe('a gateway before a server that is not the target', () => {
  it('gives no password to a server with the wrong certificate', async () => {
    const right = await makeCertificateAuthority('right');
    const wrong = await makeCertificateAuthority('wrong');
    for (const [authority, names] of [
      [wrong, ['localhost']],
      [right, ['other.example']],
    ] as const) {
      const certificate = await issueServerCertificate(authority, { names, addresses: [] });
      const secureContext = createSecureContext({
        cert: certificate.certificatePem,
        key: certificate.keyPem,
      });
      let logins = 0;
      await using server = await startFakePostgres({
        secureContext,
        liesToCatalogReader: true,
        script: async () => void (logins += 1),
      });
      await using stack = await startGatewayStack({
        targetPort: server.port,
        target: [
          [['tls'], { mode: 'verify-full', caFile: 'secrets/right.crt', serverName: 'localhost' }],
        ],
        secrets: { 'right.crt': right.certificatePem },
      });
      const heard = await ask(stack.side());
      assert.equal(heard.sqlState, '08001');
      assert.match(heard.text, /certificate of target "postgres" was not accepted/);
      assert.equal(logins, 0, 'the gateway went on to log in');
      await stack.gateway().stop();
      assert.deepEqual(await readSessionEnds(stack), ['target-unreachable']);
    }
  });

  it('leaves a server that cannot prove that it knows the password', async () => {
    const password = 'correct horse battery staple';
    await using server = await startFakePostgres({
      liesToCatalogReader: true,
      script: async (peer: FakePeer) => {
        peer.send(encodeAuthenticationSasl(['SCRAM-SHA-256']));
        const first = await peer.message();
        const nonce = /r=([^,]*)/.exec(first?.body.toString('latin1') ?? '')?.[1] ?? '';
        const challenge = `r=${nonce.replaceAll('\0', '')}fake,s=${Buffer.from('salt').toString('base64')},i=4096`;
        peer.send(encodeAuthenticationSaslContinue(Buffer.from(challenge)));
        await peer.message();
        const signature = randomBytes(32).toString('base64');
        peer.send(encodeAuthenticationSaslFinal(Buffer.from(`v=${signature}`)), ...greeting());
        await peer.message();
      },
    });
    await using stack = await startGatewayStack({
      targetPort: server.port,
      target: [[['credential'], { user: 'gateway', password: 'file:secrets/target' }]],
      secrets: { target: password },
    });
    const heard = await ask(stack.side());
    assert.equal(heard.sqlState, '08001');
    assert.doesNotMatch(heard.types, /Z/);
    await stack.gateway().stop();
    assert.deepEqual(await readSessionEnds(stack), ['target-unreachable']);
    assert(!stack.gateway().log().includes(password));
  });
});
