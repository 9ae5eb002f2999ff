import { findFileOperands } from './file-operands.ts';
import type { Invocation, StartedPrograms } from './look-through.ts';
import type { OpaqueReason } from './opaque-reason.ts';
import { mayHaveOption } from './program-options.ts';
import { ANY_PATH, findPatterns, HOME_PATH, UNKNOWN_PATH } from './shell-path.ts';
import { literalWord, type ShellWord, unknownWord } from './shell-word.ts';

/** The files whose content a text may show, as far as it names them. */
export interface ShownFiles {
  /**
   * Files that it reads: canonical paths, perhaps with wildcards of a shell, and with `**` for what the text does not show.
   * `**` alone is any file.
   */
  readonly patterns: readonly string[];
  /** What else in it may be the name of a file, as such patterns: arguments of programs that may mean anything. */
  readonly names: readonly string[];
}

/** What may be any text may show any file. */
export const ANY_FILE: ShownFiles = { patterns: [ANY_PATH], names: [] };

/** Programs that show nothing of what is in the files that they are given, with any arguments. */
const SHOW_NO_CONTENT: ReadonlySet<string> = new Set(
  `cd pushd test [ ls dir vdir stat df readlink realpath rm rmdir unlink mkdir touch chmod chown chgrp echo printf : true false
  sleep seq id whoami ps pwd exit return break continue shift times type kill pkill killall wait export unset read umask ulimit
  basename dirname nproc hostname uptime`.split(/\s+/),
);

/** Programs that read what is beneath a directory, if one of the options is given. Default: in any case. */
const TREE_READERS: Readonly<Record<string, string | undefined>> = {
  rg: undefined,
  ag: undefined,
  tar: undefined,
  bsdtar: undefined,
  zip: undefined,
  '7z': undefined,
  '7za': undefined,
  '7zr': undefined,
  '7zz': undefined,
  rgrep: undefined,
  ugrep: undefined,
  ack: undefined,
  jar: undefined,
  pax: undefined,
  grep: '-r -R -d --recursive --dereference-recursive --directories',
  egrep: '-r -R -d --recursive --dereference-recursive --directories',
  fgrep: '-r -R -d --recursive --dereference-recursive --directories',
  zgrep: '-r -R --recursive',
  // Of two directories, or of a file and a directory, they compare what is in them.
  diff: undefined,
  sdiff: undefined,
  zdiff: undefined,
  colordiff: undefined,
  wdiff: undefined,
  cp: '-r -R -a --recursive --archive',
  gzip: '-r --recursive',
  gunzip: '-r --recursive',
  zcat: '-r --recursive',
  zstd: '-r',
  zstdcat: '-r',
  rsync: '-r -a -d --recursive --archive --dirs --old-dirs',
  scp: '-r',
};

/** Programs that read what other programs or files name, if one of the options is given. */
const NAMED_BY_INPUT: Readonly<Record<string, string>> = {
  cpio: '-o -p --create --pass-through',
  pax: '-w',
  tar: '-T --files-from',
  bsdtar: '-T --files-from',
  zip: '-@ --names-stdin',
  sort: '--files0-from',
  rsync: '--files-from',
};

/** Where the text is not known as a shell reads it. */
const UNREAD_REASONS: readonly OpaqueReason[] = ['unreadable', 'too-large', 'syntax'];

/** Characters of words that may be names, in one text: finding and comparing names takes time. */
const NAMED_CHARACTERS_MAX = 16 * 1024;

/** Letters of options that may stand together before the last one's value: `-czf`. */
const BUNDLED_LETTERS_MAX = 4;

/** Finds the files that a text may show, from the directories in which its commands work. */
export function findShownFiles(
  started: StartedPrograms,
  directories: readonly string[],
): ShownFiles {
  if (UNREAD_REASONS.some((reason) => started.reasons.has(reason))) return ANY_FILE;
  const patterns = new Set<string>();
  const names = new Set<string>();
  const seen = new Set<string>();
  let namedCharacters = 0;
  const read = (words: readonly ShellWord[]): void => {
    for (const word of words) {
      if (isSeen(seen, 'read', word)) continue;
      for (const pattern of findPatterns(word, directories)) patterns.add(pattern);
    }
  };
  const name = (words: readonly ShellWord[]): void => {
    for (const word of words) {
      if (word.kind === 'unknown') patterns.add(ANY_PATH);
      if (isSeen(seen, 'name', word)) continue;
      namedCharacters += word.text.length;
      if (namedCharacters > NAMED_CHARACTERS_MAX) continue;
      for (const found of findNames(word)) names.add(found);
    }
  };
  for (const invocation of started.invocations) {
    const { program, args, isWrapper } = invocation;
    if (showsNoContent(invocation)) continue;
    name(args);
    if (isWrapper) continue;
    const { reads, others } = findFileOperands(program, args);
    read([...reads, ...others]);
    if (isNamedByInput(invocation)) read([unknownWord('', false)]);
    const roots = [...reads, ...others];
    if (readsTrees(invocation)) read(roots.length === 0 ? [EVERY_FILE] : roots.map(beneath));
  }
  name(started.unread);
  read(started.redirections.filter(({ access }) => access !== 'write').map(({ target }) => target));
  // `.` and `..` are directories to most programs, and so is the home.
  names.delete(ANY_PATH);
  patterns.delete(HOME_PATH);
  if (namedCharacters > NAMED_CHARACTERS_MAX) return { patterns: [ANY_PATH], names: [ANY_PATH] };
  return { patterns: [...patterns], names: [...names].filter((found) => !patterns.has(found)) };
}

/** Whether the word was taken before for the same; else notes that it was. */
function isSeen(seen: Set<string>, as: 'read' | 'name', { kind, text }: ShellWord): boolean {
  const key = `${as} ${kind} ${text}`;
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

const EVERY_FILE: ShellWord = { kind: 'pattern', text: '**', maySplit: false };

function beneath(word: ShellWord): ShellWord {
  return word.kind === 'unknown' ? word : { ...word, kind: 'pattern', text: `${word.text}/**` };
}

function showsNoContent({ program, args }: Invocation): boolean {
  // What it finds is given to others, which are invocations of their own.
  if (program === 'find') return !mayHaveOption(args, '-files0-from');
  return SHOW_NO_CONTENT.has(program);
}

function isNamedByInput({ program, args }: Invocation): boolean {
  if (!Object.hasOwn(NAMED_BY_INPUT, program)) return false;
  // tar takes letters without a dash in its first argument.
  const hasLetter = program.endsWith('tar') && /^[A-Za-z]*T/.test(args[0]?.text ?? '');
  return hasLetter || mayHaveOption(args, NAMED_BY_INPUT[program] ?? '');
}

/** Subcommands of git that show what is in files, with any options or with these. */
const GIT_SHOWS: Readonly<Record<string, RegExp>> = {
  grep: /^/,
  diff: /^/,
  show: /^/,
  blame: /^/,
  archive: /^/,
  'cat-file': /^/,
  log: /^-(?:[pumcLUW]|-patch|-cc|-unified|-word-diff|-color-words|-function|-full)/,
  stash: /^(?:show$|-p|--patch)/,
  reflog: /^-(?:[pumcU]|-patch)/,
};

function readsTrees({ program, args }: Invocation): boolean {
  if (program === 'git') {
    return args.some(
      ({ text }) =>
        Object.hasOwn(GIT_SHOWS, text) && args.some((other) => GIT_SHOWS[text]?.test(other.text)),
    );
  }
  if (!Object.hasOwn(TREE_READERS, program)) return false;
  const options = TREE_READERS[program];
  return options === undefined || mayHaveOption(args, options);
}

/** Patterns of the names in a word, which may be an option, a text for an interpreter or `host:path`. */
function findNames({ kind, text }: ShellWord): readonly string[] {
  if (kind === 'unknown') return [];
  if (kind === 'pattern') return findPatterns({ kind, text, maySplit: false }, [UNKNOWN_PATH]);
  return text
    .split(/[\s'"`=:;,@<>|&(){}]+/)
    .flatMap(withoutLetters)
    .filter((piece) => piece !== '' && !/[*?[]/.test(piece))
    .flatMap((piece) => findPatterns(literalWord(piece), [UNKNOWN_PATH]));
}

/** `-fpeople.csv`: what stands behind each letter that may be an option with a value. */
function withoutLetters(piece: string): readonly string[] {
  if (!/^-[^-]/.test(piece)) return [piece];
  return Array.from({ length: BUNDLED_LETTERS_MAX }, (_, letters) => piece.slice(letters + 2));
}
