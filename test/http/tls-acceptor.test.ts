import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeSelfSigned } from '../../src/gateway/certificates.ts';
import { type ListenerTlsOptions, TlsAcceptor } from '../../src/protocols/http/tls-acceptor.ts';

let server: Server;
let tlsOptions: ListenerTlsOptions;
const acceptor = new TlsAcceptor({ tlsOptions: () => tlsOptions, clientAuthorities: false });

/** Connects, and gives what becomes of the connection on the gateway's side. */
async function dial(): Promise<{ readonly client: Socket; readonly accepted: Promise<unknown> }> {
  const arrived = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  const [socket] = await arrived;
  socket.on('error', () => undefined);
  const accepted = acceptor.accept(socket).finally(() => client.destroy());
  accepted.catch(() => undefined);
  return { client, accepted };
}

describe('TlsAcceptor', () => {
  before(async () => {
    const made = await makeSelfSigned({ names: ['localhost'] });
    tlsOptions = { cert: made.certificatePem, key: made.keyPem };
    server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.close();
  });

  it('says what was agreed on', async () => {
    const { client, accepted } = await dial();
    const stream = connectTls({ socket: client, ALPNProtocols: ['h2'], rejectUnauthorized: false });
    stream.on('error', () => undefined);
    const agreed = { alpnProtocol: 'h2', authorized: false, allowHalfOpen: true };
    assert.partialDeepStrictEqual(await accepted, agreed);
  });

  it('gives up with clients that leave, reset, or speak something else', async () => {
    for (const leave of [
      (client: Socket) => client.destroy(),
      (client: Socket) => client.resetAndDestroy(),
      (client: Socket) => client.end(),
      (client: Socket) => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      (client: Socket) => client.end(Buffer.from('160301', 'hex')),
    ]) {
      const { client, accepted } = await dial();
      leave(client);
      await assert.rejects(accepted);
    }
  });
});
