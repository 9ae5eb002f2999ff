import { z } from 'zod';

/** Whom the gateway takes the asker for. */
export interface Whoami {
  /** `<provider>:<subject>`, as in policies and the ledger. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'person' | 'workload';
  readonly provider: string;
  readonly groups: readonly string[];
  readonly signIn: 'oidc-token' | 'sallyport-token';
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Checks a {@link Whoami}. */
export const whoamiSchema: z.ZodType<Whoami> = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['person', 'workload']),
  provider: z.string(),
  groups: z.array(z.string()),
  signIn: z.enum(['oidc-token', 'sallyport-token']),
  expiresAt: z.iso.datetime(),
});
