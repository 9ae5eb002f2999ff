import { z } from 'zod';
import { section } from './fields.ts';
import { hostName } from './host-name.ts';

/** By which names clients reach what speaks HTTP. */
export interface HttpSettings {
  /** Clients may write `<target>.<suffix>` for a target. */
  readonly suffix: string;
  /** Names of the listeners themselves, beside the suffix: there targets are told apart by `pathPrefix`. */
  readonly hostNames: readonly string[];
  /** By which clients reach the listeners. Undefined: that of the first. */
  readonly port: number | undefined;
}

const HOST_NAMES_MAX = 50;

/** The section `http` of `sallyport.yaml`. */
export function httpSchema(): z.ZodType<HttpSettings> {
  return section({
    suffix: hostName().default('sallyport'),
    hostNames: z.array(hostName()).max(HOST_NAMES_MAX).default([]),
    port: z.int().min(1).max(65_535).optional(),
  })
    .transform((settings) => ({ ...settings, port: settings.port }))
    .prefault({});
}
