import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type PrivateSshd, startPrivateSshd } from '../../demo/private-sshd.ts';
import { KEY_AGREEMENTS } from '../../src/protocols/ssh/transport/key-agreement.ts';
import { CIPHERS, MACS } from '../../src/protocols/ssh/transport/packet-algorithms.ts';
import { SshTransport } from '../../src/protocols/ssh/transport/ssh-transport.ts';
import type { ClientTransportOptions } from '../../src/protocols/ssh/transport/transport-options.ts';
import { decodeCertificate } from '../../src/wire/ssh/certificate.ts';
import { DisconnectReason } from '../../src/wire/ssh/disconnect.ts';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { type PlainOutcome, runPlainCommand } from './plain-client.ts';

const run = promisify(execFile);
const never = new AbortController().signal;

/** Debian's OpenSSH 9.2 has no ML-KEM yet; our two roles meet in ssh-transport.test.ts. */
const AGREEMENTS = [...KEY_AGREEMENTS.keys()].filter((name) => !name.startsWith('mlkem'));

describe('the transport to OpenSSH', () => {
  let directory: string;
  let sshd: PrivateSshd;
  let userKey: KeyObject;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-keys-'));
    const more = ['ecdsa', 'rsa'].map((type) => ({ type, file: join(directory, type) }));
    for (const { type, file } of more) {
      await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
    }
    sshd = await startPrivateSshd({
      settings: [
        'RekeyLimit 1M',
        `KexAlgorithms ${AGREEMENTS.join(',')}`,
        ...more.map(({ file }) => `HostKey ${file}`),
      ],
    });
    userKey = decodePrivateKeyFile(await readFile(sshd.clientKeyFile, 'utf8'));
  });
  after(async () => {
    await sshd[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  function open(options: Partial<ClientTransportOptions> = {}): Promise<SshTransport> {
    const socket = connect({ port: sshd.port, host: '127.0.0.1', noDelay: true });
    return SshTransport.open(
      socket,
      {
        role: 'client',
        software: 'Test_1',
        verifyHostKey: () => ({ kind: 'trusted' }),
        ...options,
      },
      never,
    );
  }

  function echo(transport: SshTransport, input: Buffer): Promise<PlainOutcome> {
    return runPlainCommand(transport, { user: sshd.accounts[0], userKey, command: 'cat', input });
  }

  for (const name of AGREEMENTS) {
    it(`exchanges keys by ${name}`, async () => {
      const transport = await open({ algorithms: { keyExchanges: [name] } });
      assert(transport.isStrict);
      const { output, exitStatus } = await echo(transport, Buffer.from('hello'));
      assert.deepEqual([output.toString(), exitStatus], ['hello', 0]);
    });
  }

  for (const cipher of CIPHERS.keys()) {
    it(`encrypts by ${cipher}, through many key exchanges that the server begins`, async () => {
      const input = randomBytes(5_000_000);
      const { output } = await echo(await open({ algorithms: { ciphers: [cipher] } }), input);
      assert(output.equals(input));
    });
  }

  for (const mac of MACS.keys()) {
    it(`authenticates by ${mac}`, async () => {
      const input = randomBytes(3_000_000);
      const algorithms = { ciphers: ['aes128-ctr'], macs: [mac] };
      const { output } = await echo(await open({ algorithms }), input);
      assert(output.equals(input));
    });
  }

  for (const [name, file] of [
    ['ecdsa-sha2-nistp256', 'ecdsa.pub'],
    ['rsa-sha2-512', 'rsa.pub'],
    ['rsa-sha2-256', 'rsa.pub'],
  ] as const) {
    it(`checks the host key by ${name}`, async () => {
      const [, expected = ''] = (await readFile(join(directory, file), 'utf8')).split(' ');
      assert.deepEqual(await hostKeyShownFor(name), [name, Buffer.from(expected, 'base64')]);
    });
  }

  it('checks the host key by ssh-ed25519, and as a certificate where it may choose', async () => {
    const [, expected = ''] = sshd.hostKey.split(' ');
    const plain = Buffer.from(expected, 'base64');
    assert.deepEqual(await hostKeyShownFor('ssh-ed25519'), ['ssh-ed25519', plain]);
    const [algorithm, blob] = await hostKeyShownFor(undefined);
    assert.equal(algorithm, 'ssh-ed25519-cert-v01@openssh.com');
    assert.deepEqual(decodeCertificate(blob).publicKey, plain);
  });

  /** What the server proves itself with when that algorithm, or any, is asked for. */
  async function hostKeyShownFor(name: string | undefined): Promise<readonly [string, Buffer]> {
    const shown: [string, Buffer][] = [];
    const transport = await open({
      ...(name !== undefined && { algorithms: { hostKeys: [name] } }),
      verifyHostKey(algorithm, blob) {
        shown.push([algorithm, Buffer.from(blob)]);
        return { kind: 'trusted' };
      },
    });
    transport.disconnect(DisconnectReason.ByApplication, 'done');
    assert.equal(shown.length, 1);
    return shown[0] ?? ['', Buffer.alloc(0)];
  }

  it('goes no further when the host key is refused', async () => {
    const refused = { kind: 'refused', reason: 'another one is pinned' } as const;
    await assert.rejects(open({ verifyHostKey: () => refused }), {
      code: 'ERR_SSH_HOST_KEY_REFUSED',
      message: 'Cannot trust host key: another one is pinned',
    });
  });

  it('says that no cipher would do', async () => {
    await assert.rejects(open({ algorithms: { ciphers: ['none'] } }), {
      code: 'ERR_SSH_NO_COMMON_ALGORITHM',
    });
  });

  it('replaces keys itself in the middle of traffic', async () => {
    const input = randomBytes(8_000_000);
    const transport = await open({ limits: { keysBytesMax: 500_000 } });
    const { output } = await echo(transport, input);
    assert(output.equals(input));
  });

  it('learns which signatures of users the server takes', async () => {
    const transport = await open();
    await echo(transport, Buffer.alloc(1));
    assert(transport.serverSignatureAlgorithms?.includes('rsa-sha2-512'));
    assert(transport.peerIdentification.startsWith('SSH-2.0-OpenSSH_'));
  });
});
