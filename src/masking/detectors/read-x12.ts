import { NO_CLASS } from '../content/content-masks.ts';
import { classOfElement, partyFrom, type X12Party } from '../x12/x12-elements.ts';
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
/** Where a segment ends: no more of a text is read by one than up to where the next may stand. */
const SEGMENT_END = new RegExp(`[~\\r\\n]|'(?=(?:${X12_SEGMENTS.join('|')})\\*)`);
/** From an address back to whose it is. */
const PARTY_REACH = 400;

/** Segments from which on it is about somebody else. */
const PARTY_START = /\b(?:NM1|N1|HL|CLM|CLP|LX|SVC|SBR|PAT|INS)\*/g;

/** A segment of an X12 interchange (837, 835, 270 …). The token is its name and the first separator. */
export const readX12Segment: ReadToken = (subject, start, tokenEnd) => {
  const { text } = subject;
  // A segment stands behind another, or starts a line.
  if (start > 0 && !/[~\r\n']/.test(text[start - 1] as string)) return;
  const near = text.slice(tokenEnd, tokenEnd + SEGMENT_LENGTH_MAX);
  const segment = near.slice(0, SEGMENT_END.exec(near)?.index);
  let at = tokenEnd;
  const elements = segment.split('*').map((element) => {
    const place = { text: element, start: at };
    at += element.length + 1;
    return place;
  });
  const values = [text.slice(start, tokenEnd - 1), ...elements.map((element) => element.text)];
  const party = partyFrom(values) ?? partyBefore(subject, start);
  for (const [index, element] of elements.entries()) {
    if (element.text === '') continue;
    const found = classOfElement(values, index + 1, { party, transaction: '' });
    if (found !== undefined && found !== NO_CLASS)
      addFinding(subject, element.start, element.start + element.text.length, found);
  }
};

/** Of whom the segments from here on speak: an address of an organisation tells of no patient. */
function partyBefore({ text }: Subject, start: number): X12Party {
  const before = text.slice(Math.max(0, start - PARTY_REACH), start);
  const starts = Array.from(before.matchAll(PARTY_START), ({ index }) => index);
  const last = before.slice(starts.at(-1) ?? before.length);
  return partyFrom(last.split('*')) ?? 'patient';
}
