import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type PrivateSshd, startPrivateSshd } from '../../demo/private-sshd.ts';
import type { LoginCredential } from '../../src/protocols/ssh/authentication/log-in.ts';
import { connectUpstream, type UpstreamLogin } from '../../src/protocols/ssh/upstream.ts';
import type { UpstreamError } from '../../src/protocols/upstream-error.ts';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { encodePublicKey } from '../../src/wire/ssh/public-key.ts';
import { decodeKeyLine } from './gateway-to-sshd.ts';

const PASSWORD = 'correct horse';
const { privateKey: stranger } = generateKeyPairSync('ed25519');

describe('connectUpstream to Debian’s sshd', () => {
  let sshd: PrivateSshd;
  let key: KeyObject;
  let authority: KeyObject;
  before(async () => {
    sshd = await startPrivateSshd({
      password: PASSWORD,
      settings: ['MaxAuthTries 3', 'PasswordAuthentication yes'],
    });
    key = decodePrivateKeyFile(await readFile(sshd.clientKeyFile, 'utf8'));
    authority = decodePrivateKeyFile(await readFile(sshd.userAuthorityFile, 'utf8'));
  });
  after(() => sshd[Symbol.asyncDispose]());

  async function logIn(fields: Partial<UpstreamLogin> = {}): Promise<void> {
    const [account] = sshd.accounts;
    const socket = connect(sshd.port, sshd.host);
    await once(socket, 'connect');
    const { port } = await connectUpstream(
      socket,
      {
        account,
        credential: { kind: 'privateKey', key },
        hostKeys: [decodeKeyLine(sshd.hostKey)],
        hostAuthorities: [],
        hostName: sshd.host,
        nowMs: Date.now(),
        ...fields,
      },
      AbortSignal.timeout(10_000),
    );
    port.disconnect(11, 'done');
  }

  function fails(code: UpstreamError['code']): (error: UpstreamError) => boolean {
    return (error) => error.code === code;
  }

  it('logs in with a private key, a password, or a certificate for this login', async () => {
    const credentials: readonly LoginCredential[] = [
      { kind: 'privateKey', key },
      { kind: 'password', password: PASSWORD },
      { kind: 'certificateAuthority', authority, keyId: 'idp:ada session-1' },
    ];
    for (const credential of credentials) await logIn({ credential });
    assert.match(sshd.log(), /ED25519-CERT SHA256:\S+ ID idp:ada session-1 /);
  });

  it('is refused with what the host does not take', async () => {
    const credentials: readonly LoginCredential[] = [
      { kind: 'privateKey', key: stranger },
      { kind: 'password', password: 'guess' },
      { kind: 'certificateAuthority', authority: stranger, keyId: 'x' },
    ];
    for (const credential of credentials) {
      await assert.rejects(logIn({ credential }), fails('ERR_UPSTREAM_LOGIN'));
    }
  });

  it('believes a certificate of the host’s authority', async () => {
    await logIn({ hostKeys: [], hostAuthorities: [decodeKeyLine(sshd.hostAuthority)] });
  });

  it('sends no credential to a host whose certificate is by another authority', async () => {
    const unknown = encodePublicKey(stranger);
    await assert.rejects(
      logIn({ hostKeys: [], hostAuthorities: [unknown] }),
      fails('ERR_UPSTREAM_HOST_KEY'),
    );
  });

  it('sends no credential to a host with another key, and says which it was', async () => {
    const unknown = encodePublicKey(stranger);
    await assert.rejects(logIn({ hostKeys: [unknown] }), {
      name: 'UpstreamError',
      code: 'ERR_UPSTREAM_HOST_KEY',
      message: /: its key SHA256:\S+ is not the target's$/,
    });
  });

  it('gives up on who takes connections and says nothing', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
    await once(socket, 'connect');
    const login: UpstreamLogin = {
      account: 'deploy',
      credential: { kind: 'privateKey', key },
      hostKeys: [encodePublicKey(stranger)],
      hostAuthorities: [],
      hostName: 'ward',
      nowMs: 0,
    };
    await assert.rejects(
      connectUpstream(socket, login, AbortSignal.timeout(100)),
      fails('ERR_UPSTREAM_TIMEOUT'),
    );
    assert.equal(socket.destroyed, true);
    server.close();
  });
});
