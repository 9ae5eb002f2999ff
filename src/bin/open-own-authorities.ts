import type { KeyObject } from 'node:crypto';
import type { Configuration } from '../configuration/load-configuration.ts';
import { openSshAuthorities, type SshAuthorities } from '../identity/ssh/ssh-authorities.ts';
import type { Store } from '../store/open-store.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';
import { decodePrivateKeyFile } from '../wire/ssh/private-key-file.ts';

/** What {@link openOwnAuthorities} works with. */
export interface OwnAuthoritiesParts {
  readonly configuration: Configuration;
  readonly store: Pick<Store, 'openSshKeys'>;
  /** 32 bytes, of which the key derives that keys in the store are sealed with. */
  readonly maskingKey: Buffer;
  readonly resolveSecret: ResolveSecret;
}

/** The gateway's own keys for SSH. Undefined where nobody listens for SSH. */
export async function openOwnAuthorities({
  configuration: { listeners, ssh },
  store,
  maskingKey,
  resolveSecret,
}: OwnAuthoritiesParts): Promise<SshAuthorities | undefined> {
  if (listeners.ssh.length === 0) return undefined;
  const { userAuthority, hostAuthority, host } = ssh.keys;
  const read = async (reference: string | undefined): Promise<KeyObject | undefined> =>
    reference === undefined
      ? undefined
      : decodePrivateKeyFile((await resolveSecret(reference)).toString('utf8'));
  return openSshAuthorities({
    configured: {
      'user-authority': await read(userAuthority),
      'host-authority': await read(hostAuthority),
      host: await read(host),
    },
    keys: store.openSshKeys(maskingKey),
    nowMs: Date.now,
  });
}
