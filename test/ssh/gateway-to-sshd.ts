import { readFile } from 'node:fs/promises';
import { type PrivateSshd, startPrivateSshd } from '../../demo/private-sshd.ts';
import { type Behaviour, TARGET } from '../../src/protocols/ssh/session.fixture.ts';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { type GuardedGateway, startGuardedGateway } from './guarded-gateway.ts';
import { OpenSshClient } from './openssh-client.ts';

/** User name under which the gateway's target is reached. */
export const USER = 'deploy@ward@127.0.0.1';

/** Debian's sshd behind the gateway's protocol, and OpenSSH's client before it. */
export interface GatewayToSshd extends AsyncDisposable {
  readonly sshd: PrivateSshd;
  readonly gateway: GuardedGateway;
  readonly client: OpenSshClient;
  readonly behaviour: Behaviour;
}

/** @param settings Lines of sshd_config. */
export async function startGatewayToSshd(settings: readonly string[] = []): Promise<GatewayToSshd> {
  const sshd = await startPrivateSshd({ settings });
  const [account] = sshd.accounts;
  const behaviour: Behaviour = { target: { ...TARGET, account, port: sshd.port } };
  const gateway = await startGuardedGateway(
    {
      port: sshd.port,
      hostKeys: [decodeKeyLine(sshd.hostKey)],
      account,
      credential: {
        kind: 'privateKey',
        key: decodePrivateKeyFile(await readFile(sshd.clientKeyFile, 'utf8')),
      },
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

/** The key of a line such as `ssh-ed25519 AAAA…`, as on the wire. */
export function decodeKeyLine(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}
