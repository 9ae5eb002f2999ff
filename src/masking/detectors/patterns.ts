import { CODED_PATTERN } from './decode-text.ts';
import {
  ELEMENT_PATTERN,
  HEADING_PATTERN,
  KEY_PATTERN,
  QUOTING_KEY_PATTERN,
} from './field-names.ts';
import { HL7_SEGMENTS } from './read-hl7.ts';
import { INSERT_PATTERN } from './read-insert.ts';
import { MYSQL_RECORD, PSQL_RECORD } from './read-record.ts';
import { X12_SEGMENTS } from './read-x12.ts';
import { CREDENTIALS, ELEMENT_NAMES, RELATIONS, ROLES, STATES, TITLES } from './vocabulary.ts';

/** What a token is. Each kind has a reader that looks at the text around it and decides. */
export type TokenKind =
  | 'account-digits'
  | 'age'
  | 'age-in-words'
  | 'age-of-someone'
  | 'coded'
  | 'county'
  | 'credential'
  | 'date'
  | 'date-range'
  | 'dea'
  | 'digits'
  | 'domain'
  | 'element'
  | 'extension'
  | 'email'
  | 'geo'
  | 'glued-date'
  | 'glued-numbers'
  | 'heading'
  | 'hidden-ssn'
  | 'hl7-segment'
  | 'iban'
  | 'insert'
  | 'ipv4'
  | 'ipv6'
  | 'key'
  | 'key-of-quoted'
  | 'mac'
  | 'mbi'
  | 'month-date'
  | 'named-date'
  | 'month-day'
  | 'name-label'
  | 'person-verb'
  | 'bracketed-number'
  | 'child'
  | 'phone'
  | 'place'
  | 'post-box'
  | 'preposition'
  | 'record'
  | 'relation'
  | 'role'
  | 'room'
  | 'spaced-date'
  | 'speaker'
  | 'signature'
  | 'spelled-email'
  | 'ssn'
  | 'state'
  | 'state-zip'
  | 'street'
  | 'table'
  | 'title'
  | 'udi'
  | 'unicode'
  | 'url'
  | 'uuid'
  | 'vin'
  | 'x12-segment'
  | 'zip-plus-four';

/** One pattern of the product. */
export interface BuiltInPattern {
  readonly kind: TokenKind;
  readonly pattern: string;
}

const MONTH =
  '(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)';
const DAY = '(0?[1-9]|[12]\\d|3[01])';
const ORDINAL =
  '(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty[- ](first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirtieth|thirty[- ]first)';
const YEAR = '(19|20)\\d{2}';
const TO = ' ?(-|to|thru|through|until|and|&) ?';
const HOLIDAY =
  "(christmas( day| eve)?|thanksgiving( day)?|(labor|memorial|independence|veterans|(martin luther king|mlk)|presidents'?|columbus) day|new year'?s( day| eve)?|easter( sunday| monday)?|(fourth|4th) of july|halloween|(valentine|mother|father)'?s day|juneteenth)";
const SHORT_DAY = '\\d{1,2}/\\d{1,2}';
const HEX = '[0-9a-fA-F]';
const MBI_LETTER = '[AC-HJKMNP-RT-Y]';
const MBI_EITHER = '[AC-HJKMNP-RT-Y0-9]';

/** Telephone and social security numbers, with nothing or one sign between them. */
const BRACKETED_PHONE = '\\(\\d{3}\\)[-. ]?\\d{3}[-. ]?\\d{4}';
const PLAIN_PHONE = '\\d{3}[-. ]\\d{3}[-. ]\\d{4}';
const SPACED_SSN = '(\\d{3}-\\d{2}-\\d{4}|\\d{3} \\d{2} \\d{4}|\\d{3}\\.\\d{2}\\.\\d{4})';
const NEXT_NUMBER = `[-.]?(${BRACKETED_PHONE}|${PLAIN_PHONE}|${SPACED_SSN})`;

const IDENTIFIERS: readonly BuiltInPattern[] = [
  { kind: 'glued-numbers', pattern: `${BRACKETED_PHONE}${NEXT_NUMBER}` },
  { kind: 'glued-numbers', pattern: `\\b(${PLAIN_PHONE}|${SPACED_SSN})${NEXT_NUMBER}` },
  { kind: 'glued-numbers', pattern: `${BRACKETED_PHONE}\\d{9}\\b` },
  { kind: 'glued-numbers', pattern: '\\b\\d{3}[-.]\\d{3}[-.]\\d{13}\\b' },
  { kind: 'ssn', pattern: '\\b\\d{3}-\\d{2}-\\d{4}\\b' },
  { kind: 'ssn', pattern: '\\b\\d{3} \\d{2} \\d{4}\\b' },
  { kind: 'ssn', pattern: '\\b\\d{3}\\.\\d{2}\\.\\d{4}\\b' },
  { kind: 'ssn', pattern: '\\b\\d{3}(/\\d{2}/| - \\d{2} - )\\d{4}\\b' },
  { kind: 'ssn', pattern: '\\b\\d{3}-(\\r?\\n)?\\d{2}-(\\r?\\n)?\\d{4}\\b' },
  // With what Medicare, or a plan, wrote behind it to tell who of a family is meant.
  { kind: 'ssn', pattern: '\\b\\d{3}-\\d{2}-\\d{4}-\\d{2}\\b' },
  { kind: 'ssn', pattern: '\\b\\d{3}-\\d{2}-\\d{4}[A-Za-z_]' },
  { kind: 'ssn', pattern: '[A-Za-z_]\\d{3}-\\d{2}-\\d{4}\\b' },
  { kind: 'ssn', pattern: '[A-Za-z_]\\d{3}-\\d{2}-\\d{4}[A-Za-z_]' },
  { kind: 'hidden-ssn', pattern: '[xX*#]{3}[- ]?[xX*#]{2}[- ]?\\d{4}\\b' },
  { kind: 'digits', pattern: '\\b\\d{7,20}\\b' },
  { kind: 'account-digits', pattern: '\\b\\d{4}([ -]\\d{4}){2}[ -]\\d{1,7}\\b' },
  { kind: 'account-digits', pattern: '\\b\\d{4}[ -]\\d{6}[ -]\\d{4,5}\\b' },
  { kind: 'uuid', pattern: `\\b${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}\\b` },
  {
    kind: 'mbi',
    pattern: `(?i)\\b[1-9]${MBI_LETTER}${MBI_EITHER}\\d[- ]?${MBI_LETTER}${MBI_EITHER}\\d[- ]?${MBI_LETTER}{2}\\d{2}\\b`,
  },
  { kind: 'dea', pattern: '(?i)\\b[A-Z][A-Z9]\\d{7}\\b' },
  { kind: 'vin', pattern: '\\b[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{8}\\b' },
  // In small letters only as it starts in North America: any long word would start one otherwise.
  { kind: 'vin', pattern: '\\b[1-5][a-hj-npr-z0-9]{7}[0-9x][a-hj-npr-z0-9]{8}\\b' },
  { kind: 'iban', pattern: '(?i)\\b[A-Z]{2}\\d{2}( ?[A-Z0-9]){11,30}\\b' },
  { kind: 'udi', pattern: '\\(01\\) ?\\d{14}' },
  { kind: 'udi', pattern: '\\b01\\d{14}(11|17|10|21)[A-Z0-9]{6}' },
  { kind: 'udi', pattern: '\\+[A-Z]\\d{3}[A-Z0-9]{2,14}\\d' },
];

const ADDRESSES_OF_MACHINES: readonly BuiltInPattern[] = [
  { kind: 'email', pattern: '(?i)@[ a-z0-9-][a-z0-9-]*(\\.[a-z0-9-]+)*\\.[a-z][a-z0-9-]*[a-z]\\b' },
  {
    kind: 'spelled-email',
    pattern:
      '(?i)\\bdot ?[\\])}>]? ?(com|org|net|edu|gov|mil|io|info|biz|health|us|uk|ca|de|me)\\b',
  },
  { kind: 'url', pattern: '://' },
  { kind: 'url', pattern: '(?i)\\bwww\\.' },
  {
    kind: 'domain',
    pattern:
      '(?i)\\.(com|org|net|edu|gov|mil|io|info|biz|health|app|dev|site|online|webcam|cloud|local|internal|co\\.[a-z]{2}|(com|org|ac|gov)\\.[a-z]{2}|us|uk|de|ca|me)\\b',
  },
  { kind: 'ipv4', pattern: '\\b\\d{1,3}(\\.\\d{1,3}){3}\\b' },
  { kind: 'ipv6', pattern: `\\b(${HEX}{1,4}:){2,7}(${HEX}{1,4}|\\d{1,3}(\\.\\d{1,3}){3})\\b` },
  {
    kind: 'ipv6',
    pattern: `\\b(${HEX}{1,4}:){0,6}${HEX}{0,4}::(${HEX}{1,4}:){0,6}(${HEX}{1,4}|\\d{1,3}(\\.\\d{1,3}){3})\\b`,
  },
  { kind: 'mac', pattern: `\\b${HEX}{2}([:-]${HEX}{2}){5}\\b` },
  { kind: 'mac', pattern: `\\b${HEX}{4}\\.${HEX}{4}\\.${HEX}{4}\\b` },
  { kind: 'phone', pattern: '\\b(\\+?1[-. ]?)?\\(\\d{3}\\)[-. ]?\\d{3}[-. ]?\\d{4}\\b' },
  { kind: 'phone', pattern: '\\b(\\+?1[-. ])?\\d{3}[-. ]\\d{3}[-. ]\\d{4}\\b' },
  { kind: 'phone', pattern: '[A-Za-z_]\\d{3}-\\d{3}-\\d{4}\\b' },
  { kind: 'phone', pattern: '(?i)\\b(\\+?1[-. ])?\\(?\\d{3}[-.) ]{1,2}\\d{3}[-. ]\\d{4}(x|ext)' },
  { kind: 'phone', pattern: '\\b\\d{3}/\\d{3}[-/]\\d{4}\\b' },
  { kind: 'phone', pattern: '\\b\\d{3}_\\d{3}_\\d{4}\\b' },
  { kind: 'phone', pattern: '\\b\\d{3} \\* \\d{3} \\* \\d{4}\\b' },
  { kind: 'phone', pattern: '\\b\\d{3} - \\d{3} - \\d{4}\\b' },
  { kind: 'phone', pattern: '\\b\\d{3}-(\\r?\\n)?\\d{3}-(\\r?\\n)?\\d{4}\\b' },
  { kind: 'phone', pattern: '\\b\\d{3}(\\)|\\]) ?\\d{3}[-. ]\\d{4}\\b' },
  { kind: 'phone', pattern: '\\b\\d{3} \\) ?\\d{3} ?- ?\\d{4}\\b' },
  { kind: 'phone', pattern: '\\b[2-9]\\d{2}-[2-9]\\d{6}\\b' },
  { kind: 'phone', pattern: '\\b011[- .][1-9]\\d{0,2}([- .]\\d{2,5}){2,4}\\b' },
  { kind: 'phone', pattern: '\\b00[1-9]\\d[- .]\\d{2,3}([- .]\\d{3,4}){2}\\b' },
  { kind: 'phone', pattern: '\\+\\d[\\d .()-]{6,18}\\d\\b' },
];

const DATES_AND_AGES: readonly BuiltInPattern[] = [
  { kind: 'date', pattern: '\\b\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}' },
  { kind: 'date', pattern: '\\b\\d{1,2}[-/.]\\d{1,2}[-/.](\\d{4}|\\d{2})\\b' },
  { kind: 'date', pattern: '\\b(0?[1-9]|1[0-2])/(19|20)\\d{2}\\b' },
  { kind: 'spaced-date', pattern: '\\b\\d{1,2}( / \\d{1,2} / | - \\d{1,2} - )(19|20)\\d{2}\\b' },
  { kind: 'named-date', pattern: '\\b\\d{8}[T_-]\\d{4}(\\d{2})?' },
  { kind: 'named-date', pattern: '_\\d{8}[T_-]\\d{4}(\\d{2})?' },
  { kind: 'named-date', pattern: '\\b(19|20)\\d{2}_\\d{2}_\\d{2}' },
  { kind: 'named-date', pattern: '_\\d{4}[_-]?\\d{2}[_-]?\\d{2}' },
  { kind: 'glued-date', pattern: `\\b${SHORT_DAY}/${YEAR}[A-Za-z_]` },
  { kind: 'glued-date', pattern: `[A-Za-z_]${SHORT_DAY}/${YEAR}` },
  {
    kind: 'date-range',
    pattern: `\\b${SHORT_DAY}(/(\\d{4}|\\d{2}))? ?(-|to|thru|through|until) ?${SHORT_DAY}(/(\\d{4}|\\d{2}))?\\b`,
  },
  { kind: 'month-date', pattern: `(?i)\\b${MONTH}\\.? ${DAY}${TO}${DAY},? ${YEAR}\\b` },
  { kind: 'month-day', pattern: `(?i)\\b${MONTH}\\.? ${DAY}${TO}${DAY}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${DAY}${TO}${DAY} ${MONTH}\\.?,? ${YEAR}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${MONTH} (the )?${ORDINAL},? ${YEAR}\\b` },
  { kind: 'month-day', pattern: `(?i)\\b${MONTH} (the )?${ORDINAL}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${ORDINAL} (day )?of ${MONTH},? ${YEAR}\\b` },
  { kind: 'month-day', pattern: `(?i)\\b${ORDINAL} (day )?of ${MONTH}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${MONTH} of ${YEAR}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${MONTH} the ${DAY}(st|nd|rd|th),? ${YEAR}\\b` },
  // As programs write it.
  {
    kind: 'month-date',
    pattern: `(?i)\\b${MONTH} {1,2}${DAY} \\d{2}:\\d{2}(:\\d{2})?( [a-z]{2,5})? ${YEAR}\\b`,
  },
  { kind: 'month-day', pattern: `(?i)\\b${MONTH}  [1-9] \\d{2}:\\d{2}:\\d{2}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${DAY}\\.${MONTH}\\.${YEAR}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${MONTH}${DAY}${YEAR}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${YEAR}[ -]?${MONTH}[ -]?${DAY}\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${HOLIDAY},? (of |in )?${YEAR}\\b` },
  {
    kind: 'month-date',
    pattern: `(?i)\\b${MONTH}\\.?[ /-]?${DAY}(st|nd|rd|th)?( ?, ?|[ /-])((of )?(19|20)\\d{2}|'\\d{2})\\b`,
  },
  { kind: 'month-day', pattern: `(?i)\\b${MONTH}\\.?[ -]${DAY}(st|nd|rd|th)?\\b` },
  { kind: 'month-date', pattern: `(?i)\\b${MONTH}\\.?,?[ -]((19|20)\\d{2}|'\\d{2})\\b` },
  {
    kind: 'month-date',
    pattern: `(?i)\\b${DAY}(st|nd|rd|th)?( (day )?of)?[ /-]?${MONTH}\\.?( ?, ?|[ /-]?)((19|20)\\d{2}|'?\\d{2})\\b`,
  },
  { kind: 'month-day', pattern: `(?i)\\b${DAY}(st|nd|rd|th)?( of)?[ -]${MONTH}\\b` },
  { kind: 'month-day', pattern: '\\b(0?[1-9]|1[0-2])/(0?[1-9]|[12]\\d|3[01])\\b' },
  {
    kind: 'age-of-someone',
    pattern:
      '(?i)\\b\\d{1,3}[ -]?(y\\.?/? ?o|years?[- ]old|yrs?[- ]old|months?[- ]old|weeks?[- ]old|days?[- ]old|m/?o|male|female)\\b',
  },
  {
    kind: 'age-in-words',
    pattern:
      '(?i)\\b(ninety|(a|one) hundred)([- ](and )?(one|two|three|four|five|six|seven|eight|nine|ten))?\\b',
  },
  { kind: 'age', pattern: '\\b(0?9\\d|1[0-3]\\d)' },
  { kind: 'geo', pattern: '-?\\d{1,3}\\.\\d{3,15}[,;/ ] ?-?\\d{1,3}\\.\\d{3,15}\\b' },
];

const PLACES: readonly BuiltInPattern[] = [
  {
    kind: 'street',
    pattern: '\\b\\d{1,6}(-\\d{1,4})?[A-Za-z]? ([A-Z]|\\d{1,3}(st|nd|rd|th|ST|ND|RD|TH) )',
  },
  {
    kind: 'street',
    pattern:
      '\\b\\d{1,6}[a-z]? ([nsew]\\.? |north |south |east |west )?([a-z]+ ){1,2}(street|avenue|road|lane|drive|boulevard|court|ave|blvd|rd|st|ln|dr|ct)\\b',
  },
  // What streets are called stands first in Spanish and French (USPS Publication 28, section 295).
  {
    kind: 'street',
    pattern: '(?i)\\b\\d{1,6} (calle|avenida|camino|carretera|paseo|via|rue|callejon|vereda) [a-z]',
  },
  {
    kind: 'post-box',
    pattern:
      '(?i)\\b(\\d{1,6} )?(p\\.? ?o\\.? ?box|post office box|(rural route|rr|r\\.r\\.|hc|highway contract) #?\\d{1,4},? box) ?#?\\d{1,7}(-?[a-z])?\\b',
  },
  { kind: 'state-zip', pattern: `\\b(${STATES.join('|')}),? +\\d{5}(-\\d{4})?\\b` },
  { kind: 'state-zip', pattern: `,(${STATES.slice(0, 56).join('|')})\\d{5}(-\\d{4})?\\b` },
  { kind: 'state', pattern: `, (${STATES.join('|')})\\b` },
  {
    kind: 'place',
    pattern:
      '(?i)\\b((currently )?lives? in|living in|resides? in|residing in|resident of|born in|moved (to|from)|native of|home in|city|town|hometown|municipality)\\b',
  },
  { kind: 'zip-plus-four', pattern: '\\b\\d{5}-\\d{4}\\b' },
  { kind: 'county', pattern: '(?i) county\\b' },
];

const CUES: readonly BuiltInPattern[] = [
  { kind: 'preposition', pattern: '\\b(of|for|by|with|to|from|and) [A-Z]' },
  { kind: 'bracketed-number', pattern: '\\([A-Za-z]{0,3}\\d{5,12}\\)' },
  { kind: 'bracketed-number', pattern: '\\(\\d{2,3}-\\d{2}-\\d{2}\\)' },
  { kind: 'title', pattern: `(?i)\\b(${TITLES.join('|')})\\b` },
  { kind: 'role', pattern: `(?i)\\b(${ROLES.join('|')})\\b` },
  {
    kind: 'speaker',
    pattern:
      '\\b(denies|denied|states|stated|says|said|verbalized|agrees|agreed|refuses|refused|asks|asked|tells|told|wants|prefers|interpreted|declined|declines|complains|lives|smokes|was (brought|intubated|extubated|admitted|discharged|counsell?ed|educated|instructed|advised|((placed|positioned) (supine|prone|in (the |a )?(supine|prone|lithotomy|lateral|dorsal|beach|sitting)))))\\b',
  },
  {
    kind: 'speaker',
    pattern:
      "'s (wife|husband|mother|father|son|daughter|sister|brother|family|gait|speech|mood|affect)\\b",
  },
  { kind: 'child', pattern: '\\([1-9]\\d?\\)' },
  { kind: 'room', pattern: '(?i)\\b(bed|room|rm) ?#?\\d{1,4}[a-d]?[:,]? [a-z]' },
  { kind: 'relation', pattern: `(?i)\\b(${RELATIONS.join('|')})\\b` },
  { kind: 'credential', pattern: `\\b(${CREDENTIALS.join('|')})\\b` },
  {
    kind: 'person-verb',
    pattern:
      '(?i)\\b((signed|dictated|transcribed|authenticated|verified|reviewed|referred|seen|performed|ordered|prescribed|entered|written|completed|accompanied|examined|evaluated|prepared|approved|cosigned|reported|administered|witnessed|notified|collected|released|discussed|spoke|spoken|speak|met|talked|saw|paged|texted|thx|tx|cheers|respectfully|yours|consulted|follow up|followed|chart|message|letter|call|called|note|results|record|records|loaded|opened|updated|informed|asked|told|contacted|thanks|thank you|sincerely|regards|dear|hi|hello|attn|cc|named|called|goes|known|report|recd report|dictating|dictation|prefers to be called|likes to be called|preferred name|legal name|maiden name|nickname|aka)( electronically)?( by| with| to| of| from| for| as| on)?|by|signed|electronically signed|with|this is|i am|my name is|i spoke with|lives? with|living with|cared for by|love|best|(claim|appointment|referral|statement|authorization|order|report|prescription|account|billing|invoice|request|letter|portal) (for|of))\\b',
  },
  // No `\b` behind a slash.
  {
    kind: 'person-verb',
    pattern:
      '(?i)\\b((spoke|spoken|speak|met|reviewed|discussed|consulted|talked|lives|living|f/u) ?)?w/',
  },
  { kind: 'person-verb', pattern: '(?i)\\bd/w\\b' },
  { kind: 'signature', pattern: '(?i)\\bs/' },
  {
    kind: 'name-label',
    pattern:
      '(?i)\\b(patient|pt|((patient|pt|full|first|last|middle|given|family|member|subscriber|provider|physician|contact|emergency|guarantor)_?)?name|client|member|subscriber|insured|guarantor|resident|attending|provider|physician|author|pcp|contacts?|next of kin|nok|caregiver|beneficiary|employee|employer|donor|recipient|mother|father|spouse|witness|requested|reading|reader|dictator|cosigner|attn|to|from|re|fwd?|username|surname|chart|user)\\b',
  },
];

const STRUCTURES: readonly BuiltInPattern[] = [
  { kind: 'table', pattern: '-\\+-|\\+--' },
  { kind: 'insert', pattern: INSERT_PATTERN },
  { kind: 'record', pattern: PSQL_RECORD },
  { kind: 'record', pattern: MYSQL_RECORD },
  { kind: 'heading', pattern: HEADING_PATTERN },
  { kind: 'key', pattern: KEY_PATTERN },
  { kind: 'key-of-quoted', pattern: QUOTING_KEY_PATTERN },
  { kind: 'hl7-segment', pattern: `\\b(${HL7_SEGMENTS.join('|')})\\|` },
  { kind: 'x12-segment', pattern: `\\b(${X12_SEGMENTS.join('|')})\\*` },
  { kind: 'extension', pattern: ' extension' },
  { kind: 'element', pattern: `(?i)<(${ELEMENT_NAMES.join('|')})\\b` },
  { kind: 'element', pattern: ELEMENT_PATTERN },
  {
    kind: 'unicode',
    pattern: '[\\x1b\\xc2-\\xc9\\xcc\\xcd\\xd9\\xdb\\xe0\\xe2\\xe3\\xef\\xf0]',
  },
  { kind: 'unicode', pattern: '\\xe1[\\xb8-\\xbb]' },
  // References of HTML and XML: see `foldText`.
  { kind: 'unicode', pattern: '&(#x?|[a-z]{2,6};)' },
  { kind: 'coded', pattern: CODED_PATTERN },
];

/** All patterns of the product. */
export const BUILT_IN_PATTERNS: readonly BuiltInPattern[] = [
  ...IDENTIFIERS,
  ...ADDRESSES_OF_MACHINES,
  ...DATES_AND_AGES,
  ...PLACES,
  ...CUES,
  ...STRUCTURES,
];
