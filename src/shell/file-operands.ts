import { listFindStarts } from './found-files.ts';
import { mayHaveOption, readOptions } from './program-options.ts';
import { mayBeOption, mayBeSeveral, type ShellWord } from './shell-word.ts';

/** The arguments of a program that name files, or may. */
export interface FileOperands {
  readonly reads: readonly ShellWord[];
  readonly writes: readonly ShellWord[];
  /** Those of which it is not known what is done with them. */
  readonly others: readonly ShellWord[];
}

/** What a program does with its operands. */
interface Role {
  readonly reads?: 'all' | 'but-last';
  readonly writes?: 'all' | 'last' | 'second';
  /** Operands in front that name no file, unless one of `skipUnless` is given. */
  readonly skip?: number;
  readonly skipUnless?: string;
}

const ROLES: readonly (readonly [programs: string, role: Role])[] = [
  [
    `cat tac head tail nl od hexdump strings wc cut paste join comm diff cmp cksum md5sum sha1sum sha224sum sha256sum
    sha384sum sha512sum b2sum sum base64 base32 file stat ls dir vdir du df tree readlink realpath zcat bzcat xzcat zstdcat
    column fold fmt rev expand unexpand pr tsort xmllint test [ getfacl lsattr namei cd pushd`,
    { reads: 'all' },
  ],
  ['uniq xxd', { reads: 'all', writes: 'second' }],
  ['grep egrep fgrep zgrep rg ag', { reads: 'all', skip: 1, skipUnless: '-e -f --regexp --file' }],
  ['awk jq yq', { reads: 'all', skip: 1, skipUnless: '-f --file --from-file' }],
  [
    `rm rmdir unlink shred srm wipe truncate mkdir touch tee mkfifo mknod mktemp mkfs mke2fs mkswap wipefs blkdiscard chattr setfacl
    gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd sponge mount umount unzip 7z cpio tar bsdtar zip ar split csplit`,
    { reads: 'all', writes: 'all' },
  ],
  // A mode may look like options: `chmod -w x`.
  ['chmod', { writes: 'all', skip: 1, skipUnless: '--reference -r -w -x -X -s -t -u -g -o' }],
  ['chown chgrp', { writes: 'all', skip: 1, skipUnless: '--reference' }],
  [
    'chcon',
    {
      writes: 'all',
      skip: 1,
      skipUnless: '--reference -t --type -u --user -r --role -l --range',
    },
  ],
  ['cp install ln scp rsync', { reads: 'all', writes: 'last' }],
  ['mv', { reads: 'all', writes: 'all' }],
  ['sed', { reads: 'all', skip: 1, skipUnless: '-e -f --expression --file' }],
  ['sort', { reads: 'all' }],
  [
    `echo printf true false : sleep seq date id whoami who w uname hostname uptime free ps top env pwd exit return break continue
    shift times type kill pkill killall wait export unset read umask ulimit expr basename dirname yes tty nproc arch logname groups
    users last lastb tr ping`,
    {},
  ],
];

/** Programs whose words are files or data, so that none of them says what is done. */
const ROLE_OF_PROGRAM: ReadonlyMap<string, Role> = new Map(
  ROLES.flatMap(([programs, role]) => programs.split(/\s+/).map((name) => [name, role] as const)),
);

/** Options that name a file or a directory to write to, or say that what is read is written. */
const WRITING_OPTIONS: Readonly<Record<string, string>> = {
  sort: '-o --output',
  zstdcat: '-o',
  sed: '-i --in-place',
  tree: '-o',
  xmllint: '-o -output --output',
  yq: '-i --in-place --inplace -s --split-exp',
  cp: '-t --target-directory',
  mv: '-t --target-directory',
  ln: '-t --target-directory',
  install: '-t --target-directory',
};

/** Options that name a file to read, of programs that read none else. `date -f` shows lines that are no dates. */
const READING_OPTIONS: Readonly<Record<string, string>> = {
  date: '-f --file -r --reference',
  hostname: '-F --file',
};

/** Whether a program's words are all files or data: none of them is a subcommand. */
export function takesOnlyData(program: string): boolean {
  return ROLE_OF_PROGRAM.has(program) || program === 'find' || program === 'dd';
}

/** Finds the files among a program's arguments. */
export function findFileOperands(program: string, args: readonly ShellWord[]): FileOperands {
  const found = { reads: [] as ShellWord[], writes: [] as ShellWord[], others: [] as ShellWord[] };
  if (program === 'dd') return findDdOperands(args);
  if (program === 'find') return findFindOperands(args);
  const role = ROLE_OF_PROGRAM.get(program);
  if (role === undefined) {
    found.others.push(...args.flatMap(pathsWithin));
    return found;
  }
  const writing = WRITING_OPTIONS[program];
  const writesAll = writing !== undefined && mayHaveOption(args, writing);
  const isSkipping = role.skipUnless === undefined || !mayHaveOption(args, role.skipUnless);
  const words = program === '[' ? args.slice(0, -1) : args;
  const operands = listOperands(words).slice(isSkipping ? role.skip : 0);
  const reading = READING_OPTIONS[program];
  const isReading = reading !== undefined && mayHaveOption(args, reading);
  if (role.reads !== undefined || isReading) found.reads.push(...operands);
  if (role.writes === 'all' || writesAll) found.writes.push(...operands);
  else if (role.writes === 'last') {
    // Which one is the last is open where one of them may be several.
    const isClear = operands.every(({ maySplit }) => !maySplit);
    found.writes.push(...(isClear ? operands.slice(-1) : operands));
  } else if (role.writes === 'second') found.writes.push(...findOutput(program, words, operands));
  // Behind those of sed stands what the names of its copies end with.
  if (writesAll && program !== 'sed') found.writes.push(...attachedValues(args, writing));
  const options = args.filter(isOption).flatMap(pathsWithin);
  (role.writes === undefined && !writesAll ? found.others : found.writes).push(...options);
  return found;
}

/** So that values of options are not taken for operands. */
const UNIQ_OPTIONS = {
  short: 'cdDiuzf:s:w:',
  long: 'count repeated ignore-case unique zero-terminated skip-fields= skip-chars= check-chars=',
};

/** The second operand, which is written; all of them where it is open which that is. */
function findOutput(
  program: string,
  args: readonly ShellWord[],
  operands: readonly ShellWord[],
): readonly ShellWord[] {
  if (operands.some(mayBeSeveral)) return operands;
  const rest = program === 'uniq' ? readOptions(args, UNIQ_OPTIONS)?.rest : undefined;
  return (rest === undefined || rest.some(mayBeOption) ? operands : rest).slice(1);
}

/** Arguments that are no options, whichever that may have a value. */
export function listOperands(args: readonly ShellWord[]): readonly ShellWord[] {
  const end = args.findIndex(({ kind, text }) => kind === 'literal' && text === '--');
  if (end === -1) return args.filter((word) => !isOption(word));
  const before = args.slice(0, end).filter((word) => !isOption(word));
  return [...before, ...args.slice(end + 1)];
}

function isOption(word: ShellWord): boolean {
  return word.kind === 'literal' && mayBeOption(word);
}

/** What of a word may be a path: all of it, or what stands behind `=` or behind an option's letter. */
export function pathsWithin(word: ShellWord): readonly ShellWord[] {
  if (word.kind === 'unknown') return [word];
  const paths: ShellWord[] = [];
  const text = word.text.replace(/^file:\/\/(?=\/)/, '');
  const isOption = text.startsWith('-');
  if (!isOption && /^[/~]|\/|^\.\.?$/.test(text)) paths.push({ ...word, text });
  if (word.kind === 'pattern' && paths.length === 0) paths.push(word);
  const value = text.slice(text.indexOf('=') + 1);
  if (value !== text && /\/|^~/.test(value)) paths.push({ ...word, text: value });
  const attached = isOption && !text.startsWith('--') ? text.search(/[/~.]/) : -1;
  if (attached > 0 && text.includes('/')) paths.push({ ...word, text: text.slice(attached) });
  return paths;
}

/** What stands in the same word as one of the options: `-o.bashrc`, `--output=.bashrc`, `-uo.bashrc`. */
function attachedValues(args: readonly ShellWord[], names: string): readonly ShellWord[] {
  const options = names.split(' ');
  return args.filter(isOption).flatMap((word) => {
    const { text } = word;
    const sign = text.indexOf('=');
    if (text.startsWith('--')) {
      const name = sign === -1 ? '' : text.slice(0, sign);
      const isOne = options.some((option) => name.length > 2 && option.startsWith(name));
      return isOne && sign < text.length - 1 ? [{ ...word, text: text.slice(sign + 1) }] : [];
    }
    return options.flatMap((option) => {
      const at = option.length === 2 ? text.indexOf(option.charAt(1), 1) : -1;
      return at === -1 || at === text.length - 1 ? [] : [{ ...word, text: text.slice(at + 1) }];
    });
  });
}

/**
 * What may be the name of a file without a directory, among arguments of programs that may do anything: `-o .bashrc`,
 * `-o.bashrc`, `--output=.bashrc`.
 */
export function findPossibleNames(
  program: string,
  args: readonly ShellWord[],
): readonly ShellWord[] {
  if (takesOnlyData(program)) return [];
  return args.flatMap((word) => {
    const { kind, text } = word;
    if (kind !== 'literal' || text.includes('/')) return [];
    if (!isOption(word)) return [word];
    const value = text.slice(text.indexOf('=') + 1);
    if (value !== text) return [{ ...word, text: value }];
    if (text.startsWith('--')) return [];
    return [2, 3, 4, 5].flatMap((at) =>
      at < text.length ? [{ ...word, text: text.slice(at) }] : [],
    );
  });
}

function findDdOperands(args: readonly ShellWord[]): FileOperands {
  const of = (name: string): readonly ShellWord[] =>
    args.flatMap((word) => {
      if (word.kind === 'unknown' && !word.text.startsWith('bs=')) return [word];
      return word.text.startsWith(`${name}=`)
        ? [{ ...word, text: word.text.slice(name.length + 1) }]
        : [];
    });
  return { reads: of('if'), writes: of('of'), others: [] };
}

function findFindOperands(args: readonly ShellWord[]): FileOperands {
  const starts = listFindStarts(args);
  const deletes = args.some(({ text }) => text === '-delete');
  const files = args.flatMap((word, index) => {
    const isNamed = /^-(?:fprint|fprint0|fprintf|fls)$/.test(word.text);
    const file = args[index + 1];
    return isNamed && file !== undefined ? [file] : [];
  });
  return { reads: starts, writes: deletes ? [...starts, ...files] : files, others: [] };
}
