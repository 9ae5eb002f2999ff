import { type OptionSpec, type ReadOptions, readOptions } from './program-options.ts';
import {
  ELSEWHERE,
  hidden,
  type ProgramReader,
  type ProgramReading,
  STARTS_NOTHING,
} from './program-reading.ts';
import { isRiskyVariable } from './risky-variables.ts';
import { literalTexts, mayBeOption, mayBeSeveral, type ShellWord } from './shell-word.ts';
import type { Redirection } from './simple-command.ts';

/** A program that starts the program its arguments name: `nice -n 5 make`. */
interface Wrapper extends OptionSpec {
  /** Arguments between the options and the program. Default: 0. */
  readonly operands?: number;
  /** What the first of these looks like: what does not may be the program. Default: anything. */
  readonly operand?: RegExp;
  /** `NAME=value` may stand before the program. */
  readonly takesVariables?: boolean;
  /** Options whose value is the directory in which it works. */
  readonly directory?: string;
  /** Options whose value is a file that it writes. */
  readonly output?: string;
  /** The first argument is a file that it writes. */
  readonly writesOperand?: boolean;
  /** It does not work where it was started. */
  readonly isElsewhere?: boolean;
  /** Options with which it does something else, of which nothing is known. */
  readonly opaque?: string;
  /** Options with which it starts nothing. */
  readonly harmless?: string;
  /** Without a program. Default: it starts nothing. */
  readonly alone?: 'shell';
}

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  nice: { short: 'n:', long: 'adjustment=' },
  ionice: { short: 'c:n:tp:P:u:', long: 'class= classdata= ignore pid= pgid= uid=' },
  nohup: { short: '' },
  time: {
    short: 'apqvf:o:',
    long: 'append portability quiet verbose format= output=',
    output: 'o output',
  },
  timeout: {
    short: 'fpvk:s:',
    long: 'foreground preserve-status verbose kill-after= signal=',
    operands: 1,
  },
  setsid: { short: 'cfw', long: 'ctty fork wait' },
  stdbuf: { short: 'i:o:e:', long: 'input= output= error=' },
  chrt: {
    short: 'abdfiorRvT:P:D:',
    long: 'all-tasks batch deadline fifo idle other rr reset-on-fork verbose',
    operands: 1,
    // Newer versions need none with --idle and others.
    operand: /^\d+$/,
  },
  taskset: {
    short: 'ac',
    long: 'all-tasks cpu-list',
    operands: 1,
    operand: /^[\da-fA-Fx,:-]+$/,
  },
  logsave: { short: 'asv', operands: 1, writesOperand: true },
  env: {
    short: 'i0vu:C:S:',
    long: 'ignore-environment null debug unset= chdir= split-string=',
    takesVariables: true,
    directory: 'C chdir',
    opaque: 'S split-string',
  },
  sudo: {
    short: 'AbBEHknPSVvlKisu:g:h:p:C:T:R:D:r:t:U:e',
    long: 'askpass background bell preserve-env preserve-env= set-home non-interactive stdin user= group= host= prompt= chdir= reset-timestamp validate version list remove-timestamp login shell edit',
    takesVariables: true,
    directory: 'D chdir',
    opaque: 'R e edit i login s shell',
  },
  doas: { short: 'nsLC:u:a:', opaque: 'C s' },
  chroot: { short: '', long: 'userspec= groups= skip-chdir', operands: 1, alone: 'shell' },
  nsenter: {
    short: 'at:m::u::i::n::p::C::U::T::S:G:r::w::FZ',
    long: 'all target= mount uts ipc net pid cgroup user time setuid= setgid= preserve-credentials no-fork',
    opaque: 'r w',
    alone: 'shell',
  },
  unshare: {
    short: 'imnpuUCTfrc',
    long: 'ipc mount net pid uts user cgroup time fork map-root-user map-current-user mount-proc',
    alone: 'shell',
  },
  'systemd-run': {
    short: 'GPtqrdSu:p:E:H:M:',
    long: 'collect pipe pty quiet wait user system scope no-block no-ask-password remain-after-exit unit= uid= gid= nice= slice= description= setenv= on-active= on-boot= on-calendar= on-unit-active= shell property= working-directory= host= machine=',
    directory: 'working-directory',
    isElsewhere: true,
    opaque: 'p property S shell E setenv',
  },
  command: { short: 'pvV', harmless: 'v V' },
  builtin: { short: '' },
  exec: { short: 'cla:' },
  busybox: { short: '', long: 'help list' },
  toybox: { short: '', long: 'help' },
};

/** Wrappers that take their program from an argument behind others, as `exec` of a container does. */
const CONTAINER_EXEC: OptionSpec = {
  short: 'ditu:w:e:',
  long: 'detach interactive tty privileged user= workdir= env= detach-keys=',
};

/** Programs that start the one their arguments name. */
export const WRAPPER_READERS: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ...Object.entries(WRAPPERS).map(([name, wrapper]): [string, ProgramReader] => [
    name,
    (args) => readWrapper(wrapper, args),
  ]),
  ...['docker', 'podman', 'nerdctl'].map((name): [string, ProgramReader] => [name, readContainer]),
  ...['kubectl', 'oc'].map((name): [string, ProgramReader] => [name, readPod]),
  ['flock', readFlock],
]);

function readWrapper(wrapper: Wrapper, args: readonly ShellWord[]): ProgramReading {
  // `nice -10 make`
  const [first] = args;
  const numbered = first?.kind === 'literal' && /^-\d+$/.test(first.text) ? args.slice(1) : args;
  const read = readOptions(numbered, wrapper);
  if (read === undefined || has(read, wrapper.opaque)) return hidden('options');
  if (has(read, wrapper.harmless)) return STARTS_NOTHING;
  const entered = valuesOf(read, wrapper.directory);
  const directories = wrapper.isElsewhere === true ? [...entered, ELSEWHERE] : entered;
  const skipped = skipOperands(read.rest, wrapper);
  if (skipped === undefined) return hidden('options');
  const { program, reasons } = skipped;
  if (program.length === 0) {
    return wrapper.alone === 'shell' ? hidden('interpreter') : { reasons, directories };
  }
  const written = wrapper.writesOperand === true ? read.rest.slice(0, 1) : [];
  const opened = [...valuesOf(read, wrapper.output), ...written].map(writeTo);
  return { commands: [program], directories, opened, reasons };
}

function writeTo(target: ShellWord): Redirection {
  return { access: 'write', target };
}

function skipOperands(
  words: readonly ShellWord[],
  { operands = 0, operand, takesVariables = false }: Wrapper,
): { readonly program: readonly ShellWord[]; readonly reasons: readonly 'variable'[] } | undefined {
  if (words.slice(0, operands).some(mayBeSeveral)) return undefined;
  const isOther = words[0]?.kind !== 'literal' || operand?.test(words[0].text) === false;
  if (operand !== undefined && words.length > 0 && isOther) return undefined;
  let program = words.slice(operands);
  const reasons: 'variable'[] = [];
  while (takesVariables) {
    const variable = /^([^=]*)=([\s\S]*)$/.exec(program[0]?.text ?? '');
    if (variable === null || program[0] === undefined) break;
    const [, name = '', value] = variable;
    if (mayBeSeveral(program[0])) return undefined;
    if (isRiskyVariable(name, program[0].kind === 'literal' ? value : undefined)) {
      reasons.push('variable');
    }
    program = program.slice(1);
  }
  return { program, reasons };
}

function has({ options }: ReadOptions, names: string | undefined): boolean {
  const listed = names?.split(' ') ?? [];
  return options.some(({ name }) => listed.includes(name));
}

function valuesOf({ options }: ReadOptions, names: string | undefined): readonly ShellWord[] {
  const listed = names?.split(' ') ?? [];
  return options.flatMap(({ name, value }) =>
    listed.includes(name) && value !== undefined ? [value] : [],
  );
}

/** Subcommands of container programs that start nothing of which the text says little. */
const CONTAINER_HARMLESS: ReadonlySet<string> = new Set(
  'ps images inspect logs port stats top version info start stop restart kill rm rmi pause unpause wait rename tag diff events history'.split(
    ' ',
  ),
);

function readContainer(args: readonly ShellWord[]): ProgramReading {
  const [subcommand] = args;
  if (subcommand?.kind !== 'literal') return hidden('launcher');
  if (CONTAINER_HARMLESS.has(subcommand.text)) return STARTS_NOTHING;
  if (subcommand.text !== 'exec') return hidden('launcher');
  const read = readOptions(args.slice(1), CONTAINER_EXEC);
  if (read === undefined || read.options.some(({ name }) => name === 'e' || name === 'env')) {
    return hidden('options');
  }
  const [container, ...program] = read.rest;
  if (container === undefined || mayBeSeveral(container)) return hidden('options');
  return program.length === 0 ? STARTS_NOTHING : { commands: [program], directories: [ELSEWHERE] };
}

const POD_HARMLESS: ReadonlySet<string> = new Set(
  'get describe logs top version cluster-info api-resources api-versions explain scale delete cordon uncordon drain taint label annotate rollout wait auth'.split(
    ' ',
  ),
);

function readPod(args: readonly ShellWord[]): ProgramReading {
  const dashes = args.findIndex(({ kind, text }) => kind === 'literal' && text === '--');
  const before = dashes === -1 ? args : args.slice(0, dashes);
  const texts = literalTexts(before);
  if (texts === undefined) return hidden('options');
  // The plugins, profiles and editors of kubectl are programs of the client's.
  if (texts.some((text) => /^--(?:kubeconfig|editor|profile)/.test(text)))
    return hidden('launcher');
  const [first = ''] = texts;
  if (dashes === -1) return POD_HARMLESS.has(first) ? STARTS_NOTHING : hidden('launcher');
  if (!texts.includes('exec')) return hidden('launcher');
  return { commands: [args.slice(dashes + 1)], directories: [ELSEWHERE] };
}

function readFlock(args: readonly ShellWord[]): ProgramReading {
  const read = readOptions(args, {
    short: 'enosuxFw:E:',
    long: 'exclusive nonblock nb no-fork close shared unlock verbose timeout= wait= conflict-exit-code=',
  });
  if (read === undefined) return hidden('options');
  const [file, ...program] = read.rest;
  if (file === undefined || program[0] === undefined) return STARTS_NOTHING;
  if (mayBeSeveral(file)) return hidden('options');
  // It makes the file if there is none.
  const opened = [writeTo(file)];
  if (!mayBeOption(program[0])) return { commands: [program], opened };
  const [script] = program.slice(1);
  const isScript = /^(?:-c|--command)$/.test(program[0].text) && program[0].kind === 'literal';
  if (!isScript || script?.kind !== 'literal' || program.length > 2) return hidden('options');
  return { scripts: [script.text], opened };
}
