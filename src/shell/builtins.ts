import {
  hidden,
  type ProgramReader,
  type ProgramReading,
  STARTS_NOTHING,
} from './program-reading.ts';
import { isRiskyVariable } from './risky-variables.ts';
import { literalTexts, mayBeOption, type ShellWord } from './shell-word.ts';

/** Evaluate a text, now or later, or change what a name stands for. */
const EVALUATE =
  'eval source . trap let bind complete compgen compopt fc history enable shopt hash';

/**
 * Words that other shells read as the beginning of a construct, or in front of a command: what they would run stands
 * in the arguments.
 */
const FOREIGN =
  'repeat nocorrect noglob foreach end always and or not begin switch - coproc select function [[ setopt emulate zmodload autoload whence print nameref';

/** Builtins that are told names of variables; a name can hold a subscript, which is evaluated. */
const DECLARE = 'export declare typeset local readonly';

/** Builtins and reserved words that run, define or name something. */
export const BUILTIN_READERS: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ...names(EVALUATE, () => hidden('evaluation')),
  ...names(FOREIGN, () => hidden('dialect')),
  ...names(DECLARE, readDeclaration),
  ...names('alias unalias', () => hidden('function')),
  ...names('read unset getopts mapfile readarray wait', readNames),
  ...names('test [', readTest),
  ['set', readSet],
  ['printf', readPrintf],
  ['jobs', (args) => (args.length === 0 ? STARTS_NOTHING : hidden('evaluation'))],
]);

function names(list: string, reader: ProgramReader): readonly (readonly [string, ProgramReader])[] {
  return list.split(' ').map((name) => [name, reader]);
}

function readDeclaration(args: readonly ShellWord[]): ProgramReading {
  for (const word of args) {
    if (/^-[xrpgaA]+$/.test(word.text) && word.kind === 'literal') continue;
    const [, name, value] = /^([A-Za-z_]\w*)(?:\+?=([\s\S]*))?$/.exec(word.text) ?? [];
    // What follows the sign may be unknown, the name may not.
    const isKnown = word.kind === 'literal' || (value !== undefined && !word.maySplit);
    if (name === undefined || !isKnown) return hidden('variable');
    const known = word.kind === 'literal' ? value : undefined;
    // `export HOME` alone sets nothing.
    if (value !== undefined && isRiskyVariable(name, known)) return hidden('variable');
  }
  return STARTS_NOTHING;
}

function readNames(args: readonly ShellWord[]): ProgramReading {
  const texts = literalTexts(args);
  if (texts === undefined) return hidden('arithmetic');
  for (const text of texts) {
    if (/^-[rstefvd]$/.test(text)) continue;
    if (!/^(?:\d+|[A-Za-z_]\w*|)$/.test(text)) return hidden('arithmetic');
    if (isRiskyVariable(text, undefined)) return hidden('variable');
  }
  return STARTS_NOTHING;
}

function readPrintf(args: readonly ShellWord[]): ProgramReading {
  const [format] = args;
  // `-v name`: the name can hold a subscript.
  return format !== undefined && mayBeOption(format) ? hidden('arithmetic') : STARTS_NOTHING;
}

function readSet(args: readonly ShellWord[]): ProgramReading {
  const [first] = args;
  if (first === undefined || (first.kind === 'literal' && first.text === '--')) {
    return STARTS_NOTHING;
  }
  const texts = literalTexts(args) ?? ['?'];
  const isPlain = texts.every((text) =>
    /^(?:[-+][efux]+o?|pipefail|errexit|nounset|noglob|xtrace|-o)$/.test(text),
  );
  return isPlain ? STARTS_NOTHING : hidden('evaluation');
}

const BINARY = /^(?:=|==|!=|-eq|-ne|-lt|-le|-gt|-ge|-nt|-ot|-ef)$/;
const UNARY = /^-[bcdefghknoprstuwxzGLNOS]$/;

/**
 * `test -v name` evaluates a subscript in the name, and an operator may come out of a variable: only forms in which
 * each operator stands in its place are taken for what they look like.
 */
function readTest(args: readonly ShellWord[]): ProgramReading {
  if (args.some(({ text }) => /^-[vR]$|\[.*[$`]/s.test(text))) return hidden('arithmetic');
  if (literalTexts(args) !== undefined) return STARTS_NOTHING;
  const words = args.at(-1)?.text === ']' ? args.slice(0, -1) : args;
  const [first, second, third, ...more] = words[0]?.text === '!' ? words.slice(1) : words;
  const isClear = (word: ShellWord | undefined, operators: RegExp): boolean =>
    word?.kind === 'literal' && operators.test(word.text);
  const isSafe =
    !words.some(({ maySplit, kind }) => maySplit || kind === 'pattern') &&
    more.length === 0 &&
    (second === undefined ||
      (third === undefined ? isClear(first, UNARY) : isClear(second, BINARY)));
  return isSafe ? STARTS_NOTHING : hidden('arithmetic');
}
