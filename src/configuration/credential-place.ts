import { z } from 'zod';
import type { UpstreamTls } from './upstream-tls.ts';

/** Whose file it is: a gateway's, or a connector's. */
export type FileSide = 'gateway' | 'connector';

/** The other side of the tunnel has the credential, and logs in. */
export interface CredentialElsewhere {
  readonly kind: 'elsewhere';
}

const ELSEWHERE: CredentialElsewhere = { kind: 'elsewhere' };

/**
 * The schema of a credential that is given here, or said to be at the other side: `{at: connector}` in the file of
 * a gateway, `{at: gateway}` in that of a connector.
 */
export function credentialOf<Credential>(
  side: FileSide,
  here: z.ZodType<Credential>,
): z.ZodType<Credential | CredentialElsewhere> {
  const other = side === 'gateway' ? 'connector' : 'gateway';
  return z.unknown().transform((value, context) => {
    if (isObject(value) && Object.hasOwn(value, 'at')) {
      if (value['at'] === other && Object.keys(value).length === 1) return ELSEWHERE;
      const message = `must be {at: ${other}} and nothing else, or a credential without at`;
      context.issues.push({ code: 'custom', message, input: undefined });
      return z.NEVER;
    }
    const reading = here.safeParse(value);
    if (reading.success) return reading.data;
    // They keep their paths, and say no value: `describeIssue` looks that up.
    for (const issue of reading.error.issues) context.issues.push({ ...issue, input: undefined });
    return z.NEVER;
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What a target's file says of the way to it, and of what the side that logs in has to say alone. */
export interface Placement {
  readonly credential: { readonly kind: string };
  readonly connector: readonly string[];
}

/** A setting that stands in the file of the side that logs in, and whether it stands in this one. */
export type SettingOfLogin = readonly [path: readonly string[], isGiven: boolean];

/** Finds what a target's file says in contradiction to where its credential is. */
export function checkPlacement(
  { credential, connector }: Placement,
  side: FileSide,
  settings: readonly SettingOfLogin[],
  issues: z.core.$ZodRawIssue[],
): void {
  const complain = (path: readonly string[], message: string): void => {
    issues.push({ code: 'custom', path: [...path], message, input: undefined });
  };
  if (side === 'connector' && connector.length > 0) {
    complain(['connector'], 'must not be given: this is the connector');
  }
  if (credential.kind !== 'elsewhere') return;
  if (side === 'gateway' && connector.length === 0) {
    complain(['connector'], 'must be given, since the credential is at the connector');
  }
  const other = side === 'gateway' ? 'connector' : 'gateway';
  for (const [path, isGiven] of settings) {
    if (isGiven) complain(path, `must not be given: the ${other} logs in, and its file says so`);
  }
}

/** Whether a file says anything of TLS: what is missing is the default. */
export function givesTls({ mode, caFile, serverName }: UpstreamTls): boolean {
  return mode !== 'verify-full' || caFile !== undefined || serverName !== undefined;
}
