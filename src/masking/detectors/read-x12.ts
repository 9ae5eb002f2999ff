import type { ReadToken } from './read-identifiers.ts';
import { addFinding, type Subject } from './subject.ts';

/** Names of segments that identify someone; the pattern of tokens is made of them. */
export const X12_SEGMENTS: readonly string[] = [
  'NM1',
  'N3',
  'N4',
  'DMG',
  'REF',
  'PER',
  'CLM',
  'CLP',
  'DTP',
  'DTM',
];

const SEGMENT_LENGTH_MAX = 1_000;
/** From an address back to whose it is. */
const PARTY_REACH = 400;

/** Elements of a segment, without its name, and where each starts. */
type Elements = readonly { readonly text: string; readonly start: number }[];

/** A segment of an X12 interchange (837, 835, 270 …). The token is its name and the first separator. */
export const readX12Segment: ReadToken = (subject, start, tokenEnd) => {
  const { text } = subject;
  // A segment stands behind another, or starts a line.
  if (start > 0 && !/[~\r\n']/.test(text[start - 1] as string)) return;
  const segment = text.slice(tokenEnd, tokenEnd + SEGMENT_LENGTH_MAX).split(/[~\r\n]/, 1)[0] ?? '';
  let at = tokenEnd;
  const elements = segment.split('*').map((element) => {
    const place = { text: element, start: at };
    at += element.length + 1;
    return place;
  });
  const className = (number: number): string | undefined =>
    classOfElement(text.slice(start, tokenEnd - 1), number, elements, () =>
      isOfOrganisation(subject, start),
    );
  for (const [index, element] of elements.entries()) {
    const found = element.text === '' ? undefined : className(index + 1);
    if (found !== undefined)
      addFinding(subject, element.start, element.start + element.text.length, found);
  }
};

const CLASS_OF_ID: Readonly<Record<string, string>> = {
  MI: 'health-plan-id',
  II: 'health-plan-id',
  C1: 'health-plan-id',
  HN: 'health-plan-id',
  MR: 'health-plan-id',
  '34': 'ssn',
  SY: 'ssn',
  XX: 'license-number',
  EA: 'mrn',
  '1L': 'health-plan-id',
  IG: 'health-plan-id',
  '0B': 'license-number',
  '1G': 'license-number',
  D9: 'other-id',
  F8: 'other-id',
  '6R': 'other-id',
  G1: 'other-id',
  '9F': 'other-id',
  '1W': 'health-plan-id',
  '6P': 'health-plan-id',
  EJ: 'account-number',
  BLT: 'other-id',
  X4: 'other-id',
};

function classOfElement(
  name: string,
  number: number,
  elements: Elements,
  isOfOrganisation: () => boolean,
): string | undefined {
  const element = (index: number): string => elements[index - 1]?.text ?? '';
  switch (name) {
    case 'NM1':
      if (element(2) !== '1') return undefined;
      if (number === 9) return CLASS_OF_ID[element(8)] ?? 'other-id';
      return number >= 3 && number <= 5 ? 'name' : undefined;
    case 'N3':
      return isOfOrganisation() ? undefined : 'address';
    case 'N4':
      return isOfOrganisation() ? undefined : { 1: 'city', 3: 'zip' }[number];
    case 'DMG':
      return number === 2 ? 'birth-date' : undefined;
    case 'REF':
      return number === 2 ? CLASS_OF_ID[element(1)] : undefined;
    case 'PER':
      if (number === 2) return 'name';
      return number > 3 && number % 2 === 0
        ? { TE: 'phone', FX: 'fax', EM: 'email', CP: 'phone', HP: 'phone', WP: 'phone', UR: 'url' }[
            element(number - 1)
          ]
        : undefined;
    case 'CLM':
      return number === 1 ? 'account-number' : undefined;
    case 'CLP':
      return { 1: 'account-number', 7: 'other-id' }[number];
    case 'DTP':
      return number === 3 ? 'date' : undefined;
    case 'DTM':
      return number === 2 ? 'date' : undefined;
    default:
      return undefined;
  }
}

/** Whether the party named last is an organisation: its address tells of no patient. */
function isOfOrganisation({ text }: Subject, start: number): boolean {
  const before = text.slice(Math.max(0, start - PARTY_REACH), start);
  const party = before.lastIndexOf('NM1*');
  return party !== -1 && before.slice(party).split('*')[2] === '2';
}
