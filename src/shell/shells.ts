import { mayHaveOption, readOptions } from './program-options.ts';
import {
  ELSEWHERE,
  hidden,
  type ProgramReader,
  type ProgramReading,
  STARTS_NOTHING,
} from './program-reading.ts';
import { literalTexts, mayBeOption, mayBeSeveral, type ShellWord } from './shell-word.ts';

/** Shells that read as bash or dash do. */
const SHELLS = ['sh', 'bash', 'dash', 'ash', 'rbash', 'ksh', 'mksh', 'zsh'];

/** Names of `set -o` that leave the meaning of what follows alone. */
const SHELL_OPTIONS: ReadonlySet<string> = new Set([
  'pipefail',
  'errexit',
  'nounset',
  'noglob',
  'xtrace',
]);

/** Programs to which the text of a command is given. */
export const SHELL_READERS: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ...SHELLS.map((name): [string, ProgramReader] => [name, readShell]),
  ['su', readSu],
  ['runuser', readRunuser],
  ['watch', readWatch],
  ['ssh', readSsh],
]);

function readShell(args: readonly ShellWord[], input: string | undefined): ProgramReading {
  // Even a text that we can see is read by the shell and by the commands in it, each a part.
  const fromInput = { ...hidden('interpreter'), scripts: input === undefined ? [] : [input] };
  const given = new Set<string>();
  let endsOptions = false;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index];
    if (word?.kind !== 'literal' || word.text === '-') return hidden('interpreter');
    if (endsOptions || !/^[-+]/.test(word.text)) {
      if (given.has('c')) return { scripts: [word.text] };
      return given.has('s') ? fromInput : hidden('script');
    }
    if (word.text === '--') endsOptions = true;
    if (/^--(?:|login|noprofile|norc|posix)$/.test(word.text)) continue;
    const letters = /^(?:-[cefluxs]*o?|[+][efux]+)$/.exec(word.text)?.[0];
    if (letters === undefined) return hidden('interpreter');
    for (const letter of letters) given.add(letter);
    if (!letters.endsWith('o')) continue;
    index += 1;
    if (!SHELL_OPTIONS.has(args[index]?.text ?? '')) return hidden('interpreter');
  }
  return given.has('c') ? hidden('interpreter') : fromInput;
}

const SU_LONG =
  'command= session-command= login preserve-environment group= supp-group= whitelist-environment= pty shell=';

function readSu(args: readonly ShellWord[]): ProgramReading {
  // Its options may stand behind the user's name.
  const operands: ShellWord[] = [];
  let scripts: string[] = [];
  let isLogin = false;
  for (let rest = args; rest.length > 0; ) {
    const read = readOptions(rest, { short: 'c:lmpPs:g:G:w:', long: SU_LONG });
    if (read === undefined) return hidden('options');
    for (const { name, value } of read.options) {
      if (name === 's' || name === 'shell') return hidden('interpreter');
      if (name === 'l' || name === 'login') isLogin = true;
      if (name !== 'c' && name !== 'command' && name !== 'session-command') continue;
      if (value?.kind !== 'literal') return hidden('interpreter');
      scripts = [...scripts, value.text];
    }
    const [operand, ...others] = read.rest;
    if (operand !== undefined) operands.push(operand);
    rest = others;
  }
  // What stands behind the user's name is for the shell.
  const isPlain = operands.every((word) => word.kind === 'literal' || !mayBeSeveral(word));
  const names = operands.filter(({ text }) => text !== '-');
  if (scripts.length === 0 || !isPlain || names.length > 1) return hidden('interpreter');
  if (names.length < operands.length) isLogin = true;
  return { scripts, directories: isLogin ? [ELSEWHERE] : [] };
}

function readRunuser(args: readonly ShellWord[]): ProgramReading {
  const read = readOptions(args, { short: 'u:c:lmpPs:g:G:w:', long: `user= ${SU_LONG}` });
  if (read === undefined) return hidden('options');
  const isForUser = read.options.some(({ name }) => name === 'u' || name === 'user');
  return isForUser && read.rest.length > 0 ? { commands: [read.rest] } : readSu(args);
}

function readWatch(args: readonly ShellWord[]): ProgramReading {
  const read = readOptions(args, {
    short: 'bcCegn:pq:rs:twx',
    long: 'beep color no-color errexit chgexit interval= precise equexit= no-rerun shotsdir= no-title no-wrap exec',
  });
  if (read === undefined) return hidden('options');
  if (read.rest.length === 0) return STARTS_NOTHING;
  if (read.options.some(({ name }) => name === 'x' || name === 'exec')) {
    return { commands: [read.rest] };
  }
  return joined(read.rest);
}

/** Options with which ssh starts programs on this side, or reads files that say so. */
const SSH_STARTS_PROGRAMS = '-o -F -S -E -I -O';

function readSsh(args: readonly ShellWord[]): ProgramReading {
  const spec = {
    short: '1246AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w:',
  };
  const before = readOptions(args, spec);
  const [host, ...behind] = before?.rest ?? [];
  const after = readOptions(behind, spec);
  if (before === undefined || after === undefined) return hidden('options');
  if (host === undefined) return STARTS_NOTHING;
  if (mayBeSeveral(host) || mayBeOption(host)) return hidden('options');
  const options = args.slice(0, args.length - after.rest.length);
  if (mayHaveOption(options, SSH_STARTS_PROGRAMS)) return hidden('launcher');
  if (after.rest.length === 0) return hidden('interpreter');
  return { ...joined(after.rest), directories: [ELSEWHERE] };
}

/** Words that are put together to one text, which a shell reads. */
function joined(words: readonly ShellWord[]): ProgramReading {
  const texts = literalTexts(words);
  return texts === undefined ? hidden('evaluation') : { scripts: [texts.join(' ')] };
}
