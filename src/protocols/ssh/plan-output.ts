import type { ShownClasses } from '../../masking/content/content-masks.ts';
import type { OpenContentMasker } from '../../masking/content-masker.ts';
import type { FileMasking } from '../../masking/files/file-masking.ts';
import { analyzeCommand } from '../../shell/analyze-command.ts';
import { readPlainCommand } from '../../shell/plain-command.ts';
import { ANY_PATH } from '../../shell/shell-path.ts';
import type { ShownFiles } from '../../shell/shown-files.ts';
import type { ChannelContext } from './channel-handler.ts';
import { phrase } from './refusal.ts';

/** What the data map makes of the output of a command that names a file it describes. */
export type OutputPlan =
  | { readonly kind: 'masked'; readonly openMasker: OpenContentMasker }
  | { readonly kind: 'refused'; readonly reason: string };

/** Characters of what may name files, in one command: comparing them takes time. */
const UNCLEAR_MAX = 4096;

const ANOTHER_WAY =
  'the data map masks a file that it names; read the whole file, with cat, sftp or scp';
const IN_A_SHELL = 'the data map masks a file that it names; read it with sftp or scp';
const UNKNOWN_PLACE =
  'the data map may mask a file that it names; name it by its whole path, without wildcards and variables';

/** What a shell is given, or may be. */
export interface PossibleCommand {
  readonly text: string;
  /** Without it, the text may be a password or mean something to another program: what it does not show is no file. */
  readonly isCommand: boolean;
}

type Shown = Pick<ChannelContext, 'session' | 'masking' | 'terminal'>;

/**
 * How the output of a command is masked by the data map; undefined where that does not describe it.
 *
 * @param analyze Asked only if anything is masked. Default: keeps nothing of the command.
 */
export function planOutput(
  { text, isCommand }: PossibleCommand,
  { session, masking, terminal }: Shown,
  analyze: ChannelContext['analyze'] = analyzeCommand,
): OutputPlan | undefined {
  const files = masking()?.files;
  if (files === undefined) return undefined;
  const { shown } = session.guard.reveal(files.classNames);
  if (!files.hidesAny(shown)) return undefined;
  const { patterns, names } = analyze(text).shown;
  const plans = patterns.filter(isWholePath).map((path) => files.plan(path, shown));
  const plan = plans.find(({ kind }) => kind === 'masked' || kind === 'refused');
  if (plan?.kind === 'refused') return plan;
  if (plan?.kind === 'masked') {
    const isWhole = patterns.length === 1 && isCatOfOneFile(text);
    // A terminal changes line ends, and the masker would read its echo.
    if (isWhole && terminal === undefined) return plan;
    return { kind: 'refused', reason: terminal === undefined ? ANOTHER_WAY : IN_A_SHELL };
  }
  const unclear = patterns.filter(
    (pattern) => !isWholePath(pattern) && (isCommand || pattern !== ANY_PATH),
  );
  return mayShowHidden({ patterns: unclear, names }, files, shown)
    ? { kind: 'refused', reason: UNKNOWN_PLACE }
    : undefined;
}

/**
 * What is said if one of the texts may show a masked file: nobody could tell its output from that of the lines before.
 * Undefined where none does.
 */
export function refuseHiddenFile(
  texts: readonly PossibleCommand[],
  context: Shown & Pick<ChannelContext, 'channel'>,
): string | undefined {
  for (const text of texts) {
    const plan = planOutput(text, context);
    if (plan === undefined) continue;
    const reason = plan.kind === 'masked' ? IN_A_SHELL : plan.reason;
    const { session, channel } = context;
    session.guard.note('file', { channel, outcome: 'refused', reason });
    return phrase(`nothing is shown: ${reason}`);
  }
  return undefined;
}

/** Whether a file is hidden that one of the patterns may stand for, or that one of the names may mean. */
function mayShowHidden(
  { patterns, names }: ShownFiles,
  files: FileMasking,
  shown: ShownClasses,
): boolean {
  if (patterns.join('').length + names.join('').length > UNCLEAR_MAX) {
    return files.mayHide(ANY_PATH, shown);
  }
  return (
    patterns.some((pattern) => files.mayHide(pattern, shown)) ||
    names.some((name) => files.mayMean(name, shown))
  );
}

/** Whether it is the path of one file, and no pattern. */
function isWholePath(pattern: string): boolean {
  return /^\/[^*?[]*$/.test(pattern);
}

function isCatOfOneFile(command: string): boolean {
  const words = readPlainCommand(command);
  const [program, file, ...more] = words ?? [];
  return (
    more.length === 0 &&
    program?.kind === 'literal' &&
    program.text === 'cat' &&
    file?.kind === 'literal' &&
    !file.text.startsWith('-')
  );
}
