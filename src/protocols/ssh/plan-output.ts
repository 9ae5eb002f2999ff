import type { OpenContentMasker } from '../../masking/content-masker.ts';
import { analyzeCommand } from '../../shell/analyze-command.ts';
import { readPlainCommand } from '../../shell/plain-command.ts';
import { UNKNOWN_PATH } from '../../shell/shell-path.ts';
import type { ChannelContext } from './channel-handler.ts';
import { phrase } from './refusal.ts';

/** What the data map makes of the output of a command that names a file it describes. */
export type OutputPlan =
  | { readonly kind: 'masked'; readonly openMasker: OpenContentMasker }
  | { readonly kind: 'refused'; readonly reason: string };

/** Characters of paths whose place is unknown, in one command: comparing them takes time. */
const UNCLEAR_MAX = 4096;

const ANOTHER_WAY =
  'the data map masks a file that it names; read the whole file, with cat, sftp or scp';
const IN_A_SHELL = 'the data map masks a file that it names; read it with sftp or scp';
const UNKNOWN_PLACE =
  'the data map may mask a file that it names; name it by its whole path, without wildcards';

/**
 * How the output of a command is masked by the data map; undefined where that does not describe it.
 *
 * @param analyze Asked only if anything is masked. Default: keeps nothing of the command.
 */
export function planOutput(
  command: string,
  { session, masking, terminal }: Pick<ChannelContext, 'session' | 'masking' | 'terminal'>,
  analyze: ChannelContext['analyze'] = analyzeCommand,
): OutputPlan | undefined {
  const files = masking()?.files;
  if (files === undefined) return undefined;
  const { shown } = session.guard.reveal(files.classNames);
  if (!files.hidesAny(shown)) return undefined;
  const { reads } = analyze(command);
  const plans = reads.map((path) => files.plan(path, shown));
  const plan = plans.find(({ kind }) => kind === 'masked' || kind === 'refused');
  if (plan?.kind === 'refused') return plan;
  if (plan?.kind === 'masked') {
    const isWhole = reads.length === 1 && isCatOfOneFile(command);
    // A terminal changes line ends, and the masker would read its echo.
    if (isWhole && terminal === undefined) return plan;
    return { kind: 'refused', reason: terminal === undefined ? ANOTHER_WAY : IN_A_SHELL };
  }
  const unclear = reads.filter(hasUnknownPlace);
  const isTooMuch = unclear.join('').length > UNCLEAR_MAX;
  const mayHide = isTooMuch || unclear.some((path) => files.mayHide(path, shown));
  return mayHide ? { kind: 'refused', reason: UNKNOWN_PLACE } : undefined;
}

/**
 * What is said if one of the texts, each of which may be what a shell is given, may show a masked file: nobody could tell its
 * output from that of the lines before. Undefined where none does.
 */
export function refuseHiddenFile(
  texts: readonly string[],
  context: Pick<ChannelContext, 'session' | 'masking' | 'terminal' | 'channel'>,
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

/** Whether a path of a file begins in somebody's home, or may hold wildcards. */
function hasUnknownPlace(path: string): boolean {
  return path !== UNKNOWN_PATH && /^~[^/]*\/|[*?[]/.test(path);
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
