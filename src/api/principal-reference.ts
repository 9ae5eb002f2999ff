import { z } from 'zod';

/** A principal as others see it. */
export interface PrincipalReference {
  /** `<provider>:<subject>`, as in policies and the ledger. */
  readonly id: string;
  /** For people to read, as it was at that time. */
  readonly name: string;
}

/** Checks a {@link PrincipalReference}. */
export const principalReferenceSchema: z.ZodType<PrincipalReference> = z
  .object({ id: z.string(), name: z.string() })
  .meta({ id: 'PrincipalReference' });

/** Checks the id of a principal, as clients send it. */
export const principalIdSchema: z.ZodString = z.string().min(3).max(512);
