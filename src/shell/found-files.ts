import { mayHaveOption, readOptions } from './program-options.ts';
import {
  hidden,
  type ProgramReader,
  type ProgramReading,
  STARTS_NOTHING,
} from './program-reading.ts';
import {
  literalTexts,
  literalWord,
  mayBeOption,
  type ShellWord,
  unknownWord,
} from './shell-word.ts';

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
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index];
    if (word === undefined) break;
    if (word.kind !== 'literal' && mayBeOption(word)) return hidden('options');
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(word.text)) continue;
    const program: ShellWord[] = [];
    for (index += 1; index < args.length; index += 1) {
      const inner = args[index];
      if (inner === undefined || inner.text === ';' || inner.text === '+') break;
      program.push(inner);
    }
    for (const file of found) {
      commands.push(program.map((inner) => (inner.text === '{}' ? file : open(inner, '{}'))));
    }
  }
  return { commands };
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
  if (rest.length === 0) return STARTS_NOTHING;
  const placeholder = options.findLast(
    ({ name }) => name === 'I' || name === 'i' || name === 'replace',
  );
  if (placeholder === undefined) return { commands: [[...rest, unknownWord('', true)]] };
  if (placeholder.value !== undefined && placeholder.value.kind !== 'literal')
    return hidden('options');
  const mark = placeholder.value?.text || '{}';
  return { commands: [rest.map((word) => open(word, mark))] };
}

/** The word with what stands for a found name left open. */
function open(word: ShellWord, placeholder: string): ShellWord {
  const at = word.text.indexOf(placeholder);
  return at === -1 ? word : unknownWord(word.text.slice(0, at), false);
}
