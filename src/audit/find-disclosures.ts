import { hash } from 'node:crypto';
import {
  type Doubt,
  matchPatient,
  parseEvidence,
  type SoughtPatient,
} from '../masking/rows/match-patient.ts';
import { derivePatientKey, PatientHasher } from '../masking/rows/patient-hasher.ts';
import type { ContentKeys } from './content-opener.ts';
import type { Entry } from './decode-entry.ts';
import { readEntries } from './read-entries.ts';

/** Whose data on which target are asked after. */
export interface DisclosureSearch {
  readonly target: string;
  readonly patient: SoughtPatient;
  /** The key that the gateway derives pseudonyms from. */
  readonly masterKey: Buffer;
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly sinceMs?: number | undefined;
}

/** A result that showed rows of a patient, or may have. */
export interface Disclosure {
  /** ISO 8601. */
  readonly at: string;
  readonly logName: string;
  readonly seq: number;
  readonly session: string;
  readonly principalId: string;
  readonly principalName: string;
  /** Hex SHA-256 of the statement; undefined if its content cannot be read. */
  readonly statementSha256: string | undefined;
  /** `maybe`: the ledger cannot tell. */
  readonly match: 'yes' | 'maybe';
  /** Why it cannot. `unreadable`: the entry is of a later version. */
  readonly doubts: readonly (Doubt | 'unreadable')[];
  /** Of the whole result, of all its patients. */
  readonly rows: number;
  /** Data classes shown raw, masked at the source, and found and masked in text. */
  readonly raw: readonly string[];
  readonly masked: readonly string[];
  readonly found: readonly string[];
}

/** Operations of a session whose results may still come: more than clients have in flight. */
const OPERATIONS_MAX = 1000;

const UNREADABLE = { match: 'maybe', doubts: ['unreadable'] } as const;

/** What the entries of a session said so far. */
interface Seer {
  readonly target: unknown;
  readonly principalId: string;
  readonly principalName: string;
  /** How many operations it had. */
  operations: number;
  /** Digests of its last statements, by the number of the operation. */
  readonly digests: Map<unknown, string | undefined>;
}

/**
 * Finds the results that showed rows of one patient, in the order of time. Reads the whole ledger: who
 * acts in a session stands in its first entry only, and what was asked in the `operation` of a `result`.
 *
 * @param ledgerDirectory As for `readEntries`.
 * @param keys Open the contents, for digests of statements. Undefined leaves them sealed.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` at a damaged record.
 */
export async function* findDisclosures(
  ledgerDirectory: string,
  search: DisclosureSearch,
  keys?: ContentKeys,
): AsyncGenerator<Disclosure, void> {
  const hasher = new PatientHasher(derivePatientKey(search.masterKey));
  const sinceMs = search.sinceMs ?? Number.NEGATIVE_INFINITY;
  const seers = new Map<string, Seer>();
  for await (const { logName, entry } of readEntries(ledgerDirectory, {}, keys)) {
    const { kind, session, at, seq } = entry;
    if (session === undefined) continue;
    if (kind === 'session.start') seers.set(session, describeSeer(entry));
    const seer = seers.get(session);
    if (kind === 'operation' && seer !== undefined) noteOperation(seer, entry);
    if (kind === 'session.end') seers.delete(session);
    if (kind !== 'result' || Date.parse(at) < sinceMs) continue;
    // A session without a beginning may be any target's: what cannot be told is shown.
    if (seer !== undefined && seer.target !== search.target) continue;

    const evidence = parseEvidence(entry);
    // Evidence that cannot be read cannot clear anybody.
    const { match, doubts } =
      evidence === undefined ? UNREADABLE : matchPatient(evidence, search.patient, hasher);
    if (match === 'no') continue;
    yield {
      at,
      logName,
      seq,
      session,
      principalId: seer?.principalId ?? '',
      principalName: seer?.principalName ?? '',
      statementSha256: seer?.digests.get(entry['operation']),
      match,
      doubts,
      rows: evidence?.rows ?? 0,
      raw: Object.keys(evidence?.raw ?? {}),
      masked: Object.keys(evidence?.masked ?? {}),
      found: Object.keys(evidence?.found ?? {}),
    };
  }
}

function describeSeer(entry: Entry): Seer {
  const { target, principal } = entry;
  const { id, name } = (principal ?? {}) as { readonly id?: unknown; readonly name?: unknown };
  return {
    target,
    principalId: textOf(id) ?? '',
    principalName: textOf(name) ?? '',
    operations: 0,
    digests: new Map(),
  };
}

function noteOperation(seer: Seer, entry: Entry): void {
  seer.operations += 1;
  seer.digests.set(seer.operations, digestOf(entry));
  seer.digests.delete(seer.operations - OPERATIONS_MAX);
}

/** The digest stands beside a text that is not whole, or not what came over the wire. */
function digestOf({ text, textSha256 }: Entry): string | undefined {
  return textOf(textSha256) ?? (text === undefined ? undefined : hash('sha256', text, 'hex'));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
