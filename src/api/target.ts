import { z } from 'zod';

/** A target as somebody who may connect to it sees it: neither its address nor its credential. */
export interface VisibleTarget {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  /** Opened when only the target is named. */
  readonly database: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface TargetList {
  readonly targets: readonly VisibleTarget[];
}

/** Checks a {@link TargetList}; fields that are not for the asker are dropped. */
export const targetListSchema: z.ZodType<TargetList> = z.object({
  targets: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      description: z.string(),
      database: z.string(),
      labels: z.record(z.string(), z.string()),
    }),
  ),
});
