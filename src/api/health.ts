import { z } from 'zod';

/** Says only what a load balancer needs; what is wrong is in the log and in `sallyport doctor`. */
export interface Health {
  readonly status: 'ok' | 'unavailable';
  /** The gateway's clock, ISO 8601: clients compare theirs with it. */
  readonly time: string;
}

/** Checks a {@link Health}. */
export const healthSchema: z.ZodType<Health> = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    time: z.iso.datetime(),
  })
  .meta({ id: 'Health' });
