import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { KEY_AGREEMENTS } from '../../src/protocols/ssh/transport/key-agreement.ts';
import { CIPHERS, MACS } from '../../src/protocols/ssh/transport/packet-algorithms.ts';
import { SshTransport } from '../../src/protocols/ssh/transport/ssh-transport.ts';
import type { ClientTransportOptions } from '../../src/protocols/ssh/transport/transport-options.ts';
import { encodePublicKey } from '../../src/wire/ssh/public-key.ts';
import { type PlainOutcome, runPlainCommand } from './plain-client.ts';
import { type PrivateSshd, startPrivateSshd } from './private-sshd.ts';

const { privateKey: userKey } = generateKeyPairSync('ed25519');
const never = new AbortController().signal;

/** Debian's OpenSSH 9.2 has no ML-KEM yet; our two roles meet in ssh-transport.test.ts. */
const AGREEMENTS = [...KEY_AGREEMENTS.keys()].filter((name) => !name.startsWith('mlkem'));

describe('the transport to OpenSSH', () => {
  let sshd: PrivateSshd;
  before(async () => {
    const blob = encodePublicKey(userKey).toString('base64');
    sshd = await startPrivateSshd({
      authorizedKeys: [`ssh-ed25519 ${blob}`],
      settings: ['RekeyLimit 1M', `KexAlgorithms ${AGREEMENTS.join(',')}`],
    });
  });
  after(async () => {
    await sshd[Symbol.asyncDispose]();
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
    return runPlainCommand(transport, { user: 'root', userKey, command: 'cat', input });
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

  for (const [name, type] of [
    ['ssh-ed25519', 'ed25519'],
    ['ecdsa-sha2-nistp256', 'ecdsa'],
    ['rsa-sha2-512', 'rsa'],
    ['rsa-sha2-256', 'rsa'],
  ] as const) {
    it(`checks the host key by ${name}`, async () => {
      const shown: [string, Buffer][] = [];
      const transport = await open({
        algorithms: { hostKeys: [name] },
        verifyHostKey(algorithm, blob) {
          shown.push([algorithm, Buffer.from(blob)]);
          return { kind: 'trusted' };
        },
      });
      transport.disconnect(11, 'done');
      assert.deepEqual(shown, [[name, sshd.hostKeys[type]]]);
    });
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
