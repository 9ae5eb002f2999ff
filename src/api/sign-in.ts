import { z } from 'zod';

/** A sign-in of the asker in a browser. Instants are ISO 8601. */
export interface SignInView {
  readonly id: string;
  readonly kind: 'oidc' | 'saml';
  readonly provider: string;
  readonly clientAddress: string;
  /** What the browser calls itself. */
  readonly userAgent: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  /** Ends then, however much it is used. */
  readonly endsAt: string;
  /** Ends then unless it is used before. */
  readonly idleEndsAt: string;
  /** Whether the asker asks by it. */
  readonly current: boolean;
}

export interface SignInList {
  /** Newest first; only those that have not ended. */
  readonly signIns: readonly SignInView[];
}

/** Where the browser goes next. */
export interface SignedOut {
  /** Ends the sign-in at the identity provider, too, where that can be asked for. */
  readonly providerUrl?: string | undefined;
}

/** Checks a {@link SignInList}. */
export const signInListSchema: z.ZodType<SignInList> = z
  .object({
    signIns: z.array(
      z
        .object({
          id: z.string(),
          kind: z.enum(['oidc', 'saml']),
          provider: z.string(),
          clientAddress: z.string(),
          userAgent: z.string(),
          createdAt: z.iso.datetime(),
          lastUsedAt: z.iso.datetime(),
          endsAt: z.iso.datetime(),
          idleEndsAt: z.iso.datetime(),
          current: z.boolean(),
        })
        .meta({ id: 'SignIn' }),
    ),
  })
  .meta({ id: 'SignInList' });

/** Checks a {@link SignedOut}. */
export const signedOutSchema: z.ZodType<SignedOut> = z
  .object({ providerUrl: z.string().optional() })
  .meta({ id: 'SignedOut' });
