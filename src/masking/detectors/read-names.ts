import {
  isCommonWord,
  isEponymNoun,
  isFirstName,
  isLastName,
  isOrdinaryWord,
  isSureFirstName,
} from './lexicon.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject, textBefore } from './subject.ts';

/** Letters that may go on behind a hyphen or an apostrophe. */
const WORD = "(?:[ODL]'[A-Z][A-Za-z]{1,24}|[A-Z][A-Za-z]{1,24})(?:['-][A-Za-z]{1,24}){0,3}";
const INITIAL = "[A-Z]\\.?(?![A-Za-z0-9'/&-])";
const PARTICLE =
  '(?:van der|van den|van de|von der|de la|de los|de las|van|von|del|della|der|den|de|da|di|du|la|le|el|al|bin|ibn|ben|st\\.|St\\.|Van|Von|De|La|Le|Del|Di|Da|Du|Mc|Mac)';
const NAME_WORD = new RegExp(`(?:${PARTICLE} )?(?:${WORD})`, 'y');
const NAME_INITIAL = new RegExp(INITIAL, 'y');
const SUFFIX_BEHIND = /,? (?:Jr|Sr|II|III|IV)\b\.?/y;

/** A name as it stands: words and initials. */
interface Reading {
  readonly start: number;
  readonly end: number;
  readonly words: readonly string[];
  readonly hasInitial: boolean;
}

/** Whether a word may be part of a name, given those before it. */
type Accepts = (word: string, before: Pick<Reading, 'words' | 'hasInitial'>) => boolean;

/** Words of a name after the first. */
const WORDS_MAX = 4;

/**
 * Reads capitalised words and initials from `start` on, up to a word that is no part of a name.
 *
 * @param accepts Whether a word may be part of a name here.
 */
function readForward({ text }: Subject, start: number, accepts: Accepts): Reading | undefined {
  const words: string[] = [];
  let end = start;
  let next = start;
  let hasInitial = false;
  for (let count = 0; count < WORDS_MAX; count++) {
    const match = matchAt(NAME_WORD, text, next)?.[0];
    if (match !== undefined) {
      const word = lastOf(match);
      if (!accepts(word, { words, hasInitial })) break;
      words.push(word);
      end = next + match.length;
    } else {
      const initial = matchAt(NAME_INITIAL, text, next)?.[0];
      // "Vitamin D", "Patient: A 45-year-old": an initial has a name behind it, or one before it and a full stop.
      if (initial === undefined) break;
      hasInitial = true;
      if (words.length > 0) end = next + initial.length;
      next += initial.length;
      if (text[next] !== ' ') break;
      next += 1;
      continue;
    }
    if (text[end] === ' ' && text[end + 1] !== ' ') next = end + 1;
    else if (text[end] === '.' && text[end - 1]?.match(/[A-Z]/) && text[end + 1] === ' ')
      next = end + 2;
    else break;
  }
  if (words.length === 0) return undefined;
  const suffix = matchAt(SUFFIX_BEHIND, text, end)?.[0].replace(/\.$/, '') ?? '';
  return { start, end: end + suffix.length, words, hasInitial };
}

function lastOf(words: string): string {
  return words.slice(words.lastIndexOf(' ') + 1);
}

function addName(subject: Subject, { start, end, words }: Reading): void {
  addFinding(subject, start, end, 'name');
  for (const word of words)
    if (word.length > 2 && !isOrdinaryWord(word)) subject.nameWords.add(word);
}

/** What may be a part of a name where something says that a name stands here. */
const isExpected = (word: string): boolean => !isCommonWord(word) || isKnown(word);
/** What may be where nothing does. */
const isLikely = (word: string): boolean => !isCommonWord(word) && !isOrdinaryWord(word);
/** What may be where a word before it makes a name likely. */
const isPossible: Accepts = (word, { words, hasInitial }) => {
  const [first] = words;
  if (hasInitial || (first !== undefined && isFirstName(first))) return isExpected(word);
  return !isCommonWord(word) && (isKnown(word) || !isOrdinaryWord(word));
};

function isKnown(word: string): boolean {
  return isFirstName(word) || isLastName(word);
}

/** "Last, First M." from `start` on, or first name first. */
function readName(subject: Subject, start: number, accepts: Accepts): Reading | undefined {
  const reading = readForward(subject, start, accepts);
  if (reading === undefined) return undefined;
  const comma = matchAt(/, ?(?=[A-Z])/y, subject.text, reading.end);
  if (comma === null || reading.words.length > 2) return reading;
  const rest = readForward(subject, reading.end + comma[0].length, accepts);
  if (rest === undefined) return reading;
  const [first = ''] = rest.words;
  if (!isFirstName(first) && rest.words.length > 2) return reading;
  if (isCredential(first) || isAllCapitals(first) !== reading.words.every(isAllCapitals))
    return reading;
  return { ...reading, end: rest.end, words: [...reading.words, ...rest.words] };
}

function isCredential(word: string): boolean {
  return /^(?:MD|DO|RN|NP|PA|PhD|LPN|DDS|CRNA|APRN|PharmD|Jr|Sr)$/.test(word);
}

function isAllCapitals(word: string): boolean {
  return word.length > 1 && word === word.toUpperCase();
}

/** A capitalised word of the gazetteer. */
export const readGazetteerWord: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const word = text.slice(start, end);
  if (isCommonWord(word)) return;
  if (isEponymNoun(wordBehind(text, end))) return;
  if (isFirstName(word)) readFromFirstName(subject, start, word);
  if (isLastName(word)) readBackFromLastName(subject, start, end, word);
};

function wordBehind(text: string, end: number): string {
  return matchAt(/(?:'s|s')?[ -]([A-Za-z]{2,20})/y, text, end)?.[1] ?? '';
}

function readFromFirstName(subject: Subject, start: number, word: string): void {
  const before = textBefore(subject, start, 30);
  if (/(?:\bSt\.?|\bSaint|\bMount|\bMt\.?|\bLake|\bFort|\bPort|\bNew) $/.test(before)) return;
  const isSure = isSureFirstName(word);
  const capitals = isAllCapitals(word);
  const accepts = (next: string): boolean =>
    capitals
      ? isFirstName(next) || isLastName(next)
      : isLikely(next) || (isLastName(next) && !isCommonWord(next));
  const reading = readForward(subject, start, (next) => next === word || accepts(next));
  // "Lee, Ann": what stands before the comma is the last name.
  const last = /(?:^|[^A-Za-z'-])((?:[A-Z][A-Za-z]{0,20}['-])?[A-Z][A-Za-z]{1,24}), ?$/.exec(
    before,
  )?.[1];
  const isLastBefore =
    last !== undefined &&
    isExpected(last) &&
    (isLastName(last) || (isSure && isLikely(last) && isAllCapitals(last) === capitals));
  if (isLastBefore && last !== undefined) {
    const lastStart = start - before.length + before.lastIndexOf(last);
    const name = reading ?? { end: start + word.length, words: [word] };
    addName(subject, {
      start: lastStart,
      end: name.end,
      words: [last, ...name.words],
      hasInitial: false,
    });
    return;
  }
  if (reading === undefined) return;
  // "LEE ANN B": in lists in capitals the last name stands first.
  const lastInCapitals = capitals
    ? /(?:^|[^A-Za-z'-])([A-Z]{2,24}) $/.exec(before)?.[1]
    : undefined;
  if (
    lastInCapitals !== undefined &&
    isLastName(lastInCapitals) &&
    isSure &&
    !isCommonWord(lastInCapitals)
  ) {
    const words = [lastInCapitals, ...reading.words];
    addName(subject, { ...reading, start: start - lastInCapitals.length - 1, words });
    return;
  }
  if (reading.words.length > 1) {
    const surname = reading.words.at(-1) as string;
    if (isSure || isLastName(surname)) addName(subject, reading);
    return;
  }
  // Alone: where it cannot be anything else.
  if (isSure && !capitals && !isLastName(word)) addName(subject, reading);
}

const INITIALS_BEFORE = /(?:^|[^A-Za-z.])((?:[A-Z]\.? ?){1,2}) ?$/;
const WORD_BEFORE = /(?:^|[^A-Za-z'-])([A-Z][a-z]{1,24}(?:-[A-Z][a-z]{1,24})?) (?:[A-Z]\.? )?$/;

/** "A. Lee"; "Ann Lee" where the first name is not of the gazetteer. */
function readBackFromLastName(subject: Subject, start: number, end: number, word: string): void {
  const before = textBefore(subject, start, 36);
  const initials = INITIALS_BEFORE.exec(before)?.[1];
  if (initials?.includes('.')) {
    const reading = readForward(subject, start, (next) => next === word || isLikely(next));
    addName(subject, {
      start: start - before.length + before.lastIndexOf(initials),
      end: reading?.end ?? end,
      words: [word],
      hasInitial: true,
    });
    return;
  }
  const first = WORD_BEFORE.exec(before)?.[1];
  if (first === undefined || !isLikely(first) || isAllCapitals(word) || isOrdinaryWord(word))
    return;
  const firstStart = start - before.length + before.lastIndexOf(`${first} `);
  // At the start of a sentence any word has a capital.
  if (/(?:^|[.!?:\n] ?)$/.test(before.slice(0, Math.max(0, before.lastIndexOf(`${first} `)))))
    return;
  addName(subject, { start: firstStart, end, words: [first, word], hasInitial: false });
}

/** "Dr. Lee", "Mrs. Lee". */
export const readTitle: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const title = text.slice(start, end);
  const gap = matchAt(/\.? {1,2}/y, text, end)?.[0];
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

/** "daughter Anna", "wife, Ann Lee"; and "Ann Lee, the spouse". */
export const readRelation: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const gap = matchAt(
    /(?:'s name)?[ ,:(]{1,3}(?:(?:is|was|named|called|name is|name:|contact:?) )?["(]?/y,
    text,
    end,
  )?.[0];
  if (gap !== undefined) {
    const reading = readForward(subject, end + gap.length, isLikely);
    const first = reading?.words[0];
    if (reading !== undefined && first !== undefined) {
      if (isKnown(first) || (!isAllCapitals(first) && !/[.:]/.test(gap))) addName(subject, reading);
    }
  }
  addNameBefore(subject, start, /[,]? ?\(?(?:the |his |her |their |patient's |pt's )?$/);
};

/** Behind the name: "Ann T. Lee, MD"; or before it: "RN Ann Lee". */
export const readCredential: ReadToken = (subject, start, end) => {
  addNameBefore(subject, start, /,? $/);
  const { text } = subject;
  const gap = matchAt(/:? (?=[A-Z])/y, text, end)?.[0];
  const reading =
    gap === undefined ? undefined : readForward(subject, end + gap.length, isPossible);
  if (reading === undefined || reading.words.some(isAllCapitals)) return;
  const isAlone = reading.words.length === 1 && !reading.hasInitial;
  // Behind "M.D." a sentence may start.
  if (isAlone && text[end - 1] === '.') return;
  // "RN Ann called": a heading has no small letters behind it.
  if (
    isAlone &&
    !isKnown(reading.words[0] as string) &&
    !/^ [a-z]/.test(text.slice(reading.end, reading.end + 2))
  )
    return;
  addName(subject, reading);
};

/** "Ann Lee (4 y/o)", "Ann Lee is a 46 yo". */
export const readAgeOfSomeone: ReadToken = (subject, start) => {
  addNameBefore(
    subject,
    start,
    /(?:,? (?:is|was) an? |,? an? |, |,? \()(?:pleasant |delightful |very )?$/,
  );
};

/** As many words and initials as `NAME_BEFORE` takes. */
const WORDS_BEFORE_MAX = 4;
const NAME_BEFORE =
  /(?:^|[^A-Za-z0-9'-])((?:(?:[A-Z][A-Za-z]{1,24}(?:['-][A-Za-z]{1,24})?|[A-Z]\.?|[ODL]'[A-Z][A-Za-z]{1,20}) ){0,3}(?:[A-Z][A-Za-z]{1,24}(?:['-][A-Za-z]{1,24})?|[ODL]'[A-Z][A-Za-z]{1,20}))$/;

/** Between a name and what stands behind it: " is a delightful ". */
const GAP_LENGTH_MAX = 24;
const NAME_LENGTH_MAX = 70;

function addNameBefore(subject: Subject, start: number, gap: RegExp): void {
  const gapLength = gap.exec(textBefore(subject, start, GAP_LENGTH_MAX))?.[0].length ?? 0;
  if (gapLength === 0) return;
  const sides = textBefore(subject, start - gapLength, NAME_LENGTH_MAX);
  const match = NAME_BEFORE.exec(lastWords(sides, WORDS_BEFORE_MAX));
  if (match?.[1] === undefined) return;
  const all = match[1].split(' ');
  // The name is what stands last; a sentence's first words may stand before it.
  let first = all.length;
  while (first > 0 && isNamePart(all[first - 1] as string)) first -= 1;
  const words = all.slice(first);
  const full = words.filter((word) => word.replace('.', '').length > 1);
  const hasInitial = full.length < words.length;
  const someKnown = full.some(isKnown);
  if (full.length === 0 || (full.length + (hasInitial ? 1 : 0) < 2 && !someKnown)) return;
  if (!someKnown && full.some(isAllCapitals)) return;
  const name = words.join(' ');
  const end = start - gapLength;
  addName(subject, { start: end - name.length, end, words: full, hasInitial });
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
  return /^[A-Z]\.?$/.test(word) || isPossible(word, NOTHING_BEFORE);
}

const STRONG_VERB =
  /^(?:.*(?:by|sincerely|regards|dear|hi|hello|attn|cc|thanks|thank you|named|name is|this is|spoke.*|spoken.*|discussed.*|called|notified|contacted|informed|asked|updated|told|lives? with|living with|cared for by|love|best|.* for|.* of|message from|letter from|chart of|chart for))$/i;

/** Before someone of the household, who often has a first name only. */
const NEAR_ONE = /^(?:lives? with|living with|cared for by|accompanied by)$/i;

/** Before the writer's name, or the reader's, which stands alone. */
const CLOSING = /^(?:sincerely|regards|thanks|thank you|love|best|dear|hi|hello)$/i;

/** "signed by", "message from", "thanks,": a name may stand behind. */
export const readPersonVerb: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const gap =
    matchAt(/[,:]? {0,2}\n? ?(?:(?:the |his |her )?(?:patient|nurse|pt),? )?/y, text, end)?.[0] ??
    '';
  if (gap === '') return;
  const reading = readName(subject, end + gap.length, isPossible);
  if (reading === undefined) return;
  const isStrong = STRONG_VERB.test(text.slice(start, end));
  const someKnown = reading.words.some(isKnown);
  const [first = ''] = reading.words;
  if (reading.words.length === 1 && !reading.hasInitial) {
    const isClosing =
      CLOSING.test(text.slice(start, end)) &&
      /^[\s,!.]*(?:\n|$)|^,/.test(text.slice(reading.end, reading.end + 3));
    if (isEponymNoun(wordBehind(text, reading.end))) return;
    const isNear = NEAR_ONE.test(text.slice(start, end)) && !isAllCapitals(first);
    if (isClosing || isNear || (isStrong && isFirstName(first))) addName(subject, reading);
    return;
  }
  if (isEponymNoun(reading.words.at(-1) as string) || isEponymNoun(wordBehind(text, reading.end)))
    return;
  if (reading.words.some(isAllCapitals) && !someKnown) return;
  if (someKnown || isStrong || reading.hasInitial) addName(subject, reading);
};

/** "Patient:", "Name =", "Pt". */
export const readNameLabel: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const colon = matchAt(/(?:'s)?(?: ?name)?(?:\(s\))?["')]? ?[:=]>? {0,4}["'(]?/iy, text, end)?.[0];
  if (colon !== undefined) {
    const reading = readName(subject, end + colon.length, isExpected);
    if (reading !== undefined) addName(subject, reading);
    else addLowerCaseName(subject, end + colon.length);
    return;
  }
  const label = text.slice(start, end);
  if (
    !/^[a-z]+$/i.test(label) ||
    /^(?:to|from|re|name|contact|user|chart|reading|requested)$/i.test(label)
  )
    return;
  const isPatient = /^(?:patient|pt|client|resident)$/i.test(label);
  const gap = matchAt(/\.?(?: name)?(?: is|,)? /iy, text, end)?.[0];
  if (gap === undefined) return;
  const reading = readName(subject, end + gap.length, isPossible);
  const first = reading?.words[0];
  if (reading === undefined || first === undefined) return;
  if (isAllCapitals(first) && !isKnown(first)) return;
  // Of others than the patient one word may be anything.
  if (!isPatient && reading.words.length < 2 && !reading.hasInitial) return;
  if (isEponymNoun(wordBehind(text, reading.end))) return;
  addName(subject, reading);
};

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
  if (!name.some((word) => isKnown(word) && !isOrdinaryWord(word))) return;
  const end = start + match[0].lastIndexOf(name.at(-1) as string) + (name.at(-1) as string).length;
  addFinding(subject, start, end, 'name');
}

/** Occurrences looked for, of names that were found once. */
const REPEATED_MAX = 1_000;

/** Finds the words of names again where they stand alone: "Ms. Lee", later "Lee refused". */
export function readRepeatedNames(subject: Subject): void {
  const { text } = subject;
  let count = 0;
  for (const word of [...subject.nameWords].slice(0, 50)) {
    for (
      let at = text.indexOf(word);
      at !== -1 && count < REPEATED_MAX;
      at = text.indexOf(word, at + word.length)
    ) {
      count += 1;
      const end = at + word.length;
      const isWhole =
        !/[A-Za-z0-9]/.test(text[at - 1] ?? '') && !/[A-Za-z0-9]/.test(text[end] ?? '');
      if (isWhole && !isEponymNoun(wordBehind(text, end))) addFinding(subject, at, end, 'name');
    }
  }
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
