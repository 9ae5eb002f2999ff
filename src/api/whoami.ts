import { z } from 'zod';

/** Whom the gateway takes the asker for. */
export interface Whoami {
  /** `<provider>:<subject>`, as in policies and the ledger. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'person' | 'workload';
  readonly provider: string;
  readonly groups: readonly string[];
  readonly signIn:
    | 'oidc-token'
    | 'sallyport-token'
    | 'ssh-certificate'
    | 'client-certificate'
    | 'oidc-browser'
    | 'oidc-device'
    | 'saml'
    | 'slack';
  /** ISO 8601. */
  readonly expiresAt: string;
  /** What policy permits on the gateway itself, such as `policy.read`. */
  readonly permitted: readonly string[];
  /** For a sign-in by cookie: to send as `sallyport-csrf` with every request that changes something. */
  readonly csrfToken?: string | undefined;
}

/** Checks a {@link Whoami}. */
export const whoamiSchema: z.ZodType<Whoami> = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['person', 'workload']),
    provider: z.string(),
    groups: z.array(z.string()),
    signIn: z.enum([
      'oidc-token',
      'sallyport-token',
      'ssh-certificate',
      'client-certificate',
      'oidc-browser',
      'oidc-device',
      'saml',
      'slack',
    ]),
    expiresAt: z.iso.datetime(),
    permitted: z.array(z.string()),
    csrfToken: z.string().optional(),
  })
  .meta({ id: 'Whoami' });
