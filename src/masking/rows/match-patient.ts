import { BloomFilter, isPowerOfTwo } from './bloom-filter.ts';
import type { PatientHasher } from './patient-hasher.ts';
import { PatientIdReader } from './patient-id.ts';
import type { PatientsFields } from './patient-set.ts';
import type { EvidenceFields } from './result-evidence.ts';

/** Whether a patient was among those whose rows a result showed. */
export type PatientMatch = 'yes' | 'maybe' | 'no';

/** Why the evidence cannot tell. */
export type Doubt =
  /** The result had too many patients to keep each of them. */
  | 'sketch'
  /** It showed pseudonyms, and the patient's are not known. */
  | 'pseudonyms'
  /** It read rows without showing whose they were. */
  | 'unseen'
  /** The statement named the patient; whether one of its rows was the patient's, it did not show. */
  | 'named'
  /** It was hashed under another key. */
  | 'other-key';

/** An answer, and what is in doubt where it is `maybe`. */
export interface MatchResult {
  readonly match: PatientMatch;
  readonly doubts: readonly Doubt[];
}

/** The patient that is asked for. */
export interface SoughtPatient {
  /** As in the column that is the patient key. */
  readonly id: string;
  /** What masks make of the id; undefined if that is not known. */
  readonly pseudonyms?: readonly string[] | undefined;
  /** The same in forms of so few digits that other patients have them, too. */
  readonly vaguePseudonyms?: readonly string[] | undefined;
  /** Some masks make of the id what cannot be told from what they make of others. Default: no. */
  readonly hasOtherMasks?: boolean;
}

/** Says whether rows of a patient were among those of a result. A `no` is certain. */
export function matchPatient(
  evidence: EvidenceFields,
  { id, pseudonyms, vaguePseudonyms = [], hasOtherMasks = false }: SoughtPatient,
  hasher: PatientHasher,
): MatchResult {
  const reader = new PatientIdReader();
  const answers: (boolean | Doubt)[] = [];
  if (evidence.patients !== undefined) {
    reader.readText(id);
    answers.push(isAmong(evidence.patients, reader, hasher));
  }
  if (evidence.pseudonyms !== undefined) {
    if (pseudonyms === undefined || hasOtherMasks) answers.push('pseudonyms');
    for (const pseudonym of vaguePseudonyms) {
      reader.readText(pseudonym);
      const answer = isAmong(evidence.pseudonyms, reader, hasher);
      answers.push(answer === true ? 'pseudonyms' : answer);
    }
    for (const pseudonym of pseudonyms ?? []) {
      reader.readText(pseudonym);
      answers.push(isAmong(evidence.pseudonyms, reader, hasher));
    }
  }
  if (evidence.named !== undefined) {
    reader.readText(id);
    const answer = isAmong(evidence.named, reader, hasher);
    answers.push(answer === true ? 'named' : answer);
  }
  if (evidence.unseen === true) answers.push('unseen');
  if (answers.includes(true)) return { match: 'yes', doubts: [] };
  const doubts = [...new Set(answers.filter((answer) => typeof answer === 'string'))];
  return { match: doubts.length > 0 ? 'maybe' : 'no', doubts };
}

/** The answer of {@link matchPatient} alone. */
export function matchesPatient(
  evidence: EvidenceFields,
  patient: SoughtPatient,
  hasher: PatientHasher,
): PatientMatch {
  return matchPatient(evidence, patient, hasher).match;
}

function isAmong(
  patients: PatientsFields,
  { bytes, start, end }: PatientIdReader,
  hasher: PatientHasher,
): boolean | Doubt {
  if (patients.key !== hasher.keyId) return 'other-key';
  switch (patients.form) {
    case 'exact':
      return patients.hashes.includes(hasher.digest(bytes, start, end));
    case 'sketch': {
      const { sip } = hasher;
      sip.update(bytes, start, end);
      const filter = new BloomFilter(Buffer.from(patients.filter, 'base64url'));
      return filter.mayHave(sip.high, sip.low) ? 'sketch' : false;
    }
  }
}

/** Reads evidence out of an entry. Undefined if the entry has none, or not in a form that is known here. */
export function parseEvidence(value: unknown): EvidenceFields | undefined {
  if (!isRecord(value) || typeof value['rows'] !== 'number') return undefined;
  const sets = [value['patients'], value['pseudonyms'], value['named']];
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
