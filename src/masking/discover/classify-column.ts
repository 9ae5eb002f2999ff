import {
  type ColumnEvidence,
  holdsCodes,
  holdsStates,
  shareOf,
  type TypeFamily,
  VALUES_MIN,
} from './column-evidence.ts';
import { dependsOnZip, looksLikeZips, type RelationEvidence } from './relation-evidence.ts';
import type { ColumnProposal } from './sampled-relation.ts';

/** What a column holds, as far as it can be told. */
export type ColumnJudgement = Pick<ColumnProposal, 'dataClass' | 'confidence' | 'reason'>;

type Judge = (column: ColumnEvidence, relation: RelationEvidence) => ColumnJudgement | undefined;

/** Classes that a number can be of. What else its name says, it is a key of: `address_id`. */
const NUMERIC: ReadonlySet<string> = new Set([
  'ssn',
  'mrn',
  'zip',
  'age',
  'phone',
  'fax',
  'account-number',
  'health-plan-id',
  'license-number',
  'device-id',
  'geo-coordinates',
]);

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const DATE = /^(?:[[(]?\d{4}[-/]\d{2}[-/]\d{2}(?:[T ,].*)?|\d{1,2}\/\d{1,2}\/\d{4})$/;
const CAPITALISED = /^\p{Lu}[\p{L}'’-]+$/u;
const FULL_NAME = /^\p{Lu}[\p{L}'’.-]+,?(?: \p{Lu}[\p{L}'’.-]*){1,3}$/u;
/** Years between the first birth and the last of those in a relation, at least. */
const BIRTH_YEARS_MIN = 40;
/** Characters of a text that is no longer a name or a code. */
const PROSE_LENGTH_MIN = 40;

const JUDGES: Readonly<Record<TypeFamily, Judge>> = {
  network: () => judge('ip-address', 0.9, 'its type is that of network addresses'),
  mac: () => judge('device-id', 0.85, 'its type is that of hardware addresses'),
  json: () => judge('json', 0.75, 'documents may hold anything'),
  harmless: () => judge('none', 0.9, 'its type holds nothing that identifies'),
  bytes: judgeBytes,
  date: judgeDates,
  uuid: judgeUuids,
  integer: (...given) => judgeNamedNumber(...given) ?? judgeIntegers(...given),
  number: (...given) => judgeNamedNumber(...given) ?? judgeNumbers(...given),
  text: judgeText,
  other: () => undefined,
};

/** Says what a column holds, given what stands beside it. A confidence of 0 is no idea. */
export function classifyColumn(
  column: ColumnEvidence,
  relation: RelationEvidence,
): ColumnJudgement {
  return (
    JUDGES[column.family](column, relation) ?? judge('unmapped', 0, 'nothing tells what it holds')
  );
}

function judge(dataClass: string, confidence: number, reason: string): ColumnJudgement {
  return { dataClass, confidence, reason };
}

function judgeNamed({ named }: ColumnEvidence, confidence: number): ColumnJudgement | undefined {
  if (named === undefined) return undefined;
  const { dataClass, words, by } = named;
  const sure = by === 'name' ? confidence : confidence - 0.15;
  return judge(dataClass, sure, `its ${by} says "${words}"`);
}

function judgeBytes({ present, named }: ColumnEvidence): ColumnJudgement | undefined {
  const isPicture = (value: string): boolean =>
    /^\\x(?:ffd8ff|89504e47|47494638|424d)/i.test(value);
  if (shareOf(present, isPicture) >= 0.5) return judge('photo', 0.9, 'its values are pictures');
  if (named?.dataClass !== 'photo' && named?.dataClass !== 'biometric') return undefined;
  return judge(named.dataClass, 0.8, `its name says "${named.words}"`);
}

function judgeDates(column: ColumnEvidence, relation: RelationEvidence): ColumnJudgement {
  const named = column.named?.dataClass;
  if (named === 'birth-date' || named === 'death-date') {
    return judge(named, 0.95, `its name says "${column.named?.words}"`);
  }
  const { isAboutPeople, refersToPeople } = relation;
  if (isAboutPeople && looksLikeBirths(column)) {
    return judge('birth-date', 0.7, 'dates of many decades in a relation about people');
  }
  if (isAboutPeople || refersToPeople) {
    return judge('date', 0.8, 'dates in a relation about people');
  }
  if (named === 'date') return judge('date', 0.7, `its name says "${column.named?.words}"`);
  return judge('none', 0.6, 'dates in a relation that refers to nobody');
}

function looksLikeBirths({ column, present, distinct }: ColumnEvidence): boolean {
  const years = present.flatMap((value) => {
    const year = /\d{4}/.exec(value)?.[0];
    return year === undefined ? [] : [Number(year)];
  });
  return (
    distinct >= 20 &&
    present.length >= column.values.length * 0.9 &&
    Math.max(...years) - Math.min(...years) >= BIRTH_YEARS_MIN
  );
}

function judgeUuids(
  { isPersonReference, isUnique }: ColumnEvidence,
  { isAboutPeople }: RelationEvidence,
): ColumnJudgement {
  if (isPersonReference) return judge('other-id', 0.85, 'it refers to a person');
  if (isAboutPeople && isUnique) {
    return judge('other-id', 0.8, 'one for each row of a relation about people');
  }
  return judge('none', 0.6, 'keys that identify nobody outside of the database');
}

function judgeNamedNumber(
  column: ColumnEvidence,
  _relation: RelationEvidence,
): ColumnJudgement | undefined {
  const { named, present, family } = column;
  if (named === undefined) return undefined;
  if (named.dataClass === 'none') return judgeNamed(column, 0.8);
  if (!NUMERIC.has(named.dataClass) || /\bid$/.test(column.words)) return undefined;
  const [low, high] = rangeOf(present);
  if (named.dataClass === 'age' && (low < 0 || high > 130)) return undefined;
  if (named.dataClass === 'geo-coordinates') {
    return low >= -180 && high <= 180 ? judgeNamed(column, 0.9) : undefined;
  }
  return family === 'integer' || named.dataClass === 'age' ? judgeNamed(column, 0.9) : undefined;
}

function judgeIntegers(column: ColumnEvidence, relation: RelationEvidence): ColumnJudgement {
  const { present, distinct, isPersonReference } = column;
  const [low, high] = rangeOf(present);
  const isCounting =
    high - low < 20 * Math.max(present.length, 1) && distinct >= present.length * 0.9;
  if (isCounting && (column.words === 'id' || column.words.endsWith(' id') || isPersonReference)) {
    return judge('none', 0.7, 'numbers that the database counts up');
  }
  if (isPersonReference) {
    return high < 10_000_000
      ? judge('none', 0.6, 'it refers to numbers that the database counts up')
      : judge('other-id', 0.7, 'it refers to a person');
  }
  if (!relation.isAboutPeople) {
    return judge('none', 0.65, 'numbers in a relation that is not about people');
  }
  if (looksLikeZips(column)) return judge('zip', 0.65, 'its values look like postal codes');
  if (distinct >= 20 && low >= 0 && high <= 120) {
    return judge('age', 0.6, 'its values look like ages, in a relation about people');
  }
  if (distinct >= present.length * 0.98 && low >= 100_000) {
    return judge('other-id', 0.65, 'one number for each row of a relation about people');
  }
  return judge('none', 0.6, 'its values look like amounts');
}

function judgeNumbers(
  { present }: ColumnEvidence,
  { isAboutPeople }: RelationEvidence,
): ColumnJudgement {
  const [low, high] = rangeOf(present);
  const isPrecise = shareOf(present, (value) => /\.\d{4}/.test(value)) >= 0.8;
  if (isAboutPeople && isPrecise && low >= -180 && high <= 180 && present.length >= VALUES_MIN) {
    return judge('geo-coordinates', 0.7, 'its values look like coordinates');
  }
  return judge('none', 0.65, 'its values look like measurements or amounts');
}

function rangeOf(values: readonly string[]): readonly [low: number, high: number] {
  const numbers = values.map(Number);
  return [Math.min(...numbers), Math.max(...numbers)];
}

function judgeText(
  column: ColumnEvidence,
  relation: RelationEvidence,
): ColumnJudgement | undefined {
  const { present, shape, named } = column;
  if (present.length > 0 && shareOf(present, (value) => UUID.test(value)) >= 0.9) {
    return judgeUuids(column, relation);
  }
  if (present.length > 0 && shareOf(present, (value) => DATE.test(value)) >= 0.9) {
    return judgeDates(column, relation);
  }
  if (shape?.isSure === true) {
    // The name and the values contradict each other.
    if (named?.dataClass === 'none') return undefined;
    const isAgreed = named?.dataClass === shape.dataClass;
    return judge(shape.dataClass, isAgreed ? 0.95 : 0.85, `its values look like ${shape.title}`);
  }
  return judgeNamedText(column, relation) ?? judgeOpaqueText(column, relation);
}

function judgeNamedText(
  column: ColumnEvidence,
  relation: RelationEvidence,
): ColumnJudgement | undefined {
  const { named, shape } = column;
  if (named === undefined || named.dataClass === 'date') return undefined;
  if (named.dataClass === 'none') return judgeNamed(column, 0.8);
  if (named.dataClass === 'free-text') {
    return isProse(column, 20) || !holdsCodes(column) ? judgeNamed(column, 0.8) : undefined;
  }
  if (named.dataClass === 'name' && /^names?$/.test(named.words)) {
    if (shape?.dataClass === 'name') return judgeNamed(column, 0.9);
    if (!relation.isAboutPeople) {
      return mayBeNames(column) ? undefined : judge('none', 0.6, 'names, and not of people');
    }
  }
  return judgeNamed(column, 0.85);
}

function judgeOpaqueText(
  column: ColumnEvidence,
  relation: RelationEvidence,
): ColumnJudgement | undefined {
  const { present, distinct, shape, isPersonReference } = column;
  if (present.length === 0) return undefined;
  if (isPersonReference) return judge('other-id', 0.8, 'it refers to a person');
  if (holdsStates(column)) return judge('none', 0.8, 'its values are states, which may be shown');
  if (
    relation.isAboutPeople &&
    distinct > 5 &&
    dependsOnZip(column, relation) &&
    !looksLikeZips(column)
  ) {
    return judge('city', 0.65, 'its values go with postal codes');
  }
  if (shape !== undefined && relation.isAboutPeople) {
    return judge(shape.dataClass, 0.7, `its values look like ${shape.title}`);
  }
  if (holdsCodes(column)) return judge('none', 0.7, 'few values that repeat');
  if (isProse(column, PROSE_LENGTH_MIN))
    return judge('free-text', 0.75, 'its values are sentences');
  if (!relation.isAboutPeople) {
    return relation.refersToPeople || mayBeNames(column)
      ? undefined
      : judge('none', 0.6, 'nothing identifies, in a relation that refers to nobody');
  }
  if (looksLikeZips(column)) return judge('zip', 0.65, 'its values look like postal codes');
  if (distinct >= present.length * 0.9 && shareOf(present, isToken) >= 0.9) {
    return judge('other-id', 0.65, 'one code for each row of a relation about people');
  }
  if (shareOf(present, (value) => CAPITALISED.test(value)) >= 0.8) {
    return judge('name', 0.6, 'capitalised words that rarely repeat, in a relation about people');
  }
  return undefined;
}

/** Words that stand for themselves, mostly different ones: nobody can tell that they are no names. */
function mayBeNames(column: ColumnEvidence): boolean {
  if (holdsCodes(column)) return false;
  return shareOf(column.present, (value) => FULL_NAME.test(value)) >= 0.5;
}

function isToken(value: string): boolean {
  return /^\S{4,64}$/.test(value) && /\d/.test(value);
}

function isProse({ present }: ColumnEvidence, lengthMin: number): boolean {
  const total = present.reduce((sum, value) => sum + value.length, 0);
  return (
    total >= lengthMin * present.length && shareOf(present, (value) => / .+ /.test(value)) >= 0.5
  );
}
