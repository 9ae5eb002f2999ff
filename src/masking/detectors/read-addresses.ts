import { isCommonWord } from './lexicon.ts';
import { phrase } from './phrase.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, isPartOfNumber, matchAt, type Subject, textBefore } from './subject.ts';
import { STATES, STREET_SUFFIXES } from './vocabulary.ts';

const STATE = `(?:${STATES.join('|')})`;
const SUFFIX = `(?:${[...STREET_SUFFIXES, ...STREET_SUFFIXES.map((word) => word.toUpperCase())].join('|')}|street|avenue|road|lane|drive|boulevard|court|ave|blvd|rd|st|ln|dr|ct)`;
const DIRECTION = '(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\\.?';
/** Words that stand between a number and a suffix in prose. */
const PROSE =
  '(?:hours?|minutes?|mins?|days?|weeks?|months?|years?|miles?|times|patients?|mg|ml|mcg|beats?|and|the|of|with|per|in|to|for|was|is|were|at|from|degrees?|percent)';
const STREET_WORD =
  `(?!${PROSE}\\b)` +
  "(?:[A-Z][A-Za-z'-]{0,24}|[A-Z][a-z]{0,2}\\.|\\d{1,4}(?:st|nd|rd|th|ST|ND|RD|TH)|[a-z]{2,16})";
const UNIT =
  '(?:,? ?(?:Apt|Apartment|Unit|Suite|Ste|Room|Rm|Bldg|Building|Floor|Fl|Lot|Trlr|APT|UNIT|SUITE|STE|apt|unit|suite|#)\\.? ?#? ?[A-Za-z0-9-]{1,8}\\b)?';

/** "St. Paul", "Coeur d'Alene", "Fond du Lac", "Truth or Consequences". */
const CITY =
  "[A-Z][A-Za-z'.-]{1,24}(?: (?:(?:of|or|de|del|la|las|los|du|des) ){0,2}(?:d')?[A-Z][A-Za-z'.-]{1,24}){0,3}";

/** Number, up to four words, what streets are called, and a unit. */
const STREET = new RegExp(
  `\\d{1,6}(?:-\\d{1,4})?[A-Za-z]? (?:${DIRECTION} )?(?:${STREET_WORD} ){1,4}${SUFFIX}\\b(?:\\.?(?: ${DIRECTION}(?![A-Za-z]))?)${UNIT}`,
  'y',
);
/** What is no rate of breathing ("HR 72 RR 16") and no creatinine ("BUN 18 CR 1.0"): with a box, a long number, or behind one. */
const SHORT_ROAD = `(?:RR ?#?\\d{1,4},? (?:Box|BOX) \\d{1,6}|(?:RR|CR|SR) ?#?(?:\\d{3,4}|(?<=\\d{4} (?:${DIRECTION} )?(?:RR|CR|SR) ?#?)\\d{1,2})[A-Z]?\\b(?![./]\\d))`;
/** A numbered road: "1204 Highway 61", "77 Rural Route 2 Box 9". */
const NUMBERED_ROAD = new RegExp(
  `\\d{1,6} (?:${DIRECTION} )?(?:(?:Rural Route|RURAL ROUTE|Highway|HIGHWAY|Hwy|HWY|County Road|COUNTY ROAD|State Road|State Route|US|Route|Interstate|FM) ?#?\\d{1,4}[A-Z]?(?:,? Box \\d{1,6})?|${SHORT_ROAD})${UNIT}`,
  'y',
);

const NO_STREET = new RegExp(`\\b${PROSE}\\b`, 'i');

/** "44 Calle de la Luna". */
const STREET_NAMED_LAST = new RegExp(
  `\\d{1,6} (?:Calle|Avenida|Camino|Carretera|Paseo|Via|Rue|Callejon|Vereda|CALLE|AVENIDA|CAMINO|CARRETERA|PASEO|calle|avenida|camino)(?: (?:de|del|la|las|los|el|du|des|DE|DEL|LA|LAS|LOS|EL)){0,2}(?: (?!Unit\\b|Apt\\b|Suite\\b|Ste\\b|Room\\b|Lot\\b)[A-Z][A-Za-z'-]{1,24}){1,2}${UNIT}`,
  'y',
);

/** Whatever the street is called, if a city and a state stand behind it. */
const STREET_BEFORE_CITY = new RegExp(
  `\\d{1,6}[A-Z]? (?:${DIRECTION} )?(?:[A-Z][A-Za-z'.-]{1,24} ){0,3}[A-Z][A-Za-z'.-]{1,24}${UNIT}(?=, ?${CITY},? ${STATE}\\b)`,
  'y',
);

/** A number with a capital behind it: a street, if a suffix or a city says so. */
export const readStreet: ReadToken = (subject, start) => {
  const { text } = subject;
  if (
    /[\d.,/-]$/.test(textBefore(subject, start, 1)) &&
    /[\d][.,/-]$/.test(textBefore(subject, start, 2))
  )
    return;
  const match =
    matchAt(NUMBERED_ROAD, text, start) ??
    matchAt(STREET, text, start) ??
    matchAt(STREET_BEFORE_CITY, text, start) ??
    matchAt(STREET_NAMED_LAST, text, start);
  if (match === null || NO_STREET.test(match[0])) return;
  const end = start + match[0].replace(/\.$/, '').length;
  addFinding(subject, start, end, 'address');
  readRestOfAddress(subject, end);
};

/** A box at the post office or on a rural route. */
export const readPostBox: ReadToken = (subject, start, end) => {
  addFinding(subject, start, end, 'address');
  readRestOfAddress(subject, end);
};

const CITY_BEHIND = new RegExp(`[,;\\s]{1,4}(${CITY})(?:,? +|, ?)(?=${STATE}(?:\\b|\\d{5}))`, 'y');
/** "12 Oak Street in Lincoln". */
const CITY_NAMED = new RegExp(` in (${CITY})`, 'y');
const CITY_AND_ZIP_BEHIND = new RegExp(`[,;\\s]{1,4}(${CITY}),? +(?=\\d{5}\\b)`, 'y');

/** Reads the city behind a street; its state and ZIP code have tokens of their own. */
function readRestOfAddress(subject: Subject, start: number): void {
  const named = matchAt(CITY_NAMED, subject.text, start);
  const namedCity = phrase(named?.[1] ?? '');
  if (named !== null && namedCity !== '') {
    addFinding(subject, start + 4, start + 4 + namedCity.length, 'city');
    return;
  }
  const match =
    matchAt(CITY_BEHIND, subject.text, start) ?? matchAt(CITY_AND_ZIP_BEHIND, subject.text, start);
  const city = match?.[1];
  if (match === null || city === undefined) return;
  const cityStart = match.index + match[0].indexOf(city);
  addFinding(subject, cityStart, cityStart + city.length, 'city');
  const zip = matchAt(/\d{5}(?:-\d{4})?\b/y, subject.text, match.index + match[0].length);
  if (zip !== null) addFinding(subject, zip.index, zip.index + zip[0].length, 'zip');
}

const STATE_BEFORE = new RegExp(`\\b${STATE}$`);
const WHOLE_STATE = new RegExp(`^${STATE}$`);
const WHOLE_SUFFIX = new RegExp(`^${SUFFIX}\\.?$`);
const CITY_BEFORE = new RegExp(`(${CITY}),? ?$`);

/** "NE 68130", with the city before it. */
export const readStateAndZip: ReadToken = (subject, start, end) => {
  const zip = /\d{5}(?:-\d{4})?$/.exec(subject.text.slice(start, end));
  if (zip === null) return;
  addFinding(subject, start + zip.index, end, 'zip');
  addCityBefore(subject, start);
};

/** States that are also what stands behind a person's name, or a word. */
const UNSURE_STATES: ReadonlySet<string> = new Set([
  'MD',
  'PA',
  'DO',
  'MS',
  'MA',
  'OR',
  'IN',
  'ME',
  'OK',
  'HI',
  'CT',
  'MI',
  'PR',
  'ID',
  'AS',
  'AL',
  'DE',
  'CO',
  'SC',
]);

/** ", NE" behind a city. */
export const readState: ReadToken = (subject, start, end) => {
  const state = subject.text.slice(start + 2, end);
  if (UNSURE_STATES.has(state)) return;
  const before = textBefore(subject, start);
  // In a list of states, a state is no city.
  if (STATE_BEFORE.test(before)) return;
  addCityBefore(subject, start);
};

function addCityBefore(subject: Subject, start: number): void {
  const before = textBefore(subject, start);
  const match = CITY_BEFORE.exec(before);
  if (match?.[1] === undefined) return;
  const words = match[1].split(' ');
  // What stands before the city: a street's suffix, or the beginning of a sentence.
  let skip = 0;
  for (const [index, word] of words.entries()) {
    if (WHOLE_SUFFIX.test(word) && index < words.length - 1 && index > 0) skip = index + 1;
    if (/^(?:In|From|At|To|Of|The|Lives|Resides|Born|Moved|Resident|City|Address)$/.test(word))
      skip = index + 1;
  }
  const city = words.slice(skip).join(' ');
  if (city === '' || isCommonWord(city)) return;
  const cityEnd = start - before.length + match.index + match[1].length;
  addFinding(subject, cityEnd - city.length, cityEnd, 'city');
}

const COUNTY_BEFORE =
  /(?:(?:St\.?|San|Santa|Los|El|La|Le|De|Du|Mc|Fort|Lake|New|North|South|East|West|Prince|King|Queen) )?[A-Z][A-Za-z'-]{2,24}$/;

/** " County" with a name before it. */
export const readCounty: ReadToken = (subject, start, end) => {
  if (
    /^ (?:hospital|jail|medical|clinic|health|general|line|fair)/i.test(
      subject.text.slice(end, end + 9),
    )
  )
    return;
  const name = COUNTY_BEFORE.exec(textBefore(subject, start, 48))?.[0];
  if (name === undefined || /^(?:The|This|That|Each|Every|Our|Her|His|Their|In|County)$/.test(name))
    return;
  addFinding(subject, start - name.length, end, 'county');
};

const PLACE_BEHIND = new RegExp(`[: ]{1,3}(${CITY})`, 'y');

/** "lives in Lincoln", "city: Lincoln". */
export const readPlaceCue: ReadToken = (subject, _start, end) => {
  const match = matchAt(PLACE_BEHIND, subject.text, end);
  const city = phrase(match?.[1] ?? '');
  if (match === null || city === '') return;
  const start = match.index + match[0].indexOf(city);
  if (WHOLE_STATE.test(city)) return;
  addFinding(subject, start, start + city.length, 'city');
};

/** `12345-6789` is nothing else, unless it goes on. */
export const readZipPlusFour: ReadToken = (subject, start, end) => {
  if (!isPartOfNumber(subject, start, end)) addFinding(subject, start, end, 'zip');
};
