import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { makeCandidateKey } from '../../src/connector/connector-identity.ts';
import { enrol } from '../../src/connector/enrol.ts';
import { enterCarried } from '../../src/gateway/connectors/enter-carried.ts';
import { TunnelAuthority } from '../../src/gateway/connectors/tunnel-authority.ts';
import type { Principal } from '../../src/identity/principal.ts';
import {
  type CarriedRecord,
  encodeRecordBody,
  encodeSignedRecord,
  NO_RECORD,
} from '../../src/wire/tunnel/carried-record.ts';
import { encodeControlMessage, type Greeting } from '../../src/wire/tunnel/control-message.ts';
import { decodeEnrolmentAnswer, encodeEnrolmentRequest } from '../../src/wire/tunnel/enrolment.ts';
import { encodeFrame } from '../../src/wire/tunnel/frame-decoder.ts';
import { decodeStreamAnswer } from '../../src/wire/tunnel/stream-answer.ts';
import { encodeStreamRequest } from '../../src/wire/tunnel/stream-request.ts';
import {
  ANSWER_FIELD,
  ENROLMENT_APPLICATION,
  REQUEST_FIELD,
  TUNNEL_APPLICATION,
} from '../../src/wire/tunnel/tunnel-protocol.ts';
import { eventually } from './eventually.ts';
import {
  connectAs,
  type FalseConnector,
  GREETING,
  issueFor,
  isTurnedAway,
  makeConnector,
  readAnswer,
  serveAs,
  startFalseGateway,
} from './raw-peer.ts';
import {
  type EchoTarget,
  type GatewaySide,
  giveToken,
  openConnector,
  openEchoWorld,
  openGatewaySide,
  REQUEST,
  type TunnelWorld,
} from './tunnel-world.ts';

const SIGNAL = AbortSignal.timeout(120_000);

let world: TunnelWorld;
let gateway: GatewaySide;
let echo: EchoTarget;
const opened = new AsyncDisposableStack();

before(async () => {
  ({ world, gateway, echo } = await openEchoWorld(opened));
});
after(() => opened.disposeAsync());

describe('whoever comes to the listener', () => {
  it('begins no tunnel without a certificate, with one of another authority, role or connector', async () => {
    const { peer, identity: good } = await makeConnector(world, 'ward-1');
    const strangers = await TunnelAuthority.open({
      findOrKeep: async (_purpose, candidate) => candidate,
    });
    const unknown = { role: 'connector', name: 'ward-0', id: randomUUID() } as const;
    const { port } = gateway.listener;
    for (const [what, identity] of [
      ['none', undefined],
      ['of another authority', await issueFor(strangers, peer)],
      [
        'of a gateway',
        await issueFor(world.authority, { ...peer, role: 'gateway', id: undefined }),
      ],
      ['of nobody in the store', await issueFor(world.authority, unknown)],
      // Somebody had the name before, and was removed.
      ['of the same name', await issueFor(world.authority, { ...peer, id: randomUUID() })],
      ['that is over', await issueFor(world.authority, peer, -1_000)],
    ] as const) {
      const socket = await connectAs(port, identity);
      assert(await isTurnedAway(socket), what);
    }
    const socket = await connectAs(port, good);
    serveAs(socket, {});
    await eventually('the tunnel', async () =>
      gateway.connectors.tunnels.find((tunnel) => tunnel.peer.name === 'ward-1'),
    );
    socket.destroy();
  });

  it('is asked for a stream by nobody, whatever it sends before it has proved itself', async () => {
    const socket = await connectAs(gateway.listener.port, undefined);
    socket.on('error', () => undefined);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(GREETING);
    assert(await isTurnedAway(socket));
  });

  it('speaks what is spoken there, or nothing', async () => {
    await assert.rejects(connectAs(gateway.listener.port, undefined, 'h2'));
    const plain = connect(gateway.listener.port, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    plain.resume();
    await once(plain, 'close');
  });

  it('has little time, and little room, before it has proved itself', async () => {
    await using hasty = await openGatewaySide(world, 'gw-2', { handshakeTimeoutMs: 300 });
    const silent = await Promise.all(
      Array.from({ length: 80 }, async () => {
        const socket = connect(hasty.listener.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume();
        await once(socket, 'close');
      }),
    );
    assert.equal(silent.length, 80);
    assert(world.logged.some((line) => line.includes('have not proved who they are')));
  });
});

describe('an enrolment', () => {
  async function ask(body: Buffer) {
    const socket = await connectAs(gateway.listener.port, undefined, ENROLMENT_APPLICATION);
    socket.write(encodeFrame(body));
    const bytes = await buffer(socket);
    return bytes.length === 0 ? 'nothing' : decodeEnrolmentAnswer(bytes.subarray(4));
  }

  it('takes a token once, for its name, while it lasts', async () => {
    const dial = {
      address: { host: '127.0.0.1', port: gateway.listener.port },
      authorityPem: world.authority.certificatePem,
    };
    const token = await giveToken(world, 'ward-2');
    const by = { name: 'ward-2', credential: 'token', token } as const;
    await giveToken(world, 'ward-5');
    const over = await giveToken(world, 'ward-6', Date.now() - 1);
    const refusal = /not-accepted/;
    await assert.rejects(enrol(dial, { ...by, name: 'ward-5' }, SIGNAL), refusal);
    await assert.rejects(enrol(dial, { ...by, token: `${token}x` }, SIGNAL), refusal);
    await assert.rejects(enrol(dial, { ...by, name: 'ward-6', token: over }, SIGNAL), refusal);
    await assert.rejects(enrol(dial, { ...by, credential: 'workload-token' }, SIGNAL), refusal);
    const both = await Promise.allSettled([enrol(dial, by, SIGNAL), enrol(dial, by, SIGNAL)]);
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1);
    await assert.rejects(enrol(dial, by, SIGNAL), refusal);
  });

  it('is for a key of the right kind that the asker has, and uses up no token otherwise', async () => {
    const token = await giveToken(world, 'ward-7');
    const by = { name: 'ward-7', credential: 'token', token } as const;
    const own = makeCandidateKey('ward-7');
    const weak = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
    for (const [publicKey, proof] of [
      [own.publicKey, makeCandidateKey('ward-7').proof],
      [own.publicKey, makeCandidateKey('ward-8').proof],
      [own.publicKey, Buffer.alloc(0)],
      [randomBytes(91), own.proof],
      [weak.export({ format: 'der', type: 'spki' }), own.proof],
    ] as const) {
      assert.deepEqual(await ask(encodeEnrolmentRequest({ ...by, publicKey, proof })), {
        kind: 'refused',
        code: 'key-not-accepted',
      });
    }
    const answer = await ask(encodeEnrolmentRequest({ ...by, ...own }));
    assert(typeof answer === 'object' && answer.kind === 'enrolled');
  });

  it('by the token of a workload needs that workload, and each of its claims', async () => {
    const claims = { sub: 'system:serviceaccount:ward:connector' };
    const toToken = (payload: object): string =>
      `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;
    await world.store.add(
      {
        ...{ id: randomUUID(), name: 'pod', createdBy: 'clinic:7' },
        workload: { provider: 'cluster', claims },
      },
      undefined,
    );
    const dial = {
      address: { host: '127.0.0.1', port: gateway.listener.port },
      authorityPem: world.authority.certificatePem,
    };
    const principal: Principal = {
      ...{ id: 'cluster:x', issuer: 'cluster', subject: 'x', displayName: 'x', groups: [] },
      ...({ kind: 'workload', signIn: 'oidc-token' } as const),
      expiresAtMs: Date.now() + 60_000,
    };
    const tryWith = (token: string) =>
      enrol(dial, { name: 'pod', credential: 'workload-token', token }, SIGNAL);
    await assert.rejects(tryWith(toToken(claims)), /not-accepted/);
    const others: readonly Principal[] = [
      { ...principal, issuer: 'clinic' },
      { ...principal, kind: 'person' },
      { ...principal, signIn: 'sallyport-token' },
    ];
    for (const other of others) {
      world.authenticate = async () => ({ kind: 'authenticated', principal: other });
      await assert.rejects(tryWith(toToken(claims)), /not-accepted/);
    }
    world.authenticate = async () => ({ kind: 'authenticated', principal });
    await assert.rejects(tryWith(toToken({ sub: 'another' })), /not-accepted/);
    await assert.rejects(tryWith(toToken({ sub: [claims.sub] })), /not-accepted/);
    assert.match((await tryWith(toToken(claims))).certificatePem, /BEGIN CERTIFICATE/);
  });

  it('of bytes that are none ends', async () => {
    assert.deepEqual(await ask(Buffer.from('{}')), { kind: 'refused', code: 'malformed' });
    const socket = await connectAs(gateway.listener.port, undefined, ENROLMENT_APPLICATION);
    socket.write(Buffer.from('7fffffff', 'hex'));
    assert(await isTurnedAway(socket));
  });
});

describe('a gateway that asks for more than it may', () => {
  let session: ClientHttp2Session;

  before(async () => {
    const name = { role: 'gateway', name: 'gw-false', id: undefined } as const;
    const certificate = await issueFor(world.authority, name);
    const welcome = encodeFrame(
      encodeControlMessage({ kind: 'welcome', process: 'gw-false.0', processes: [] }),
    );
    const { certificatePem } = world.authority;
    const falseGateway = opened.use(await startFalseGateway(certificatePem, certificate, welcome));
    opened.use(
      await openConnector(world, {
        // The first one enrols it.
        ...{ name: 'ward-9', ports: [gateway.listener.port, falseGateway.port] },
        targets: { 'ward-db': echo.port },
        loggedIn: { guarded: echo.port },
      }),
    );
    session = await falseGateway.session;
  });

  async function ask(
    field: string,
    authority = 'ward-db',
  ): Promise<{ readonly kind: string; readonly code?: string } | 'refused'> {
    const stream = session.request({
      ...{ ':method': 'CONNECT', ':authority': authority },
      [REQUEST_FIELD]: field,
    });
    const head = await readAnswer(stream);
    stream.destroy();
    if (head === 'refused') return head;
    const answer = decodeStreamAnswer(String(head[ANSWER_FIELD]));
    return answer.kind === 'refused' ? { kind: answer.kind, code: answer.code } : answer;
  }

  it('is refused targets that are not listed, other kinds, and anything beside', async () => {
    const raw = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const [code, field, authority] of [
      ['target-unknown', encodeStreamRequest({ ...REQUEST, target: 'other' }), 'other'],
      ['target-unknown', encodeStreamRequest({ ...REQUEST, target: '__proto__' }), '__proto__'],
      ['target-unknown', encodeStreamRequest({ ...REQUEST, target: '' }), undefined],
      ['kind-not-served', encodeStreamRequest({ ...REQUEST, kind: 'ssh' }), undefined],
      ['kind-not-served', encodeStreamRequest({ ...REQUEST, kind: 'postgres' }), undefined],
      // Bytes would be a way around the connector's login.
      ['kind-not-served', encodeStreamRequest({ ...REQUEST, target: 'guarded' }), 'guarded'],
      ['login-not-accepted', encodeStreamRequest({ ...REQUEST, login: {} }), undefined],
      ['malformed', raw({ ...REQUEST, address: `127.0.0.1:${echo.port}` }), undefined],
      ['malformed', raw({ ...REQUEST, kind: 'tcp' }), undefined],
      ['malformed', raw({ ...REQUEST, target: ['ward-db'] }), undefined],
      ['malformed', encodeStreamRequest(REQUEST), 'guarded'],
      ['malformed', encodeStreamRequest(REQUEST), `127.0.0.1:${echo.port}`],
      ['malformed', '', undefined],
      ['malformed', 'x'.repeat(40_000), undefined],
    ] as const) {
      const answer = await ask(field, authority ?? (code === 'target-unknown' ? 'x' : 'ward-db'));
      const expected =
        field === encodeStreamRequest({ ...REQUEST, target: '' }) ? 'malformed' : code;
      assert.deepEqual(answer, { kind: 'refused', code: expected }, `${code} ${authority}`);
    }
    assert.equal(echo.sockets.size, 0);
  });

  it('is refused what is no CONNECT, and a second control stream', async () => {
    const get = session.request({ ':path': '/', [REQUEST_FIELD]: encodeStreamRequest(REQUEST) });
    const head = await readAnswer(get);
    assert(head !== 'refused' && Number(head[':status']) === 403);
    const control = session.request({ ':method': 'CONNECT', ':authority': ':control' });
    assert.equal(await readAnswer(control), 'refused');
  });

  it('is refused a head that is too large, and served on', async () => {
    const huge = session.request({
      ...{ ':method': 'CONNECT', ':authority': 'ward-db', [REQUEST_FIELD]: 'x'.repeat(60_000) },
    });
    const head = await readAnswer(huge);
    assert(head === 'refused' || Number(head[':status']) !== 200);
    assert.deepEqual(await ask(encodeStreamRequest(REQUEST)), { kind: 'opened' });
  });
});

describe('a connector', () => {
  it('dials nobody who is no gateway of its authority', async () => {
    const { record } = await makeConnector(world, 'ward-10');
    const asConnector = { role: 'connector', name: 'ward-10', id: record.id } as const;
    const strangers = await TunnelAuthority.open({
      findOrKeep: async (_purpose, candidate) => candidate,
    });
    const gatewayName = { role: 'gateway', name: 'gw-1', id: undefined } as const;
    for (const certificate of [
      await issueFor(world.authority, asConnector),
      await issueFor(strangers, gatewayName),
      await issueFor(world.authority, gatewayName, -1_000),
    ]) {
      await using listener = await startFalseGateway(
        world.authority.certificatePem,
        certificate,
        Buffer.alloc(0),
      );
      const dial = { address: { host: '127.0.0.1', port: listener.port } };
      const by = { name: 'ward-10', credential: 'token', token: 'secret' } as const;
      const { certificatePem: authorityPem } = world.authority;
      await assert.rejects(enrol({ ...dial, authorityPem }, by, SIGNAL));
    }
  });

  async function openFalse(name: string, behaviour: FalseConnector) {
    const { identity, record } = await makeConnector(world, name);
    const socket = await connectAs(gateway.listener.port, identity, TUNNEL_APPLICATION);
    serveAs(socket, behaviour);
    return { socket, record };
  }

  for (const [what, bytes] of [
    ['bytes that are no frame', randomBytes(64)],
    ['a frame that never ends', Buffer.from('7fffffff', 'hex')],
    ['JSON that is no message', encodeFrame(Buffer.from('{"kind":"hello"}'))],
    [
      'a message before its greeting',
      encodeFrame(
        Buffer.from(
          '{"kind":"health","streams":0,"memoryBytes":0,"recordsWaiting":0,"unreachable":[]}',
        ),
      ),
    ],
    ['two greetings', Buffer.concat([GREETING, GREETING])],
    [
      'records that are none',
      Buffer.concat([
        GREETING,
        encodeFrame(Buffer.from(JSON.stringify({ kind: 'records', lines: ['eA=='] }))),
      ]),
    ],
  ] as const) {
    it(`loses its tunnel that says ${what}`, async () => {
      const name = `garbage-${randomUUID().slice(0, 8)}`;
      const { socket } = await openFalse(name, {
        onControl: (stream) => {
          // The first byte of random ones could be a short length.
          stream.write(
            what === 'bytes that are no frame' ? Buffer.from(bytes).fill(0xff, 0, 1) : bytes,
          );
        },
      });
      if (!socket.destroyed) await once(socket, 'close');
      await eventually('its end', async () =>
        gateway.connectors.tunnels.some(({ peer }) => peer.name === name) ? undefined : true,
      );
    });
  }

  it('that answers what nobody understands is no way to a target, and loses its tunnel', async () => {
    for (const [name, answer] of [
      ['answers-nothing', { ':status': 200 }],
      ['answers-noise', { ':status': 200, [ANSWER_FIELD]: 'noise!' }],
      [
        'answers-more',
        {
          ':status': 200,
          [ANSWER_FIELD]: Buffer.from('{"kind":"opened","address":"10.0.0.1"}').toString(
            'base64url',
          ),
        },
      ],
    ] as const) {
      const { socket } = await openFalse(name, { onStream: (stream) => stream.respond(answer) });
      await assert.rejects(gateway.connectors.openStream([name], REQUEST, SIGNAL), {
        code: 'ERR_UPSTREAM_UNREACHABLE',
      });
      assert(socket.destroyed || (await once(socket, 'close')));
    }
  });

  it('that never answers holds up who asks, as long as they wait, and nobody else', async () => {
    const { socket } = await openFalse('mute', {});
    await eventually('its tunnel', async () =>
      gateway.connectors.tunnels.find(({ peer }) => peer.name === 'mute'),
    );
    const patience = AbortSignal.timeout(200);
    await assert.rejects(gateway.connectors.openStream(['mute'], REQUEST, patience), {
      name: 'TimeoutError',
    });
    socket.destroy();
  });

  it('enters nothing in the ledger for another, twice, or with a signature that is not its own', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const record: CarriedRecord = {
      ...{ connector: 'ward-11', process: 'p', sequence: 1, atMs: 1, gateway: 'gw-1' },
      ...{ sessionId: 's', principalId: 'clinic:7', target: 'ward-db', kind: 'bytes' },
      ...{ streams: 1, operations: 0, bytesToTarget: 1, bytesFromTarget: 1 },
      previous: NO_RECORD,
    };
    const write = (changed: Partial<CarriedRecord>, key = privateKey): Buffer => {
      const body = encodeRecordBody({ ...record, ...changed });
      return encodeSignedRecord({ body, signature: sign(null, body, key) });
    };
    const { record: connector, peer } = await makeConnector(world, 'ward-11');
    const greeting: Greeting = {
      kind: 'greeting',
      ...{ version: '', process: 'p', startedAtMs: 0, targets: [] },
      recordsKey: publicKey.export({ format: 'der', type: 'spki' }),
    };
    const enter = (...lines: Buffer[]) => enterCarried({ greeting, peer }, connector, lines, world);
    const other = generateKeyPairSync('ed25519').privateKey;
    const forged = Buffer.from(write({}));
    forged[forged.length - 3] = 0x39;
    for (const line of [
      ...[write({ connector: 'ward-3' }), write({ process: 'q' }), write({}, other), forged],
      Buffer.from('x'),
    ]) {
      await assert.rejects(enter(line));
    }
    const count = () => world.entries.filter(({ connector: of }) => of === 'ward-11').length;
    assert.equal(count(), 0);
    assert.equal(await enter(write({})), 1);
    assert.equal(await enter(write({})), 1);
    assert.equal(count(), 1);
    // One is missing: entered, and said.
    assert.equal(await enter(write({ sequence: 3 })), 3);
    assert.equal(world.entries.at(-1)?.['follows'], false);
  });
});
