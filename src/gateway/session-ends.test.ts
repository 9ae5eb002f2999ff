import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { RewriteCache } from '../masking/postgres/rewrite-cache.ts';
import { CancelKeys } from '../protocols/postgres/cancel-keys.ts';
import {
  PostgresProtocol,
  type PostgresProtocolParts,
} from '../protocols/postgres/postgres-protocol.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import { AnalysisCache } from '../sql/postgres/analysis-cache.ts';
import { loadParser } from '../sql/postgres/parser.ts';
import { TargetCatalogue } from '../targets/target-catalogue.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { encodePasswordMessage } from '../wire/postgres/password-message.ts';
import { encodeStartupMessage } from '../wire/postgres/startup-message.ts';
import { GatewayDoor } from './door.ts';
import { Policies } from './policies.ts';
import { PseudonymBudget } from './pseudonym-budget.ts';
import {
  ALICE,
  FakeIndex,
  FakeLedger,
  HOSPITAL,
  loadPolicies,
  NO_DESK,
  NO_GRANTS,
} from './session.fixture.ts';
import { SessionListing } from './session-listing.ts';
import { SessionRegistry } from './session-registry.ts';

const POLICIES = '@id("connect") permit(principal, action == Action::"connect", resource);';
const UNREACHABLE = new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'nobody is there');

let listener: Server;
const open: Disposable[] = [];
const parser = await loadParser();

interface Served {
  readonly client: Socket;
  readonly server: Socket;
  readonly ledger: FakeLedger;
  readonly registry: SessionRegistry;
  /** Resolves when the gateway is done with the connection. */
  readonly over: Promise<unknown>;
}

/** Serves one client whose target is reached, or not, by `connectTo`. */
async function serve(
  connectTo: PostgresProtocolParts['connect'],
  changes: Partial<PostgresProtocolParts> = {},
): Promise<Served> {
  const registry = new SessionRegistry(
    () => 0,
    () => false,
  );
  open.push(registry);
  const ledger = new FakeLedger();
  const targets = new TargetCatalogue([HOSPITAL]);
  const door = new GatewayDoor(
    {
      nowMs: () => 0,
      isWitnessed: () => true,
      log: SILENT_LOG,
      ledger,
      refusals: { note: () => undefined },
      authenticator: {
        authenticate: async () => ({ kind: 'authenticated', principal: ALICE }),
        authenticateCertificate: () => assert.fail('no certificate is shown'),
      },
      deviceSignIns: { begin: async () => ({ kind: 'unavailable' }) },
      siteSignIns: { authenticate: () => assert.fail('no cookie is shown') },
      clientCertificates: { authenticate: () => assert.fail('no certificate is shown') },
      isDisabled: () => false,
      stillCounts: () => Promise.resolve(true),
      policies: new Policies(loadPolicies(POLICIES)),
      registry,
      listing: new SessionListing(new FakeIndex(), 'gateway', SILENT_LOG, () => 0),
      desk: NO_DESK,
      grants: NO_GRANTS,
      signIns: { note: async () => undefined },
      pseudonyms: new PseudonymBudget(
        () => 0,
        () => 10,
      ),
      limits: () => ({ connectionsMax: 1, connectionsPerPrincipalMax: 1 }),
      targets: () => targets,
      openRecording: () => assert.fail('nothing is recorded'),
      openRawTrack: () => assert.fail('nothing is recorded'),
      spool: { state: 'open' },
    },
    { protocol: 'postgres', clientAddress: '127.0.0.1', clientPort: 1, boundTo: undefined },
  );
  const protocol = new PostgresProtocol({
    downstream: { tlsMode: 'optional', secureContext: () => createSecureContext() },
    carrier: () => ({ kind: 'password' }),
    handshakeTimeoutMs: 60_000,
    messageBytesMax: 1_000_000,
    parser,
    cache: new AnalysisCache(),
    rewrites: new RewriteCache(),
    findMasking: () => undefined,
    cancelKeys: new CancelKeys(undefined),
    connect: connectTo,
    cancelUpstream: async () => undefined,
    findCatalogs: () => assert.fail('no session gets this far'),
    onUpstreamError() {},
    onProtocolError() {},
    onActivity() {},
    ...changes,
  });
  const { port } = listener.address() as { port: number };
  const accepted = once(listener, 'connection') as Promise<[Socket]>;
  const client = connect({ host: '127.0.0.1', port });
  client.on('error', () => undefined);
  const [[server]] = await Promise.all([accepted, once(client, 'connect')]);
  open.push({ [Symbol.dispose]: () => void client.destroy() });
  const over = protocol.serve(server, door, new AbortController().signal);
  over.catch(() => undefined);
  return { client, server, ledger, registry, over };
}

function hello(client: Socket, settings: Readonly<Record<string, string>> = {}): void {
  const parameters = { user: 'alice', database: 'hospital', ...settings };
  client.write(encodeStartupMessage(new Map(Object.entries(parameters))));
  client.write(encodePasswordMessage('token'));
  client.resume();
}

/** There was one session, it ended for this reason, and its place is free. */
function assertEnded({ ledger, registry }: Served, reason: string): void {
  const [start, ...more] = ledger.ofKind('session.start');
  const ends = ledger.ofKind('session.end');
  assert.equal(more.length, 0);
  assert.ok(start !== undefined);
  assert.deepEqual(
    ends.map((end) => [end.session, end['reason']]),
    [[start.session, reason]],
  );
  assert.equal(registry.size, 0);
  assert.equal(registry.reserve(ALICE, { connectionsMax: 1, connectionsPerPrincipalMax: 1 }), true);
}

describe('a session that never reaches its target', () => {
  before(async () => {
    listener = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
  });
  afterEach(() => {
    for (const disposable of open.splice(0)) disposable[Symbol.dispose]();
  });
  after(() => listener.close());

  it('ends when the target cannot be reached', async () => {
    const served = await serve(() => Promise.reject(UNREACHABLE));
    hello(served.client);
    await served.over;
    assertEnded(served, 'target-unreachable');
  });

  it('ends when the gateway itself fails', async () => {
    const served = await serve(() => Promise.reject(new TypeError('a fault of ours')));
    hello(served.client);
    await assert.rejects(served.over, /a fault of ours/);
    assertEnded(served, 'internal-error');
  });

  it('ends when its settings are refused, before the target hears of it', async () => {
    const served = await serve(() => assert.fail('the target was asked'));
    hello(served.client, { statement_timeout: "1'; DROP TABLE visits; --" });
    await served.over;
    assertEnded(served, 'refused');
    const [entry, ...more] = served.ledger.ofKind('operation.refuse');
    assert.equal(more.length, 0);
    // One constant, as it was: nobody sent a DROP.
    assert.equal(entry?.content?.text, "SET statement_timeout = '1''; DROP TABLE visits; --'");
  });

  it('ends when the handshake takes too long at the target', async () => {
    const slow: PostgresProtocolParts['connect'] = (_session, _settings, signal) =>
      new Promise((_, reject) => {
        const alive = setInterval(() => undefined, 1_000);
        signal.addEventListener('abort', () => {
          clearInterval(alive);
          reject(signal.reason as Error);
        });
      });
    const served = await serve(slow, { handshakeTimeoutMs: 300 });
    hello(served.client);
    await served.over;
    assertEnded(served, 'target-unreachable');
  });

  it('keeps no socket of a client that says nothing, or stops amid its hello', async () => {
    for (const said of [Buffer.alloc(0), encodeStartupMessage(new Map([['user', 'a']]))]) {
      const served = await serve(() => assert.fail('the target was asked'), {
        handshakeTimeoutMs: 50,
      });
      const closed = once(served.client, 'close');
      served.client.write(said);
      served.client.resume();
      await served.over;
      await closed;
      assert.equal(served.server.destroyed, true);
      assert.deepEqual(served.ledger.entries, []);
      assert.equal(served.registry.size, 0);
    }
  });
});
