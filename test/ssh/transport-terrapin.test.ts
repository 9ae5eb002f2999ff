import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { encodeIgnore } from '../../src/wire/ssh/ignore.ts';
import { startPlainServer } from './plain-server.ts';

const run = promisify(execFile);

const PARAMIKO_CLIENT = `
import sys, socket, paramiko
transport = paramiko.Transport(socket.create_connection(('127.0.0.1', int(sys.argv[1]))))
options = transport.get_security_options()
options.ciphers = ['aes128-ctr']
options.digests = ['hmac-sha2-256']
transport.start_client(timeout=20)
transport.auth_none('anyone')
print('let in')
`;

/** An attacker on the way to the server, who puts IGNORE in before the client's KEXINIT. */
async function startAttacker(serverPort: number): Promise<Server> {
  const server = createServer((fromClient) => {
    const toServer = connect(serverPort, '127.0.0.1');
    for (const socket of [fromClient, toServer]) socket.on('error', () => {});
    toServer.pipe(fromClient);
    let line: Buffer | undefined = Buffer.alloc(0);
    fromClient.on('data', (bytes: Buffer) => {
      if (line === undefined) {
        toServer.write(bytes);
        return;
      }
      line = Buffer.concat([line, bytes]);
      const end = line.indexOf('\n') + 1;
      if (end === 0) return;
      toServer.write(line.subarray(0, end));
      toServer.write(packetOf(encodeIgnore(Buffer.alloc(4))));
      toServer.write(line.subarray(end));
      line = undefined;
    });
    fromClient.on('close', () => toServer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A packet before there are keys. */
function packetOf(payload: Buffer): Buffer {
  const padding = 16 - ((payload.length + 5) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

describe('Terrapin (CVE-2023-48795)', () => {
  it('is seen by the first packet where the client is strict', async () => {
    await using plain = await startPlainServer();
    const attacker = await startAttacker(plain.port);
    const { port } = attacker.address() as AddressInfo;
    const options = ['-F/dev/null', '-oStrictHostKeyChecking=no', '-oUserKnownHostsFile=/dev/null'];
    await assert.rejects(run('ssh', [...options, `-p${port}`, 'anyone@127.0.0.1', 'cat']));
    attacker.close();
    assert.match(String(plain.failures[0]), /something came before the first KEXINIT/);
  });

  it('is seen by the first sealed packet where the client is not', async () => {
    await using plain = await startPlainServer();
    const attacker = await startAttacker(plain.port);
    const { port } = attacker.address() as AddressInfo;
    await assert.rejects(run('/usr/bin/python3', ['-c', PARAMIKO_CLIENT, `${port}`]));
    attacker.close();
    assert.equal((plain.failures[0] as NodeJS.ErrnoException).code, 'ERR_SSH_INTEGRITY');
  });
});
