import { z } from 'zod';
import { type AlertView, alertSchema } from './overview.ts';

/**
 * Something changed that the asker may see. Says what to read again, and holds no content: a
 * server-sent event whose name is `kind`.
 */
export type LiveEvent =
  | {
      readonly kind: 'request.changed';
      readonly id: string;
      readonly requestKind: 'operation' | 'grant' | 'break-glass';
      readonly state: string;
      readonly target: string;
    }
  | {
      readonly kind: 'session.changed';
      readonly id: string;
      readonly state: 'live' | 'ended';
      readonly target: string;
    }
  | {
      readonly kind: 'grant.changed';
      readonly id: string;
      readonly state: 'active' | 'ended';
      readonly target: string;
    }
  | { readonly kind: 'alert'; readonly alert: AlertView }
  /** Events may have been lost: read everything again. */
  | { readonly kind: 'reset' };

/** Checks the data of one event of `/v1/events`. */
export const liveEventSchema: z.ZodType<LiveEvent> = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('request.changed'),
      id: z.string(),
      requestKind: z.enum(['operation', 'grant', 'break-glass']),
      state: z.string(),
      target: z.string(),
    }),
    z.object({
      kind: z.literal('session.changed'),
      id: z.string(),
      state: z.enum(['live', 'ended']),
      target: z.string(),
    }),
    z.object({
      kind: z.literal('grant.changed'),
      id: z.string(),
      state: z.enum(['active', 'ended']),
      target: z.string(),
    }),
    z.object({ kind: z.literal('alert'), alert: alertSchema }),
    z.object({ kind: z.literal('reset') }),
  ])
  .meta({ id: 'LiveEvent' });
