import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import { line, path } from './fields.ts';

/** How strictly the gateway checks a target's certificate (libpq's words). */
export type UpstreamTlsMode = 'verify-full' | 'verify-ca' | 'require' | 'disable';

/** TLS towards a target. */
export interface UpstreamTls {
  readonly mode: UpstreamTlsMode;
  /** PEM file with the certificate authorities to trust; the system's when absent. */
  readonly caFile?: string;
  /** Name that the certificate must carry; the target's `host` when absent. */
  readonly serverName?: string;
}

/** The schemas of the fields of {@link UpstreamTls}. */
export function upstreamTlsShape(root: ConfigurationRoot): {
  readonly mode: z.ZodDefault<z.ZodType<UpstreamTlsMode>>;
  readonly caFile: z.ZodExactOptional<z.ZodType<string>>;
  readonly serverName: z.ZodExactOptional<z.ZodType<string>>;
} {
  const mode: z.ZodType<UpstreamTlsMode> = z.enum([
    'verify-full',
    'verify-ca',
    'require',
    'disable',
  ]);
  return {
    mode: mode.default('verify-full'),
    caFile: path(root).exactOptional(),
    serverName: line(253).exactOptional(),
  };
}
