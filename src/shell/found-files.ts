import { mayHaveOption, readOptions } from './program-options.ts';
import { hidden, type ProgramReader, type ProgramReading } from './program-reading.ts';
import {
  literalTexts,
  literalWord,
  mayBeOption,
  mayEqual,
  type ShellWord,
  unknownWord,
} from './shell-word.ts';
import type { Redirection } from './simple-command.ts';

/** Programs that start another one for each thing they find or read. */
export const FOUND_FILES_READERS: ReadonlyMap<string, ProgramReader> = new Map<
  string,
  ProgramReader
>([
  ['find', readFind],
  ['xargs', readXargs],
]);

function readFind(args: readonly ShellWord[]): ProgramReading {
  const found = listFound(args);
  const commands: ShellWord[][] = [];
  let next = 0;
  for (const [index, word] of args.entries()) {
    if (index < next) continue;
    if (word.kind !== 'literal' && mayBeOption(word)) return hidden('options');
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(word.text)) continue;
    const program = readProgram(args.slice(index + 1));
    next = index + 1 + program.length;
    // A computed word may be the end: then what follows may begin another.
    if (mayHoldAnother(program)) return hidden('options');
    for (const file of found) {
      commands.push(program.map((inner) => (inner.text === '{}' ? file : open(inner, '{}'))));
    }
  }
  return { commands };
}

/** Whether a word that may be `;` stands before one that may begin another action, or may be both. */
function mayHoldAnother(program: readonly ShellWord[]): boolean {
  if (program.some(({ maySplit }) => maySplit)) return true;
  const end = program.findIndex((word) => word.kind !== 'literal' && mayEqual(word, ';'));
  if (end === -1) return false;
  return program
    .slice(end + 1)
    .some((word, index, behind) =>
      word.kind === 'literal'
        ? /^-(?:exec|ok|delete|fprint|fls)/.test(word.text)
        : mayBeOption(word) && index < behind.length - 1,
    );
}

/** What stands before `;`, or before a `+` behind `{}`: elsewhere that is an argument. */
function readProgram(words: readonly ShellWord[]): readonly ShellWord[] {
  const end = words.findIndex(
    ({ text }, index) => text === ';' || (text === '+' && words[index - 1]?.text === '{}'),
  );
  return end === -1 ? words : words.slice(0, end);
}

/** Where `find` looks: what stands before its first condition. */
export function listFindStarts(args: readonly ShellWord[]): readonly ShellWord[] {
  const end = args.findIndex(
    ({ kind, text }) => kind === 'literal' && /^(?:-[a-z]{2,}|[(!,])/.test(text),
  );
  const before = end === -1 ? args : args.slice(0, end);
  const starts = before.filter((word) => word.kind !== 'literal' || !mayBeOption(word));
  return starts.length === 0 ? [literalWord('.')] : starts;
}

/** Each program that is started is taken once for each of them. */
const STARTS_MAX = 16;

/** What stands for the files that are found: those beneath where it looks, if it follows no links. */
function listFound(args: readonly ShellWord[]): readonly ShellWord[] {
  const starts = listFindStarts(args);
  const isBeneath =
    starts.length <= STARTS_MAX &&
    literalTexts(starts) !== undefined &&
    !mayHaveOption(args, '-L -H -follow -files0-from');
  if (!isBeneath) return [unknownWord('', false)];
  return starts.map(({ text }) => ({ kind: 'pattern', text: `${text}/**`, maySplit: false }));
}

function readXargs(args: readonly ShellWord[]): ProgramReading {
  const read = readOptions(args, {
    short: '0oprtxa:d:E:e::I:i::L:l::n:P:s:',
    long: 'null open-tty interactive no-run-if-empty verbose exit arg-file= delimiter= eof= replace replace= max-lines= max-args= max-procs= max-chars= show-limits',
  });
  if (read === undefined) return hidden('options');
  const { rest, options } = read;
  const opened = options.flatMap(({ name, value }): Redirection[] =>
    (name === 'a' || name === 'arg-file') && value !== undefined
      ? [{ access: 'read', target: value }]
      : [],
  );
  if (rest.length === 0) return { opened };
  const placeholder = options.findLast(
    ({ name }) => name === 'I' || name === 'i' || name === 'replace',
  );
  const appended = [...rest, unknownWord('', true)];
  if (placeholder === undefined) return { commands: [appended], opened };
  if (placeholder.value !== undefined && placeholder.value.kind !== 'literal')
    return hidden('options');
  const mark = placeholder.value?.text || '{}';
  const replaced = rest.map((word) => open(word, mark));
  // The last of them decides, in some versions: `-I{} -n2` appends.
  const isCounted = options.some(({ name }) => /^(?:[nLl]|max-args|max-lines)$/.test(name));
  return { commands: isCounted ? [replaced, appended] : [replaced], opened };
}

/** The word with what stands for a found name left open. */
function open(word: ShellWord, placeholder: string): ShellWord {
  const at = word.text.indexOf(placeholder);
  return at === -1 ? word : unknownWord(word.text.slice(0, at), false);
}
