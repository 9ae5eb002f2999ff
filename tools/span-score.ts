/** A labelled range of a text, in code points. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  /** `must`: counts; `soft`: may be masked or not. */
  readonly level: string;
}

export interface LabelledText {
  readonly id: string;
  readonly text: string;
  readonly spans: readonly Span[];
  /** Ranges that may be masked or not. */
  readonly ignore: readonly (readonly [number, number])[];
}

export interface LabelScore {
  count: number;
  full: number;
  any: number;
}

export interface Score {
  readonly textCount: number;
  readonly spanCount: number;
  /** Shares of the values that must be masked. */
  readonly fullRecall: number;
  readonly anyRecall: number;
  /** Share of the letters and digits outside of values that were masked. */
  readonly overMaskedShare: number;
  readonly cleanCount: number;
  readonly cleanHitCount: number;
  readonly byLabel: ReadonlyMap<string, LabelScore>;
  /** Letters and digits masked in error, by the class of what was found. */
  readonly overMaskedByClass: ReadonlyMap<string, number>;
}

const INNOCENT = 0;
const VALUE = 1;
const EITHER = 2;

/** Scores what `find` masks, whatever class it says: what leaks, and what is masked for nothing. */
export function scoreTexts(
  texts: readonly LabelledText[],
  find: (text: string) => readonly Span[],
): Score {
  const byLabel = new Map<string, LabelScore>();
  const overMaskedByClass = new Map<string, number>();
  let [innocent, overMasked, cleanCount, cleanHitCount] = [0, 0, 0, 0];
  for (const labelled of texts) {
    const characters = Array.from(labelled.text);
    const found = find(labelled.text);
    const foundBy = classesByCharacter(found, characters.length);
    const roles = rolesOf(labelled, characters.length);
    countSpans(labelled, { characters, foundBy }, byLabel);
    for (const [index, character] of characters.entries()) {
      if (roles[index] !== INNOCENT || !isAlphanumeric(character)) continue;
      innocent += 1;
      const className = foundBy[index];
      if (className === undefined) continue;
      overMasked += 1;
      overMaskedByClass.set(className, (overMaskedByClass.get(className) ?? 0) + 1);
    }
    if (labelled.spans.length > 0) continue;
    cleanCount += 1;
    if (found.length > 0) cleanHitCount += 1;
  }
  const total = (part: keyof LabelScore): number =>
    [...byLabel.values()].reduce((sum, score) => sum + score[part], 0);
  return {
    textCount: texts.length,
    spanCount: total('count'),
    fullRecall: share(total('full'), total('count')),
    anyRecall: share(total('any'), total('count')),
    overMaskedShare: share(overMasked, innocent),
    cleanCount,
    cleanHitCount,
    byLabel,
    overMaskedByClass,
  };
}

function countSpans(
  { spans }: LabelledText,
  {
    characters,
    foundBy,
  }: { characters: readonly string[]; foundBy: readonly (string | undefined)[] },
  byLabel: Map<string, LabelScore>,
): void {
  for (const { start, end, label, level } of spans) {
    if (level !== 'must') continue;
    let [length, masked] = [0, 0];
    for (let index = start; index < Math.min(end, characters.length); index++) {
      if (!isAlphanumeric(characters[index] as string)) continue;
      length += 1;
      if (foundBy[index] !== undefined) masked += 1;
    }
    const score = byLabel.get(label) ?? { count: 0, full: 0, any: 0 };
    score.count += 1;
    if (masked === length) score.full += 1;
    if (masked > 0) score.any += 1;
    byLabel.set(label, score);
  }
}

function classesByCharacter(found: readonly Span[], length: number): (string | undefined)[] {
  const classes = Array.from<string | undefined>({ length });
  for (const { start, end, label } of found) classes.fill(label, start, end);
  return classes;
}

function rolesOf({ spans, ignore }: LabelledText, length: number): Uint8Array {
  const roles = new Uint8Array(length);
  for (const [start, end] of ignore) roles.fill(EITHER, start, end);
  for (const { start, end, level } of spans) {
    for (let index = start; index < Math.min(end, length); index++) {
      if (level === 'must') roles[index] = VALUE;
      else if (roles[index] === INNOCENT) roles[index] = EITHER;
    }
  }
  return roles;
}

function isAlphanumeric(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
