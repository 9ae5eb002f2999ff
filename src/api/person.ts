import { z } from 'zod';
import { PAGE_FIELDS, type PageQuery } from './page.ts';

/** A principal that the gateway has seen. */
export interface PersonView {
  /** `<provider>:<subject>`. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'person' | 'workload';
  readonly provider: string;
  /** As of the last sign-in. */
  readonly groups: readonly string[];
  /** ISO 8601. */
  readonly firstSeenAt: string;
  /** ISO 8601. */
  readonly lastSeenAt: string;
  /** Barred by the configuration. */
  readonly disabled: boolean;
}

export interface PersonList {
  /** Seen last first. */
  readonly people: readonly PersonView[];
  readonly nextCursor?: string | undefined;
}

/** What a list of people is narrowed down by. */
export interface PersonQuery extends PageQuery {
  /** Part of the name or of the id. */
  readonly q?: string | undefined;
}

/** Checks a {@link PersonList}. */
export const personListSchema: z.ZodType<PersonList> = z
  .object({
    people: z.array(
      z
        .object({
          id: z.string(),
          name: z.string(),
          kind: z.enum(['person', 'workload']),
          provider: z.string(),
          groups: z.array(z.string()),
          firstSeenAt: z.iso.datetime(),
          lastSeenAt: z.iso.datetime(),
          disabled: z.boolean(),
        })
        .meta({ id: 'Person' }),
    ),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'PersonList' });

/** Query parameters. */
export const personQuerySchema: z.ZodType<PersonQuery> = z.strictObject({
  q: z.string().min(1).max(200).optional(),
  ...PAGE_FIELDS,
});
