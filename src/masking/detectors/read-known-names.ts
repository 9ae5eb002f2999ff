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
  PARTICLE_BEFORE,
  readForward,
  wordBehind,
} from './name-reading.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, type Subject, textBefore } from './subject.ts';

/** A capitalised word of the gazetteer. */
export const readGazetteerWord: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const word = text.slice(start, end);
  if (isCommonWord(word)) return;
  // "Charcot-Marie-Tooth": what a name starts with stands before.
  if (/[A-Za-z]-$/.test(textBefore(subject, start, 2))) return;
  if (isEponymNoun(wordBehind(text, end)) || isEponym(text.slice(start, end + 24))) return;
  if (isFirstName(word)) readFromFirstName(subject, start, word);
  if (isLastName(word)) readBackFromLastName(subject, start, end, word);
};

/** Persons whose first names stand in the names of signs and diseases (whonamedit.com). */
const EPONYM =
  /^(?:Marcus Gunn|Austin Flint|Graham Steell|Carey Coombs|Ivor Lewis|Grey Turner|Miller (?:Fisher|Abbott)|Argyll Robertson|Ramsay Hunt|Holmes Adie|Ann Arbor|Henoch Schonlein|Wolf Hirschhorn|Mary Jane|Johns Hopkins|Walter Reed|Ortho Evra|Ellis van Creveld|Russell Silver|Prader Willi|Cornelia de Lange|Charles Bonnet|Jackson Pratt|Mikulicz Radecki|Rose Bengal|Parks Bielschowsky|Harris Benedict)\b/;

function isEponym(text: string): boolean {
  return EPONYM.test(text);
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
    !isInList(subject, start, word) &&
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

/** "Allis, Kelly, Kocher": single words with commas around are instruments or eponyms. */
function isInList({ text }: Subject, start: number, word: string): boolean {
  return (
    /[A-Z][A-Za-z-]{1,24}, [A-Z][A-Za-z'-]{1,24}, ?$/.test(
      text.slice(Math.max(0, start - 60), start),
    ) && /^,? (?:and )?[A-Z][a-z]/.test(text.slice(start + word.length, start + word.length + 8))
  );
}

const INITIALS_BEFORE = /(?:^|[^A-Za-z.])((?:[A-Z]\.? ?){1,2}) ?$/;
const WORD_BEFORE = /(?:^|[^A-Za-z'-])([A-Z][a-z]{1,24}(?:-[A-Z][a-z]{1,24})?) (?:[A-Z]\.? )?$/;

/** "A. Lee"; "Ann Lee" where the first name is not of the gazetteer. */
function readBackFromLastName(subject: Subject, start: number, end: number, word: string): void {
  const before = textBefore(subject, start, 36);
  const initials = INITIALS_BEFORE.exec(before)?.[1];
  if (initials?.includes('.') && !/^(?:M\.? ?[RS]|D\.? ?R)\./.test(initials)) {
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
  if (isEponym(`${first} ${word}`)) return;
  const firstStart = start - before.length + before.lastIndexOf(`${first} `);
  // At the start of a sentence any word has a capital.
  if (/(?:^|[.!?:\n] ?)$/.test(before.slice(0, Math.max(0, before.lastIndexOf(`${first} `)))))
    return;
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
      const particle = PARTICLE_BEFORE.exec(text.slice(Math.max(0, at - 8), at))?.[1] ?? '';
      addFinding(subject, at - particle.length, end, 'name');
    }
  }
}
