import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import type { PostgresTarget, SshTarget, WebTarget } from '../targets/target.ts';
import type { JsonValue } from '../wire/tunnel/json-reader.ts';
import type { StreamRequest } from '../wire/tunnel/stream-request.ts';
import { openWays } from './open-ways.ts';
import { FOR_GATEWAY, type Ways } from './ways.ts';

const ELSEWHERE = {
  ...{ host: '192.0.2.1', port: 1, connectors: ['ward-3', 'ward-4'] },
  ...{ name: 'ehr', credential: { kind: 'elsewhere' } },
} as const;
const DATABASE = { ...ELSEWHERE, kind: 'postgres' } as unknown as PostgresTarget;
const HOST = { ...ELSEWHERE, kind: 'ssh' } as unknown as SshTarget;
const SITE = { ...ELSEWHERE, kind: 'http' } as unknown as WebTarget;
const START = { database: 'ehr', parameters: new Map([['application_name', 'door']]) };
const LOGIN = { account: 'deploy', keyId: 'clinic:7 s1' };
const NEVER = new AbortController().signal;

interface Asked {
  readonly ways: Ways;
  readonly requests: (readonly [readonly string[], StreamRequest])[];
  readonly stream: Duplex;
}

/** Ways through a connector that says this of every login. */
function through(facts: JsonValue | undefined): Asked {
  const requests: Asked['requests'] = [];
  const [stream] = duplexPair();
  const ways = openWays({
    resolveSecret: () => assert.fail('the gateway has no secret'),
    nowMs: () => 0,
    openStream: async (connectors, request) => {
      requests.push([connectors, request]);
      return { stream, facts };
    },
  });
  return { ways, requests, stream };
}

describe('a way to a target whose credential is at its connector', () => {
  it('is asked for by the target’s name, and what the login needs', async () => {
    const { ways, requests } = through(undefined);
    await ways.connectPostgres(DATABASE, START, FOR_GATEWAY, NEVER).catch(() => undefined);
    await ways.connectSsh(HOST, LOGIN, FOR_GATEWAY, NEVER).catch(() => undefined);
    await ways.dialHttp(SITE, ['h2', 'http/1.1'], FOR_GATEWAY, 1_000);
    const key = { processId: 7, secretKey: Buffer.from('keys') };
    await ways.cancelPostgres(DATABASE, key, FOR_GATEWAY, NEVER);
    const asked = { target: 'ehr', sessionId: 'gateway', principalId: 'gateway' };
    const parameters = [['application_name', 'door']];
    assert.deepEqual(requests, [
      [
        ELSEWHERE.connectors,
        { ...asked, kind: 'postgres', login: { database: 'ehr', parameters } },
      ],
      [ELSEWHERE.connectors, { ...asked, kind: 'ssh', login: LOGIN }],
      [ELSEWHERE.connectors, { ...asked, kind: 'http', login: { application: 'h2' } }],
      [
        ELSEWHERE.connectors,
        { ...asked, kind: 'postgres-cancel', login: { processId: 7, secretKey: 'a2V5cw==' } },
      ],
    ]);
  });

  it('is given up where the connector says what no login says', async () => {
    for (const facts of [undefined, null, {}, { parameters: [] }, { identification: 'HTTP/1.1' }]) {
      const database = through(facts);
      const connecting = database.ways.connectPostgres(DATABASE, START, FOR_GATEWAY, NEVER);
      await assert.rejects(connecting, { code: 'ERR_UPSTREAM_PROTOCOL' });
      assert.equal(database.stream.destroyed, true);
      const host = through(facts);
      const loggingIn = host.ways.connectSsh(HOST, LOGIN, FOR_GATEWAY, NEVER);
      await assert.rejects(loggingIn, { code: 'ERR_UPSTREAM_PROTOCOL' });
      assert.equal(host.stream.destroyed, true);
    }
  });

  it('is given up in time, and that is said', async () => {
    const ways = openWays({
      resolveSecret: () => assert.fail('the gateway has no secret'),
      nowMs: () => 0,
      openStream: async (_connectors, _request, signal) => {
        signal.throwIfAborted();
        assert.fail('it is too late');
      },
    });
    const late = AbortSignal.abort(new DOMException('too late', 'TimeoutError'));
    await assert.rejects(ways.connectSsh(HOST, LOGIN, FOR_GATEWAY, late), {
      code: 'ERR_UPSTREAM_TIMEOUT',
    });
  });

  it('is none where no connector comes to', async () => {
    const ways = openWays({ resolveSecret: () => assert.fail(), nowMs: () => 0 });
    const connecting = ways.connectPostgres(DATABASE, START, FOR_GATEWAY, NEVER);
    await assert.rejects(connecting, { code: 'ERR_UPSTREAM_UNREACHABLE' });
  });
});
