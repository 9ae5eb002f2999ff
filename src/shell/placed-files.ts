import { findFileOperands, listOperands, pathsWithin } from './file-operands.ts';
import { mayHaveOption } from './program-options.ts';
import { literalWord, mayBeOption, type ShellWord, unknownWord } from './shell-word.ts';

/** Put files into a directory under their own names, if what they are told to write is one. */
const PLACERS: ReadonlySet<string> = new Set(['cp', 'mv', 'install', 'ln', 'scp', 'rsync']);
/** With these, what is in directories, too. */
const TREE_OPTIONS = '-r -R -a --recursive --archive';
/** Programs of which options say how a further file is called that they write. */
const NAMED_BY_OPTIONS: Readonly<Record<string, RegExp>> = {
  cp: /^-[a-zA-Z]*S|^--suf/,
  mv: /^-[a-zA-Z]*S|^--suf/,
  install: /^-[a-zA-Z]*S|^--suf/,
  ln: /^-[a-zA-Z]*S|^--suf/,
  // The sign stands for the name of the file: `sed -i'.bash*' p rc` writes `.bashrc`.
  sed: /^-[a-zA-Z]*i.*\*|^--in-place=.*\*/s,
};
/** Pairs of files and directories that are looked at. */
const PAIRS_MAX = 1_000;

/** Its name is open: it may be any file. */
const ANY: ShellWord = unknownWord('', false);

/**
 * Files that a program writes without naming them: `/etc/passwd` for `cp /tmp/passwd /etc`. Such a word ends with `**` where
 * it puts there what the text does not show, and is unknown where it may write anything.
 */
export function findPlacedFiles(program: string, args: readonly ShellWord[]): readonly ShellWord[] {
  const naming = NAMED_BY_OPTIONS[program];
  if (naming !== undefined && args.some(({ text }) => naming.test(text))) return [ANY];
  if (!PLACERS.has(program)) return findUnpackedTrees(program, args);
  const { reads, writes } = findFileOperands(program, args);
  // `ln x` makes a link in the directory where it works.
  const places = program === 'ln' && reads.length === 1 ? [literalWord('.')] : writes;
  if (reads.length * places.length > PAIRS_MAX) return [ANY];
  const isTree = mayHaveOption(args, TREE_OPTIONS);
  return places.flatMap((place) =>
    reads.flatMap((file) => (file === place ? [] : placedAt(place, file, isTree))),
  );
}

function placedAt(place: ShellWord, file: ShellWord, isTree: boolean): readonly ShellWord[] {
  if (place.kind === 'unknown') return [];
  const name = /([^/:]*)\/*$/.exec(file.text)?.[1] ?? '';
  // `dir/` and `dir/.`: what is in it, by names that only the host knows.
  const isContent = isTree && (/^\.{0,2}$/.test(name) || file.text.endsWith('/'));
  const isHidden = file.kind === 'pattern' && name.startsWith('.');
  if (file.kind === 'unknown' || isContent || isHidden) return [beneath(place, '**')];
  return [beneath(place, name), ...(isTree ? [beneath(place, `${name}/**`)] : [])];
}

function beneath({ kind, text }: ShellWord, name: string): ShellWord {
  const isPattern = kind === 'pattern' || /[*?[]/.test(name);
  return { kind: isPattern ? 'pattern' : kind, text: `${text}/${name}`, maySplit: false };
}

/** Where archives are taken apart. */
function findUnpackedTrees(program: string, args: readonly ShellWord[]): readonly ShellWord[] {
  if (!unpacks(program, args)) return [];
  const isElsewhere = mayHaveOption(args, '-C --directory -d -o --one-top-level -D');
  const named = [...listOperands(args), ...args.filter(mayBeOption).flatMap(pathsWithin)];
  const places = isElsewhere ? named : [literalWord('.')];
  return places
    .filter(({ kind }) => kind !== 'unknown')
    .slice(0, PAIRS_MAX)
    .map((place) => beneath(place, '**'));
}

function unpacks(program: string, args: readonly ShellWord[]): boolean {
  switch (program) {
    case 'tar':
    case 'bsdtar':
      // Its letters may stand without a dash.
      return /^[A-Za-z]*x/.test(args[0]?.text ?? '') || mayHaveOption(args, '-x --extract --get');
    case 'unzip':
      return !mayHaveOption(args, '-l -p -t -v -Z -z');
    case 'cpio':
      return mayHaveOption(args, '-i --extract -p --pass-through');
    default:
      return false;
  }
}
