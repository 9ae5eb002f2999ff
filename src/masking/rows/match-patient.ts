import { BloomFilter, isPowerOfTwo } from './bloom-filter.ts';
import type { PatientHasher } from './patient-hasher.ts';
import { PatientIdReader } from './patient-id.ts';
import type { PatientsFields } from './patient-set.ts';
import type { EvidenceFields } from './result-evidence.ts';

/** Whether a patient was among those whose rows a result showed. */
export type PatientMatch = 'yes' | 'maybe' | 'no';

/** The patient that is asked for. */
export interface SoughtPatient {
  /** As in the column that is the patient key. */
  readonly id: string;
  /** What masks make of the id; undefined if that is not known. */
  readonly pseudonyms?: readonly string[] | undefined;
}

/**
 * Says whether rows of a patient were among those of a result.
 *
 * `maybe`: the result had too many patients to keep each of them, was hashed under another key, or read
 * rows without showing whose they were.
 */
export function matchesPatient(
  evidence: EvidenceFields,
  { id, pseudonyms }: SoughtPatient,
  hasher: PatientHasher,
): PatientMatch {
  const reader = new PatientIdReader();
  const matches: PatientMatch[] = [];
  if (evidence.patients !== undefined) {
    reader.readText(id);
    matches.push(isAmong(evidence.patients, reader, hasher));
  }
  if (evidence.pseudonyms !== undefined) {
    if (pseudonyms === undefined) matches.push('maybe');
    for (const pseudonym of pseudonyms ?? []) {
      reader.readText(pseudonym);
      matches.push(isAmong(evidence.pseudonyms, reader, hasher));
    }
  }
  if (matches.includes('yes')) return 'yes';
  return matches.includes('maybe') || evidence.unseen === true ? 'maybe' : 'no';
}

function isAmong(
  patients: PatientsFields,
  { bytes, start, end }: PatientIdReader,
  hasher: PatientHasher,
): PatientMatch {
  if (patients.key !== hasher.keyId) return 'maybe';
  switch (patients.form) {
    case 'exact':
      return patients.hashes.includes(hasher.digest(bytes, start, end)) ? 'yes' : 'no';
    case 'sketch': {
      const { sip } = hasher;
      sip.update(bytes, start, end);
      const filter = new BloomFilter(Buffer.from(patients.filter, 'base64url'));
      return filter.mayHave(sip.high, sip.low) ? 'maybe' : 'no';
    }
  }
}

/** Reads evidence out of an entry. Undefined if the entry has none, or not in a form that is known here. */
export function parseEvidence(value: unknown): EvidenceFields | undefined {
  if (!isRecord(value) || typeof value['rows'] !== 'number') return undefined;
  const sets = [value['patients'], value['pseudonyms']];
  if (!sets.every((set) => set === undefined || isPatients(set))) return undefined;
  // The other fields are counts for people to read; nothing is decided by them.
  return value as unknown as EvidenceFields;
}

function isPatients(value: unknown): boolean {
  if (!isRecord(value) || typeof value['key'] !== 'string') return false;
  if (value['form'] === 'exact') {
    const { hashes } = value as { readonly hashes?: unknown };
    return Array.isArray(hashes) && hashes.every((each) => typeof each === 'string');
  }
  const { filter } = value as { readonly filter?: unknown };
  if (value['form'] !== 'sketch' || typeof filter !== 'string') return false;
  return isPowerOfTwo(Buffer.from(filter, 'base64url').length);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
