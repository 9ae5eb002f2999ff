import { z } from 'zod';

/** The public keys of what the gateway tells HTTP targets of their callers. @see RFC 7517 */
export interface CallerKeys {
  readonly keys: readonly {
    readonly kty: string;
    readonly crv: string;
    readonly x: string;
    readonly kid: string;
    readonly use: 'sig';
    readonly alg: 'EdDSA';
  }[];
}

/** Checks a {@link CallerKeys}. */
export const callerKeysSchema: z.ZodType<CallerKeys> = z
  .object({
    keys: z.array(
      z.object({
        kty: z.string(),
        crv: z.string(),
        x: z.string(),
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.literal('EdDSA'),
      }),
    ),
  })
  .meta({ id: 'CallerKeys' });
