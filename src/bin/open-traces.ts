import { readFile } from 'node:fs/promises';
import type { TraceSettings } from '../configuration/telemetry-settings.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';
import type { Tracing } from '../telemetry/traces.ts';
import { VERSION } from './version.ts';

/**
 * Traces sessions as the configuration says. Undefined where it does not: then nothing of it is even loaded.
 *
 * @throws If a secret or a file that it names cannot be read.
 */
export async function openTraces(
  settings: TraceSettings | undefined,
  resolveSecret: ResolveSecret,
): Promise<Tracing | undefined> {
  if (settings === undefined) return undefined;
  const { url, caFile, authorization, ratio, intervalMs } = settings;
  const { openTracing, sendTraces } = await import('../telemetry/traces.ts');
  const processor = sendTraces({
    url,
    ca: caFile === undefined ? undefined : await readFile(caFile, 'utf8'),
    authorization:
      authorization === undefined
        ? undefined
        : (await resolveSecret(authorization)).toString('utf8').trim(),
    intervalMs,
  });
  return openTracing({ version: VERSION, ratio, processor });
}
