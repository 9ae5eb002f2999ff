import { z } from 'zod';

/** A process of a gateway on the store, as it last said of itself. */
export interface GatewayProcessView {
  /** The process, by its log. */
  readonly log: string;
  readonly gateway: string;
  readonly version: string;
  /** When it started. ISO 8601, as all instants. */
  readonly since: string;
  /** Its last sign of life. */
  readonly seenAt: string;
  /** `draining`: it takes no new sessions, or is about to. `silent`: it gave no sign of life for a while. */
  readonly state: 'serving' | 'draining' | 'silent';
  readonly drainingSince?: string | undefined;
  /** Sessions of it that have not ended. */
  readonly sessions: number;
  /** What is wrong with it, in words. */
  readonly problems: readonly string[];
}

/** All of them, by name. */
export interface GatewayList {
  readonly processes: readonly GatewayProcessView[];
}

const gatewayProcessSchema: z.ZodType<GatewayProcessView> = z.object({
  log: z.string(),
  gateway: z.string(),
  version: z.string(),
  since: z.iso.datetime(),
  seenAt: z.iso.datetime(),
  state: z.enum(['serving', 'draining', 'silent']),
  drainingSince: z.iso.datetime().optional(),
  sessions: z.int(),
  problems: z.array(z.string()),
});

/** Checks a {@link GatewayList}. */
export const gatewayListSchema: z.ZodType<GatewayList> = z
  .object({ processes: z.array(gatewayProcessSchema) })
  .meta({ id: 'GatewayList' });
