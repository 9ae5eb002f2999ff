import {
  isCommonWord,
  isEponymNoun,
  isFirstName,
  isKnownName,
  isLastName,
  isOrdinaryWord,
} from './lexicon.ts';
import {
  addName,
  isAllCapitals,
  isCredential,
  isExpected,
  isLikely,
  isPossible,
  PARTICLE,
  particleBefore,
  type Reading,
  readForward,
  readName,
  wordBehind,
} from './name-reading.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject, textBefore } from './subject.ts';
import { RELATIONS, ROLES, TITLES } from './vocabulary.ts';

/** "Dr. Lee", "Mrs. Lee". */
export const readTitle: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const title = text.slice(start, end);
  const gap = matchAt(/\.? {1,2}|\.(?=[A-Z][a-z])/y, text, end)?.[0];
  if (
    gap === undefined ||
    (/^(?:sr|fr|ms|lt|col|hon|rev)$/i.test(title) &&
      !gap.startsWith('.') &&
      !/^[A-Z][a-z]$/.test(title))
  )
    return;
  const reading = readName(subject, end + gap.length, isExpected);
  if (reading !== undefined) {
    // A drive has a number before it.
    if (/^dr$/i.test(title) && /\d [A-Z][A-Za-z' -]{0,30}$/.test(textBefore(subject, start, 36)))
      return;
    addName(subject, withoutCredential(reading));
    return;
  }
  const lower = matchAt(/[a-z]{2,24}\b/y, text, end + gap.length);
  if (
    lower !== null &&
    isLastName(lower[0]) &&
    !isCommonWord(lower[0]) &&
    !isOrdinaryWord(lower[0])
  ) {
    addFinding(subject, lower.index, lower.index + lower[0].length, 'name');
  }
};

function withoutCredential(reading: Reading): Reading {
  const words = reading.words.filter((word) => !isCredential(word));
  return { ...reading, words };
}

/** Behind a name in capitals in a sentence in capitals. */
const IS_SUBJECT = /^ (?:WAS|IS|HAS|HAD|WHO|CALLED|STATES|REPORTS|SAYS)\b/;

/** "daughter Anna", "wife, Ann Lee"; and "Ann Lee, the spouse". */
export const readRelation: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const gap = matchAt(
    /(?:'s name)?[ ,:(=]{1,3}(?:(?:is|was|named|called|name is|name:|contact:?) )?["(]?/y,
    text,
    end,
  )?.[0];
  if (gap !== undefined) {
    const reading = readForward(subject, end + gap.length, isLikely);
    const first = reading?.words[0];
    if (reading !== undefined && first !== undefined) {
      if (
        isKnownName(first) ||
        (!isAllCapitals(first) && !/[.:]/.test(gap)) ||
        IS_SUBJECT.test(text.slice(reading.end, reading.end + 9))
      )
        addName(subject, reading);
    }
  }
  if (addNameBefore(subject, start, /[,]? ?\(?(?:the |his |her |their |patient's |pt's )?$/)) {
    readListed(subject, end);
  }
};

const PARTICLE_OR_CAPITAL = new RegExp(`:? (?=[A-Z]|${PARTICLE} [A-Z])`, 'y');

/** "from Quxwell " before "RN". */
const FROM_SOMEBODY = /(?<=[ :](?:from|to|by|with|per|w\/) ([A-Z][a-z]{2,20}) )/y;

/** Behind the name: "Ann T. Lee, MD"; or before it: "RN Ann Lee". */
export const readCredential: ReadToken = (subject, start, end) => {
  addNameBefore(subject, start, /,? $| \($/);
  const { text } = subject;
  const from = matchAt(FROM_SOMEBODY, text, start)?.[1];
  if (from !== undefined && isLikely(from)) addWord(subject, from, start - 1);
  const gap = matchAt(PARTICLE_OR_CAPITAL, text, end)?.[0];
  const reading =
    gap === undefined ? undefined : readForward(subject, end + gap.length, isPossible);
  if (reading === undefined || reading.words.some(isAllCapitals)) return;
  const isAlone = reading.words.length === 1 && !reading.hasInitial;
  // Behind "M.D." a sentence may start.
  if (isAlone && text[end - 1] === '.') return;
  // "RN Ann called": a heading has no small letters behind it.
  if (
    isAlone &&
    !isKnownName(reading.words[0] as string) &&
    !/^ [a-z]/.test(text.slice(reading.end, reading.end + 2))
  )
    return;
  addName(subject, reading);
};

/** "Ann Lee (4 y/o)", "Ann Lee is a 46 yo"; "Quxwell is a 46 yo", where one word that nobody knows must be somebody's name. */
export const readAgeOfSomeone: ReadToken = (subject, start) => {
  const isNamed = addNameBefore(
    subject,
    start,
    /(?:,? (?:is|was) an? |,? an? |, |,? \()(?:pleasant |delightful |very )?$/i,
  );
  if (isNamed) return;
  const gap = /(?: (?:is|was)|,) an? (?:pleasant |delightful |very )?$/i.exec(
    textBefore(subject, start, GAP_LENGTH_MAX),
  );
  if (gap !== null) addPerson(subject, start - gap[0].length);
};

/** As many words and initials as `NAME_BEFORE` takes. */
const WORDS_BEFORE_MAX = 6;
const NAME_BEFORE =
  /(?:^|[^A-Za-z0-9'-])((?:(?:[A-Z][A-Za-z]{1,24}(?:['-][A-Za-z]{1,24})?|[A-Z]\.?|[ODL]'[A-Z][A-Za-z]{1,20}|van|von|der|den|de|del|della|di|da|du|dos|la|las|los|el|al|bin|bint|ibn) ){0,5}(?:[A-Z][A-Za-z]{1,24}(?:['-][A-Za-z]{1,24})?|[ODL]'[A-Z][A-Za-z]{1,20}))$/;

/** Between a name and what stands behind it: " is a delightful ". */
const GAP_LENGTH_MAX = 24;
const NAME_LENGTH_MAX = 70;

/** @returns Whether there is one. */
function addNameBefore(subject: Subject, start: number, gap: RegExp): boolean {
  const gapLength = gap.exec(textBefore(subject, start, GAP_LENGTH_MAX))?.[0].length ?? 0;
  if (gapLength === 0) return false;
  const sides = textBefore(subject, start - gapLength, NAME_LENGTH_MAX);
  const match = NAME_BEFORE.exec(lastWords(sides, WORDS_BEFORE_MAX));
  if (match?.[1] === undefined) return false;
  const all = match[1].split(' ');
  // The name is what stands last; a sentence's first words may stand before it.
  let first = all.length;
  while (first > 0 && isNamePart(all[first - 1] as string)) first -= 1;
  const words = all.slice(first);
  const full = words.filter((word) => word.replace('.', '').length > 1 && /^[A-Z]/.test(word));
  const hasInitial = full.length < words.length;
  const someKnown = full.some(isKnownName);
  if (full.length === 0 || (full.length + (hasInitial ? 1 : 0) < 2 && !someKnown)) return false;
  if (!someKnown && full.some(isAllCapitals)) return false;
  const name = words.join(' ');
  const end = start - gapLength;
  addName(subject, { start: end - name.length, end, words: full, hasInitial });
  return true;
}

/** What stands between spaces, from the last on. */
function lastWords(text: string, countMax: number): string {
  let start = text.length;
  for (let count = 0; count < countMax && start > 0; count++) {
    start = text.lastIndexOf(' ', start - 1);
  }
  return text.slice(start + 1);
}

const NOTHING_BEFORE = { words: [], hasInitial: false };

function isNamePart(word: string): boolean {
  return /^(?:[A-Z]\.?|[a-z]+)$/.test(word) || isPossible(word, NOTHING_BEFORE);
}

const STRONG_VERB =
  /^(?:.*(?:by|.[a-z] ?w\/|d\/w|saw|dictat(?:ing|ion) (?:on|for)|paged|texted|thx|tx|cheers|respectfully|yours|report to|report from|sincerely|regards|dear|hi|hello|attn|cc|thanks|thank you|named|name is|this is|spoke.*|spoken.*|discussed.*|called|notified|contacted|informed|asked|updated|told|lives? with|living with|cared for by|love|best|.* for|.* of|message from|letter from|chart of|chart for))$/i;

/** Before someone of the household, who often has a first name only. */
const NEAR_ONE = /^(?:lives? (?:with|w\/)|living (?:with|w\/)|cared for by|accompanied by)$/i;

/** Before the writer's name, or the reader's, which stands alone. */
const CLOSING =
  /^(?:sincerely|regards|thanks|thank you|thx|tx|cheers|respectfully|yours|love|best|dear|hi|hello)$/i;

/** Before a name in a dictation in capitals. */
const DICTATING = /^(?:THIS IS|DICTAT(?:ED|ING|ION) (?:BY|ON|FOR)|MY NAME IS|SIGNED BY)$/;

/** Before the name of who signs, which is often in capitals where nothing else is. */
const SIGNING = /^(?:signed|dictated|transcribed|authenticated|cosigned)(?: electronically)? by$/i;

/** Before what somebody is called, whatever it is. */
const NAMING =
  /(?:goes by|to be called|named|my name is|preferred name|legal name|maiden name|nickname)$/i;

/** With whom one speaks; what is said of it goes on in small letters, in brackets, or ends. */
const CONVERSATION =
  /^(?:(?:spoke|spoken|speak|discussed|talked|met|reviewed|consulted) ?(?:with|to|w\/)|d\/w|paged|texted|saw|(?:recd )?report (?:to|from)|message (?:for|from))$/i;

/** "signed by", "message from", "thanks,": a name may stand behind. */
export const readPersonVerb: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const gap =
    matchAt(
      /[,:!]?[ \t]{0,2}\n{0,3} ?(?:(?:the |his |her )?(?:patient|nurse|pt),? )?"?/y,
      text,
      end,
    )?.[0] ?? '';
  if (gap === '' && text[end - 1] !== '/') return;
  const reading = readName(subject, end + gap.length, isPossible);
  if (reading === undefined) return;
  const isStrong = STRONG_VERB.test(text.slice(start, end));
  const someKnown = reading.words.some(isKnownName);
  const [first = ''] = reading.words;
  if (reading.words.length === 1 && !reading.hasInitial) {
    const isClosing =
      CLOSING.test(text.slice(start, end)) &&
      /^[\s,!.]*(?:\n|$)|^,/.test(text.slice(reading.end, reading.end + 3));
    if (isEponymNoun(wordBehind(text, reading.end))) return;
    const isNear = NEAR_ONE.test(text.slice(start, end)) && !isAllCapitals(first);
    const verb = text.slice(start, end);
    const isCalled = NAMING.test(verb) && !isAllCapitals(first);
    const isPartner =
      CONVERSATION.test(verb) &&
      !isAllCapitals(first) &&
      /^(?: [(@]|[.,;/]|$)| (?:in|at|from|re|who|about|regarding|and|today|yesterday|this)\b/.test(
        text.slice(reading.end, reading.end + 10),
      );
    if (isClosing || isNear || isCalled || isPartner || (isStrong && isFirstName(first)))
      addName(subject, reading);
    if (isPartner) readListed(subject, reading.end);
    return;
  }
  if (isEponymNoun(reading.words.at(-1) as string) || isEponymNoun(wordBehind(text, reading.end)))
    return;
  if (reading.words.some(isAllCapitals) && !someKnown) {
    const verb = text.slice(start, end);
    const behind = text.slice(reading.end, reading.end + 10);
    const isDictating = DICTATING.test(verb) && /^(?:[,.\n]| DICTATING| CALLING)/.test(behind);
    const isSigning =
      SIGNING.test(verb) &&
      /^(?:[,.;(\n]| (?:\(|\d|(?:MD|DO|RN|NP|PA)\b|(?:on|at|ON|AT) )|$)/.test(behind);
    if (!isDictating && !isSigning) return;
  }
  if (someKnown || isStrong || reading.hasInitial) addName(subject, reading);
};

/** "/s/ Ann Lee", as signatures stand in what is filed. The token has no slash before it: a path may go on there. */
export const readSignature: ReadToken = (subject, start, end) => {
  if (!/(?:^|[^\w./-])\/$/.test(textBefore(subject, start, 2))) return;
  const gap = matchAt(/ {0,3}/y, subject.text, end)?.[0] ?? '';
  const reading = readName(subject, end + gap.length, isExpected);
  // "/s/Documents" may be a folder.
  if (reading === undefined || (gap === '' && reading.words.length < 2)) return;
  addName(subject, reading);
};

/** "Patient:", "Name =", "Pt". */
export const readNameLabel: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const colon = matchAt(
    /(?:'s)?(?: ?name)?(?:\(s\))?["')]? ?[:=]>? {0,4}(?:(?:re|fwd?|aw): ?){0,3}["'(]?/iy,
    text,
    end,
  )?.[0];
  if (colon !== undefined) {
    // `name` is a label in `last_name`, too, with the same behind it.
    if (subject.labelsEnd === end) return;
    subject.labelsEnd = end;
    const reading = readName(subject, end + colon.length, isExpected);
    if (reading === undefined) addLowerCaseName(subject, end + colon.length);
    else if (!isShortcut(reading)) addName(subject, reading);
    return;
  }
  const label = text.slice(start, end);
  if (
    !/^[a-z]+$/i.test(label) ||
    /^(?:fwd?|name|contacts?|user|chart|reading|requested|referring|ordering|submitting|requesting|consulting)$/i.test(
      label,
    ) ||
    // In capitals they are labels: "TO Ann Lee FAX".
    /^(?:[tT]o|[fF]rom|[rR]e)$/.test(label)
  )
    return;
  const isPatient = /^(?:patient|pt|client|resident)$/i.test(label);
  const gap = matchAt(/\.?(?: name)?(?: is|,)? /iy, text, end)?.[0];
  if (gap === undefined) return;
  const reading = readName(subject, end + gap.length, isPossible);
  const first = reading?.words[0];
  if (reading === undefined || first === undefined) return;
  if (isAllCapitals(first) && !isKnownName(first)) return;
  // "d/w pt. Mark site": a sentence may start there.
  if (gap.startsWith('.') && reading.words.length === 1 && isOrdinaryWord(first)) return;
  if (/^(?:TO|FROM|RE)$/.test(label) && isAllCapitals(first)) return;
  // Of others than the patient one word may be anything.
  if (!isPatient && reading.words.length < 2 && !reading.hasInitial) return;
  if (isEponymNoun(wordBehind(text, reading.end))) return;
  addName(subject, reading);
};

/** "Therapist: CBT", "Contact: TBD". */
function isShortcut({ words: [first = '', second] }: Reading): boolean {
  return second === undefined && first.length <= 4 && isAllCapitals(first) && !isKnownName(first);
}

/** "name=ann lee": where case says nothing, the gazetteer must know a word. */
function addLowerCaseName(subject: Subject, start: number): void {
  const match = matchAt(
    /[a-z]{2,20}(?:(?:[ ,]{1,2}|\+|%20)[a-z]{2,20}){0,2}/y,
    subject.text,
    start,
  );
  if (match === null) return;
  const words = match[0].split(/[ ,]+|\+|%20/);
  const other = words.findIndex(isCommonWord);
  const name = words.slice(0, other === -1 ? words.length : other);
  if (!name.some((word) => isKnownName(word) && !isOrdinaryWord(word))) return;
  const end = start + match[0].lastIndexOf(name.at(-1) as string) + (name.at(-1) as string).length;
  addFinding(subject, start, end, 'name');
}

/** "of Ann Lee", "for Lee, Ann": two words or more, none of which is an everyday one. */
export const readPreposition: ReadToken = (subject, start, tokenEnd) => {
  const { text } = subject;
  const nameStart = tokenEnd - 1;
  const reading = readForward(subject, nameStart, isPossible);
  if (reading === undefined || (reading.words.length < 2 && !reading.hasInitial)) return;
  if (reading.words.some(isAllCapitals) || reading.words.some((word) => word.length < 3)) return;
  const behind = wordBehind(text, reading.end);
  // More capitals behind: the name of an institution, a product or a heading.
  if (isEponymNoun(behind) || /^[A-Z]/.test(behind) || isEponymNoun(reading.words.at(-1) as string))
    return;
  if (/(?:^|[.:\n]) ?$/.test(textBefore(subject, start, 2))) return;
  addName(subject, reading);
};

/** "Lee, Ann B (0012345)": a number in brackets behind a name is the patient's. */
export const readBracketedNumber: ReadToken = (subject, start, end) => {
  if (/[A-Z][A-Za-z'.-]* $/.test(textBefore(subject, start, 26)))
    addFinding(subject, start + 1, end - 1, 'mrn');
};

/** Between one name and the next in a list: what is said of the first, and a sign or a word. */
const AND = /(?:\)| ?\([^()\n]{1,30}\)| - [a-z]{3,16})?(?:[,;]? and |[,;] (?:and )?| & |\/)/y;
const LISTED_MAX = 8;

/** "(chaplain), Ann Lee, Bo Quxwell (son) and Quxwell (renal)": names behind a name. */
function readListed(subject: Subject, start: number): void {
  const { text } = subject;
  let end = start;
  for (let count = 0; count < LISTED_MAX; count++) {
    const sign = matchAt(AND, text, end)?.[0];
    const reading =
      sign === undefined ? undefined : readForward(subject, end + sign.length, isLikely);
    if (sign === undefined || reading === undefined || reading.words.some(isAllCapitals)) return;
    const isAlone = reading.words.length < 2 && !reading.hasInitial;
    if (isAlone && sign !== '/' && text.slice(reading.end, reading.end + 2) !== ' (') return;
    addName(subject, reading);
    end = reading.end;
  }
}

/** "Landlord: Ann Lee", "case manager Ann Lee"; "Ann Lee (chaplain)", "Ann Lee - interpreter". */
export const readRole: ReadToken = (subject, start, end) => {
  readNameLabel(subject, start, end);
  const listed = matchAt(/: ?(?=[A-Z])/y, subject.text, end)?.[0];
  const first =
    listed === undefined ? undefined : readForward(subject, end + listed.length, isLikely);
  if (first !== undefined) readListed(subject, first.end);
  const isBehind = addNameBefore(
    subject,
    start,
    /(?: \(|, | - )(?:the |his |her |their |patient's |pt's )?$/i,
  );
  if (isBehind) readListed(subject, end);
};

/** "bed 12 Smithson", "Room 4: Quxwell, Anna": one word that is known, or more. */
export const readRoom: ReadToken = (subject, _start, end) => {
  const nameStart = end - 1;
  const reading = readName(subject, nameStart, isLikely);
  const [first] = reading?.words ?? [];
  if (reading === undefined || first === undefined) return;
  if (!isKnownName(first) && (isAllCapitals(first) || reading.words.length < 2)) return;
  addName(subject, reading);
};

/** "Quxwell denies pain", "Quxwell's gait": what only people do, and have. The token is what stands behind the name. */
export const readSpeaker: ReadToken = (subject, start) => {
  const end = subject.text[start] === "'" ? start : start - 1;
  if (end === start || subject.text[end] === ' ') addPerson(subject, end);
};

const PERSON_BEFORE =
  /(?<=(?<![A-Za-z'-])((?:[ODL]')?[A-Z][a-z]{1,20}(?:[-'][A-Z]?[a-z]{1,20})?))/y;

/** One word, where only a person can be meant: it need not be known, but must not be an everyday one. */
function addPerson(subject: Subject, end: number): void {
  const word = matchAt(PERSON_BEFORE, subject.text, end)?.[1];
  if (word === undefined || !isLikely(word) || PERSONS.test(word) || /[^l]ly$/.test(word)) return;
  addWord(subject, word, end, particleBefore(subject, end - word.length));
}

/** Finds a name of one word that ends at `end`, and what stands before it. */
function addWord(subject: Subject, word: string, end: number, before: string = ''): void {
  const start = end - before.length - word.length;
  addName(subject, { start, end, words: [word], hasInitial: false });
}

/** Words for people: nobody's name. */
const PERSONS = new RegExp(
  `^(?:${[...RELATIONS, ...ROLES, ...TITLES].join('|')}|client|nobody|everyone|family|police|ems|neighbou?r|staff|team|parents|kids?|boys?|girls?|lady|gentleman|veteran|pts?|informant|historian|neonate|newborn|infant|toddler|adolescent|teen(?:ager)?|donor|recipient|decedent|proband|claimant|plaintiff|inmate|subject|participant|examinee|gravida|primi(?:gravida|para)|multi(?:gravida|para)|nulli(?:gravida|para))$`,
  'i',
);

const CHILDREN =
  /\b(?:child(?:ren)?|kids?|sons?|daughters?|siblings|twins|custody|grandchildren|nieces?|nephews?|household)\b/i;

const CHILD_BEFORE = /(?<=(?<![A-Za-z'-])([A-Z][a-z]{1,20}(?:-[A-Z]?[a-z]{1,20})?) )/y;

/** "custody of Quxwell (8) and Ann (11)": the ages of children. The token is the age in its brackets. */
export const readChild: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const word = matchAt(CHILD_BEFORE, text, start)?.[1];
  if (word === undefined || !isLikely(word)) return;
  if (!CHILDREN.test(textBefore(subject, start, 70)) && !CHILDREN.test(text.slice(end, end + 40)))
    return;
  addWord(subject, word, start - 1);
};
