import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import { duration, secretReference, section } from './fields.ts';
import { hostName } from './host-name.ts';

/** The gateway's own keys for SSH, and what it vouches for with them. */
export interface SshSettings {
  /**
   * References to Ed25519 private keys, in OpenSSH's format or PEM. Undefined: the gateway makes one, which all
   * gateways on its store have.
   */
  readonly keys: {
    /** Signs the certificates of clients. */
    readonly userAuthority: string | undefined;
    /** Signs the certificates of hosts. */
    readonly hostAuthority: string | undefined;
    /** What listeners prove themselves by. */
    readonly host: string | undefined;
  };
  /** Milliseconds that a certificate of a client lasts at most, and a sign-in by a code. */
  readonly certificateLifetimeMs: number;
  /** Names by which clients reach the listeners; the first is what they are told. */
  readonly hostNames: readonly string[];
  /** Clients may write `<target>.<suffix>` for a target. */
  readonly suffix: string;
  /** Whether clients without a certificate may sign in by a code of the first provider for people. */
  readonly deviceSignIn: boolean;
}

const HOST_NAMES_MAX = 50;

/** The section `ssh` of `sallyport.yaml`. */
export function sshSchema(root: ConfigurationRoot): z.ZodType<SshSettings> {
  return section({
    userAuthority: secretReference(root).optional(),
    hostAuthority: secretReference(root).optional(),
    hostKey: secretReference(root).optional(),
    certificateLifetime: duration('1m', '1d').prefault('8h'),
    hostNames: z.array(hostName()).max(HOST_NAMES_MAX).default([]),
    suffix: hostName().default('sallyport'),
    deviceSignIn: z.boolean().default(false),
  })
    .transform(({ userAuthority, hostAuthority, hostKey, certificateLifetime, ...rest }) => ({
      ...rest,
      keys: { userAuthority, hostAuthority, host: hostKey },
      certificateLifetimeMs: certificateLifetime,
    }))
    .prefault({});
}
