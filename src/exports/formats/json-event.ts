import { findFacts } from '../event-facts.ts';
import type { ExportRecord } from '../export-record.ts';

/** An entry in the gateway's own words. */
export interface JsonEvent {
  /** Of this form. */
  readonly version: 1;
  readonly id: string;
  readonly log: string;
  readonly seq: number;
  readonly leafHash: string;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: string;
  readonly title: string;
  readonly severity: string;
  readonly outcome: string;
  readonly session?: string;
  readonly principal?: string;
  readonly principalName?: string;
  readonly groups?: readonly string[];
  readonly target?: string;
  readonly database?: string;
  readonly clientAddress?: string;
  readonly applicationName?: string;
  readonly statement?: {
    readonly text?: string;
    readonly cut?: true;
    readonly bytes: number;
    readonly sha256?: string;
  };
  /** What the entry says beside its statement. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly withheld?: string;
}

/** Says an entry in the gateway's own words. */
export function toJsonEvent(record: ExportRecord): JsonEvent {
  const { id, log, seq, leafHash, at, kind, sessionId, statement, fields, withheld } = record;
  const { title, severity, outcome, actor, ...facts } = findFacts(record);
  return {
    version: 1,
    id,
    log,
    seq,
    leafHash,
    at,
    kind,
    title,
    severity,
    outcome,
    ...(sessionId !== undefined && { session: sessionId }),
    ...(actor !== undefined && { principal: actor.id, groups: actor.groups }),
    ...(actor?.name !== undefined && { principalName: actor.name }),
    ...(facts.target !== undefined && { target: facts.target }),
    ...(facts.database !== undefined && { database: facts.database }),
    ...(facts.clientAddress !== undefined && { clientAddress: facts.clientAddress }),
    ...(facts.applicationName !== undefined && { applicationName: facts.applicationName }),
    ...(statement !== undefined && {
      statement: {
        bytes: statement.bytes,
        ...(statement.text !== undefined && { text: statement.text }),
        ...(statement.isCut && { cut: true as const }),
        ...(statement.sha256 !== undefined && { sha256: statement.sha256 }),
      },
    }),
    fields,
    ...(withheld !== undefined && { withheld }),
  };
}

/**
 * A document on one line. JSON escapes control characters; the two line separators of Unicode, which some
 * readers take for line ends, are escaped as well.
 */
export function toJsonLine(document: unknown): string {
  return JSON.stringify(document)
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
    .replaceAll('\u0085', '\\u0085');
}
