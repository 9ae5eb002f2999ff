import { z } from 'zod';
import { type DataMapView, dataMapSchema } from './data-map.ts';

/** A target as somebody who may connect to it sees it: neither its address nor its credential. */
export interface VisibleTarget {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  /** Opened when only the target is named; "" where there are no databases. */
  readonly database: string;
  /** The user on the host when only the target is named; "" where there are no users to name. */
  readonly account: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where it is reached by HTTP, without a slash at its end. Absent where it is not. */
  readonly url?: string | undefined;
}

export interface TargetList {
  readonly targets: readonly VisibleTarget[];
}

/** One target, with how it is doing and what its columns hold. */
export interface TargetDetail extends VisibleTarget {
  /** Databases that clients can name. */
  readonly databases: readonly string[];
  /** Users of the host that clients can name. */
  readonly accounts: readonly string[];
  readonly health: TargetHealth;
  /** Absent when the target has none: then nothing is masked. */
  readonly dataMap?: DataMapView | undefined;
  /** Whether the asker may have columns discovered and confirm what they hold. */
  readonly mayChange: boolean;
}

export interface TargetHealth {
  readonly state: 'reachable' | 'unreachable';
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Milliseconds until it had accepted the gateway's login. */
  readonly latencyMs?: number | undefined;
  readonly serverVersion?: string | undefined;
  /** What is wrong, without secrets. */
  readonly problem?: string | undefined;
}

const targetObject = z.object({
  name: z.string(),
  kind: z.string(),
  description: z.string(),
  database: z.string(),
  account: z.string(),
  labels: z.record(z.string(), z.string()),
  url: z.url({ protocol: /^https?$/ }).optional(),
});

/** Checks a {@link TargetList}; fields that are not for the asker are dropped. */
export const targetListSchema: z.ZodType<TargetList> = z
  .object({ targets: z.array(targetObject.meta({ id: 'Target' })) })
  .meta({ id: 'TargetList' });

/** Checks a {@link TargetDetail}; fields that are not for the asker are dropped. */
export const targetDetailSchema: z.ZodType<TargetDetail> = targetObject
  .extend({
    databases: z.array(z.string()),
    accounts: z.array(z.string()),
    health: z.object({
      state: z.enum(['reachable', 'unreachable']),
      checkedAt: z.iso.datetime(),
      latencyMs: z.number().optional(),
      serverVersion: z.string().optional(),
      problem: z.string().optional(),
    }),
    dataMap: dataMapSchema.optional(),
    mayChange: z.boolean(),
  })
  .meta({ id: 'TargetDetail' });
