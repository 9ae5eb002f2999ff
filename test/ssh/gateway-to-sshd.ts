import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Behaviour, TARGET } from '../../src/protocols/ssh/session.fixture.ts';
import { encodePublicKey } from '../../src/wire/ssh/public-key.ts';
import { type GuardedGateway, startGuardedGateway } from './guarded-gateway.ts';
import { OpenSshClient } from './openssh-client.ts';
import { type PrivateSshd, startPrivateSshd } from './private-sshd.ts';

/** User name under which the gateway's target is reached. */
export const USER = 'root@ward@127.0.0.1';

/** Debian's sshd behind the gateway's protocol, and OpenSSH's client before it. */
export interface GatewayToSshd extends AsyncDisposable {
  readonly sshd: PrivateSshd;
  readonly gateway: GuardedGateway;
  readonly client: OpenSshClient;
  readonly behaviour: Behaviour;
}

/** What the shell of whoever runs the tests does at its start is not tested: it looks for that in a home. */
const NO_HOME = 'SetEnv HOME=/nonexistent';

/** @param settings Lines of sshd_config. */
export async function startGatewayToSshd(settings: readonly string[] = []): Promise<GatewayToSshd> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const sshd = await startPrivateSshd({
    authorizedKeys: [formatKey(privateKey)],
    settings: [NO_HOME, ...settings],
  });
  const behaviour: Behaviour = { target: { ...TARGET, port: sshd.port } };
  const gateway = await startGuardedGateway(
    {
      port: sshd.port,
      hostKeys: [sshd.hostKeys.ed25519],
      account: 'root',
      credential: { kind: 'privateKey', key: privateKey },
    },
    behaviour,
  );
  const client = await OpenSshClient.create(gateway.port);
  return {
    sshd,
    gateway,
    client,
    behaviour,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    },
  };
}

/** As a line of `authorized_keys`. */
export function formatKey(key: KeyObject): string {
  return `ssh-ed25519 ${encodePublicKey(key).toString('base64')}`;
}
