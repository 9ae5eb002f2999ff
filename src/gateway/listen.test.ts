import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import type { Door } from '../protocols/protocol.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { closeGateways, openGateway } from './door.fixture.ts';
import { listen } from './listen.ts';

describe('a listener', () => {
  afterEach(() => {
    closeGateways();
  });

  it('names clients of IPv4 as such where it listens to IPv6 as well', async () => {
    const authenticator = {
      authenticate: () => Promise.resolve({ kind: 'rejected', reason: 'malformed' } as const),
      authenticateCertificate: () => assert.fail('no certificate is shown'),
    };
    const { services, ledger } = openGateway({ authenticator });
    const closing = new AbortController();
    const listener = await listen({
      address: { host: '::', port: 0 },
      descriptor: undefined,
      protocol: {
        kind: 'postgres',
        async serve(socket, door: Door, signal) {
          await door.authenticate('no token', signal);
          socket.end();
          return undefined;
        },
      },
      boundTo: undefined,
      services,
      log: SILENT_LOG,
      socketsMax: 10,
      signal: closing.signal,
    });
    const client = connect(listener.port, '127.0.0.1');
    client.resume();
    await once(client, 'close');
    closing.abort();
    assert.deepEqual(
      ledger.ofKind('sign-in.refuse').map((entry) => entry['clientAddress']),
      ['127.0.0.1'],
    );
  });
});
