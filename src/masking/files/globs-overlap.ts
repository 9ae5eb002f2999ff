/** What one step of a pattern takes. */
type Step =
  | { readonly kind: 'character'; readonly text: string }
  /** Any character but a slash. */
  | { readonly kind: 'any' }
  /** Any number of these. */
  | { readonly kind: 'name' }
  /** Any number of any characters. */
  | { readonly kind: 'all' };

const SLASH: Step = { kind: 'character', text: '/' };
const ALL: Step = { kind: 'all' };
// What `**` with a slash on either side stands for after the first of them: directories, or none.
const DIRECTORIES = 'directories';

/**
 * Whether there is a path for which both may stand. Says yes when in doubt.
 *
 * @param glob Of absolute paths, as a data map has it.
 * @param named A path as the text of a command shows it: `~` is a directory that nobody knows here, and what may be a
 *   wildcard counts as one.
 */
export function globsOverlap(glob: string, named: string): boolean {
  return meet(glob, readNamed(named));
}

/** Whether a pattern of absolute paths stands for this path. Takes time for each step of the one by each character of the other. */
export function globMatches(glob: string, path: string): boolean {
  return meet(
    glob,
    Array.from(path, (text) => ({ kind: 'character', text })),
  );
}

function meet(glob: string, right: readonly Step[]): boolean {
  // Where `right` may be after the steps of the glob that were taken.
  let places = passOver(new Set([0]), right);
  for (const step of readGlob(glob)) {
    const before = places;
    places =
      step === DIRECTORIES
        ? new Set([...before, ...take(SLASH, take(ALL, before, right), right)])
        : take(step, before, right);
    if (places.size === 0) return false;
  }
  return places.has(right.length);
}

function take(step: Step, places: ReadonlySet<number>, right: readonly Step[]): Set<number> {
  return isRepeated(step) ? takeMany(step, places, right) : takeOne(step, places, right);
}

function takeOne(step: Step, places: ReadonlySet<number>, right: readonly Step[]): Set<number> {
  const after = new Set<number>();
  for (const place of places) {
    const other = right[place];
    if (other !== undefined && share(step, other)) after.add(isRepeated(other) ? place : place + 1);
  }
  return passOver(after, right);
}

function takeMany(step: Step, places: ReadonlySet<number>, right: readonly Step[]): Set<number> {
  const after = new Set<number>();
  let isTaking = false;
  for (let place = 0; place <= right.length; place += 1) {
    isTaking ||= places.has(place);
    if (isTaking) after.add(place);
    const other = right[place];
    if (other !== undefined && !isRepeated(other) && !share(step, other)) isTaking = false;
  }
  return after;
}

/** Adds the places behind steps that need not take anything. */
function passOver(places: Set<number>, right: readonly Step[]): Set<number> {
  for (const place of places) {
    const other = right[place];
    if (other !== undefined && isRepeated(other)) places.add(place + 1);
  }
  return places;
}

function isRepeated({ kind }: Step): boolean {
  return kind === 'name' || kind === 'all';
}

/** Whether there is a character that both take. */
function share(left: Step, right: Step): boolean {
  if (left.kind === 'character' && right.kind === 'character') return left.text === right.text;
  return !(isSlash(left) && excludesSlash(right)) && !(isSlash(right) && excludesSlash(left));
}

function isSlash(step: Step): boolean {
  return step.kind === 'character' && step.text === '/';
}

function excludesSlash({ kind }: Step): boolean {
  return kind === 'any' || kind === 'name';
}

function readGlob(glob: string): readonly (Step | typeof DIRECTORIES)[] {
  return (glob.match(/\/\*\*\/|\*\*|[\s\S]/gu) ?? []).flatMap((text) =>
    text === '/**/' ? [SLASH, DIRECTORIES] : [readStep(text)],
  );
}

function readNamed(named: string): readonly Step[] {
  const text = named.replace(/^~[^/]*/, '**').replaceAll('/**/', '/**');
  // A set of characters, or the same written between quotes.
  return (text.match(/\*\*|\[[^/\]]+\]|[\s\S]/gu) ?? []).map((part) =>
    part.startsWith('[') && part !== '[' ? { kind: 'name' } : readStep(part),
  );
}

function readStep(text: string): Step {
  switch (text) {
    case '**':
      return ALL;
    case '*':
      return { kind: 'name' };
    case '?':
      return { kind: 'any' };
    default:
      return { kind: 'character', text };
  }
}
