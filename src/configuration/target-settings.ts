import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import type { FileSide } from './credential-place.ts';
import { duration, entityName, line, section, size } from './fields.ts';

/** How durable an entry must be before its operation is forwarded. */
export type SealMode = 'sealed' | 'written';

/** A reference to a secret (`env:NAME`, `file:/path`, `vault:name`), never the secret itself. */
export type SecretReference = string;

/** What the file of every target says, whatever protocol it speaks. */
export interface TargetSettings {
  /** From the file's name unless it says otherwise. */
  readonly name: string;
  readonly description: string;
  readonly host: string;
  readonly port: number;
  /** Names of connectors that lead to it; where there are none, it is reached directly. */
  readonly connectors: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly seal: SealMode;
  readonly recording: {
    readonly enabled: boolean;
    /** Recorded bytes per session, before compression; then digests and counts go on. */
    readonly bytesMax: number;
  };
  /** Milliseconds; 0 for none. */
  readonly idleTimeoutMs: number;
  /** Whether operations that need a review wait for it, or fail at once and may be tried again. */
  readonly onReview: {
    readonly people: 'wait' | 'fail';
    readonly workloads: 'wait' | 'fail';
  };
}

/** What a target's file leaves to the rest of the configuration. */
export interface TargetDefaults {
  /** What paths are relative to, and the sources of secrets that there are. */
  readonly root: ConfigurationRoot;
  /** From the file's name. */
  readonly name: string;
  /** From `limits.idleTimeout`. */
  readonly idleTimeoutMs: number;
  /** Whose file it is. */
  readonly side: FileSide;
}

/** The schema of one kind of target's file, which its `kind` tells from the others. */
export type TargetFileSchema<File> = z.ZodType<
  File,
  unknown,
  z.core.$ZodTypeInternals<File> & { readonly propValues: z.core.util.PropValues }
>;

/** The schema of {@link TargetSettings}, but for what each protocol says in its own way. */
export interface TargetSettingsShape {
  readonly name: z.ZodType<string>;
  /** Becomes `connectors`. */
  readonly connector: z.ZodType<readonly string[]>;
  readonly labels: z.ZodType<TargetSettings['labels']>;
  readonly seal: z.ZodType<SealMode>;
  readonly recording: z.ZodType<TargetSettings['recording']>;
  /** Becomes `idleTimeoutMs`. */
  readonly idleTimeout: z.ZodType<number>;
  readonly onReview: z.ZodType<TargetSettings['onReview']>;
}

const CONNECTORS_MAX = 8;

/** The fields of a target's file that are the same for every protocol. */
export function targetSettings({ name, idleTimeoutMs }: TargetDefaults): TargetSettingsShape {
  return {
    name: entityName().prefault(name),
    connector: connectorNames().default([]),
    labels: z.record(entityName(), line(256)).default({}),
    seal: z.enum(['sealed', 'written']).default('sealed'),
    recording: section({
      enabled: z.boolean().default(true),
      sizeMax: size('0B', '100GiB').default(16 * 2 ** 20),
    })
      .prefault({})
      .transform(({ enabled, sizeMax }) => ({ enabled, bytesMax: sizeMax })),
    idleTimeout: duration('0s', '30d').default(idleTimeoutMs),
    onReview: section({
      people: z.enum(['wait', 'fail']).default('wait'),
      workloads: z.enum(['wait', 'fail']).default('fail'),
    }).prefault({}),
  };
}

/** One name, or several. */
function connectorNames(): z.ZodType<readonly string[]> {
  const several = z
    .array(entityName())
    .min(1)
    .max(CONNECTORS_MAX)
    .refine((names) => new Set(names).size === names.length, {
      message: 'must not name a connector twice',
    });
  return z.union([entityName().transform((name) => [name]), several], {
    error: 'must be the name of a connector, or a list of different ones',
  });
}
