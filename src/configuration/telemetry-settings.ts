import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import {
  type Address,
  address,
  duration,
  path,
  secretReference,
  section,
  webUrl,
} from './fields.ts';

/** The section `metrics` of `sallyport.yaml`: what monitoring asks, without signing in. */
export interface MetricsSettings {
  readonly address: Address;
}

/** The section `traces` of `sallyport.yaml`. */
export interface TraceSettings {
  /** Of an OTLP receiver, without a slash at its end. */
  readonly url: string;
  /** PEM file of the authorities that its certificate may be from; the system's when undefined. */
  readonly caFile: string | undefined;
  /** Reference to what follows `Authorization: `. */
  readonly authorization: string | undefined;
  /** Share of sessions that are traced, 0 to 1. */
  readonly ratio: number;
  /** Milliseconds between two deliveries. */
  readonly intervalMs: number;
}

/** Undefined when left out: nothing is served. */
export function metricsSchema(): z.ZodType<MetricsSettings | undefined> {
  return section({ address: address(9464).prefault('127.0.0.1:9464') }).optional();
}

/** Undefined when left out: nothing is traced. */
export function tracesSchema(root: ConfigurationRoot): z.ZodType<TraceSettings | undefined> {
  return section({
    url: webUrl(),
    caFile: path(root).optional(),
    authorization: secretReference(root).optional(),
    ratio: z.number().min(0).max(1).default(0.01),
    interval: duration('1s', '1m').prefault('5s'),
  })
    .transform(({ interval, ...settings }) => ({
      ...settings,
      caFile: settings.caFile,
      authorization: settings.authorization,
      intervalMs: interval,
    }))
    .optional();
}
