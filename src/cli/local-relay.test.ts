import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { before, beforeEach, describe, it } from 'node:test';
import { TLSSocket } from 'node:tls';
import { Client } from 'pg';
import {
  makeTestCertificate,
  type TestCertificate,
} from '../../test/control-plane/test-certificate.ts';
import { LocalRelay, type LocalRelayOptions } from './local-relay.ts';

const AUTHENTICATION_CLEARTEXT = Buffer.from('520000000800000003', 'hex');
const AUTHENTICATION_OK = Buffer.from('520000000800000000', 'hex');
const READY = Buffer.from('5a0000000549', 'hex');
const COMMAND_COMPLETE = Buffer.from('430000000b4c495354454e00', 'hex');

/** A gateway that takes one token, answers every query with LISTEN, and remembers what it was told. */
class FakeGateway {
  readonly startups: string[] = [];
  readonly passwords: string[] = [];
  readonly cancels: Buffer[] = [];
  offersTls = true;
  readonly #server: Server;
  readonly #certificate: { readonly cert: string; readonly key: string };

  constructor(certificate: { readonly cert: string; readonly key: string }) {
    this.#certificate = certificate;
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (!this.offersTls) return socket.end('N');
        socket.write('S');
        this.#serve(
          new TLSSocket(socket, {
            isServer: true,
            cert: this.#certificate.cert,
            key: this.#certificate.key,
          }),
        );
        return undefined;
      });
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return address.port;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: TLSSocket): void {
    socket.on('error', () => undefined);
    let step = 0;
    socket.on('data', (data: Buffer) => {
      step++;
      if (step === 1 && data.length === 16) {
        this.cancels.push(data);
        socket.end();
      } else if (step === 1) {
        this.startups.push(data.toString('latin1', 8));
        socket.write(AUTHENTICATION_CLEARTEXT);
      } else if (step === 2) {
        this.passwords.push(data.toString('latin1', 5, data.length - 1));
        socket.write(Buffer.concat([AUTHENTICATION_OK, READY]));
      } else if (data[0] === 0x51) {
        socket.write(Buffer.concat([COMMAND_COMPLETE, READY]));
      } else {
        socket.end();
      }
    });
  }
}

let gateway: FakeGateway;
let certificate: TestCertificate;
let failures: string[];

async function withRelay(
  use: (port: number) => Promise<void>,
  options: Partial<LocalRelayOptions> = {},
): Promise<void> {
  const relay = new LocalRelay({
    gateway: { host: '127.0.0.1', port: await gateway.listen() },
    ca: certificate.ca,
    target: 'hospital',
    password: 'printed',
    token: async () => 'the-token',
    onFailure: (message) => failures.push(message),
    ...options,
  });
  try {
    await use(await relay.listen(0));
  } finally {
    await relay.close();
    gateway.close();
  }
}

async function query(port: number, password: string): Promise<string> {
  const client = new Client({ host: '127.0.0.1', port, user: 'tool', database: 'any', password });
  client.on('error', () => undefined);
  await client.connect();
  const { command } = await client.query('listen x');
  await client.end();
  return command;
}

describe('LocalRelay', () => {
  before(async () => {
    certificate = await makeTestCertificate();
  });
  beforeEach(() => {
    gateway = new FakeGateway(certificate);
    failures = [];
  });

  it('logs a tool in with the token, on the target, over TLS', async () => {
    await withRelay(async (port) => {
      assert.equal(await query(port, 'printed'), 'LISTEN');
    });
    assert.deepEqual(gateway.passwords, ['the-token']);
    assert.match(gateway.startups[0] ?? '', /database\0hospital\0/);
    assert.doesNotMatch(gateway.startups[0] ?? '', /any/);
    assert.deepEqual(failures, []);
  });

  it('turns away whoever does not know the password, before the gateway hears of it', async () => {
    await withRelay(async (port) => {
      for (const password of ['wrong', 'printedx', 'printe']) {
        await assert.rejects(query(port, password), { code: '28000' });
      }
    });
    assert.deepEqual(gateway.startups, []);
  });

  it('takes any password only when told to', async () => {
    await withRelay(
      async (port) => {
        assert.equal(await query(port, 'whatever'), 'LISTEN');
      },
      { password: undefined },
    );
  });

  it('sends no token to a gateway that it cannot trust', async () => {
    await withRelay(
      async (port) => {
        await assert.rejects(query(port, 'printed'));
      },
      { ca: undefined },
    );
    gateway = new FakeGateway(certificate);
    gateway.offersTls = false;
    await withRelay(async (port) => {
      await assert.rejects(query(port, 'printed'));
    });
    assert.deepEqual(gateway.passwords, []);
    assert.equal(failures.length, 2);
  });

  it('passes a cancel request on', async () => {
    const request = Buffer.from('00000010 04d2162e 00000007 0badcafe'.replaceAll(' ', ''), 'hex');
    await withRelay(async (port) => {
      const socket = connectTcp({ host: '127.0.0.1', port });
      socket.end(request);
      socket.resume();
      await once(socket, 'close');
    });
    assert.deepEqual(gateway.cancels, [request]);
  });

  it('survives a client that speaks something else', async () => {
    await withRelay(async (port) => {
      const socket: Socket = connectTcp({ host: '127.0.0.1', port });
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      socket.resume();
      await once(socket, 'close');
      assert.equal(await query(port, 'printed'), 'LISTEN');
    });
  });
});
