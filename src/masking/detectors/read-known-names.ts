import {
  isCommonWord,
  isEponymNoun,
  isFirstName,
  isLastName,
  isOrdinaryWord,
  isSureFirstName,
} from './lexicon.ts';
import {
  addName,
  isAllCapitals,
  isExpected,
  isLikely,
  particleBefore,
  readForward,
  wordBehind,
} from './name-reading.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject } from './subject.ts';

/** A capitalised word of the gazetteer. */
export const readGazetteerWord: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const word = text.slice(start, end);
  if (isCommonWord(word)) return;
  // "Charcot-Marie-Tooth": what a name starts with stands before.
  if (matchAt(WITHIN_WORD, text, start) !== null) return;
  if (isEponymNoun(wordBehind(text, end)) || matchAt(EPONYM, text, start) !== null) return;
  if (isFirstName(word)) readFromFirstName(subject, start, word);
  if (isLastName(word)) readBackFromLastName(subject, start, end, word);
};

const WITHIN_WORD = /(?<=[A-Za-z]-)/y;

/** Persons whose first names stand in the names of signs and diseases (whonamedit.com). */
const EPONYM =
  /(?:Marcus Gunn|Austin Flint|Graham Steell|Carey Coombs|Ivor Lewis|Grey Turner|Miller (?:Fisher|Abbott)|Argyll Robertson|Ramsay Hunt|Holmes Adie|Ann Arbor|Henoch Schonlein|Wolf Hirschhorn|Mary Jane|Johns Hopkins|Walter Reed|Ortho Evra|Ellis van Creveld|Russell Silver|Prader Willi|Cornelia de Lange|Charles Bonnet|Jackson Pratt|Mikulicz Radecki|Rose Bengal|Parks Bielschowsky|Harris Benedict)\b/y;

/** Before a first name: a place is called so. */
const OF_PLACE = /(?<=\b(?:St\.?|Saint|Mount|Mt\.?|Lake|Fort|Port|New) )/y;
/** "Lee, " before "Ann". */
const LAST_NAME_BEFORE =
  /(?<=(?<![A-Za-z'-])(((?:[A-Z][A-Za-z]{0,20}['-])?[A-Z][A-Za-z]{1,24}), ?))/y;
/** "LEE " before "ANN B": in lists in capitals the last name stands first. */
const CAPITALS_BEFORE = /(?<=(?<![A-Za-z'-])([A-Z]{2,24}) )/y;

function readFromFirstName(subject: Subject, start: number, word: string): void {
  const { text } = subject;
  if (matchAt(OF_PLACE, text, start) !== null) return;
  const isSure = isSureFirstName(word);
  const capitals = isAllCapitals(word);
  const accepts = (next: string): boolean =>
    capitals
      ? isFirstName(next) || isLastName(next)
      : isLikely(next) || (isLastName(next) && !isCommonWord(next));
  const reading = readForward(subject, start, (next) => next === word || accepts(next));
  const [, lastBefore = '', last] = matchAt(LAST_NAME_BEFORE, text, start) ?? [];
  if (
    last !== undefined &&
    isExpected(last) &&
    (isLastName(last) || (isSure && isLikely(last) && isAllCapitals(last) === capitals)) &&
    !isInList(text, start, start + word.length)
  ) {
    const { end, words } = reading ?? { end: start + word.length, words: [word] };
    addName(subject, {
      start: start - lastBefore.length,
      end,
      words: [last, ...words],
      hasInitial: false,
    });
    return;
  }
  if (reading === undefined) return;
  const lastInCapitals = capitals ? matchAt(CAPITALS_BEFORE, text, start)?.[1] : undefined;
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

/** Before and behind a word of a list. */
const LISTED_BEFORE = /(?<=[A-Z][A-Za-z-]{1,24}, [A-Z][A-Za-z'-]{1,24}, ?)/y;
const LISTED_BEHIND = /,? (?:and )?[A-Z][a-z]/y;

/** "Allis, Kelly, Kocher": single words with commas around are instruments or eponyms. */
function isInList(text: string, start: number, end: number): boolean {
  return matchAt(LISTED_BEHIND, text, end) !== null && matchAt(LISTED_BEFORE, text, start) !== null;
}

/** "A. " or "A. B. " before "Lee". */
const INITIALS_BEFORE = /(?<=(?<![A-Za-z.])((?:[A-Z]\.? ?){1,2} ?))/y;
const TITLE = /^(?:M\.? ?[RS]|D\.? ?R)\./;
/** "Ann " or "Ann B. " before "Lee". */
const FIRST_NAME_BEFORE =
  /(?<=(?<![A-Za-z'-])(([A-Z][a-z]{1,24}(?:-[A-Z][a-z]{1,24})?) (?:[A-Z]\.? )?))/y;
/** There any word has a capital. */
const START_OF_SENTENCE = /(?<=^|[.!?:\n] ?)/y;

/** "A. Lee"; "Ann Lee" where the first name is not of the gazetteer. */
function readBackFromLastName(subject: Subject, start: number, end: number, word: string): void {
  const { text } = subject;
  const initials = matchAt(INITIALS_BEFORE, text, start)?.[1];
  if (initials?.includes('.') && !TITLE.test(initials)) {
    const reading = readForward(subject, start, (next) => next === word || isLikely(next));
    addName(subject, {
      start: start - initials.length,
      end: reading?.end ?? end,
      words: [word],
      hasInitial: true,
    });
    return;
  }
  const [, before = '', first] = matchAt(FIRST_NAME_BEFORE, text, start) ?? [];
  if (first === undefined || !isLikely(first) || isAllCapitals(word) || isOrdinaryWord(word))
    return;
  if (matchAt(EPONYM, `${first} ${word}`, 0) !== null) return;
  const firstStart = start - before.length;
  if (matchAt(START_OF_SENTENCE, text, firstStart) !== null) return;
  addName(subject, { start: firstStart, end, words: [first, word], hasInitial: false });
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
      if (!isWhole || isEponymNoun(wordBehind(text, end))) continue;
      addFinding(subject, at - particleBefore(subject, at).length, end, 'name');
    }
  }
}
