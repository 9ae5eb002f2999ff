import { collectFacts } from './collect-facts.ts';
import { type CommandFacts, NO_FACTS } from './command-facts.ts';
import { type Effect, findFileEffects, findHomeTreeEffects } from './effects.ts';
import { lookThrough } from './look-through.ts';
import { type RecognisedCommand, recogniseCommand } from './recognise-command.ts';
import { findPaths, findPatterns, HOME_PATH, UNKNOWN_PATH } from './shell-path.ts';
import { ANY_FILE } from './shown-files.ts';

/** How a text reaches a shell. */
export interface CommandOptions {
  /**
   * Typed in a shell that was used before: it may be in any directory, and reads `!` as an earlier line.
   * Default: false.
   */
  readonly isTyped?: boolean;
}

/** `!!`, `!rm`, `^old^new`: lines that an interactive shell makes of earlier ones. */
const HISTORY = /![^\s=]|^\^/;

/** Analyses the text of a command. Takes at most some 100 ms for the worst text there is, microseconds for others. */
export function analyzeCommand(
  text: string,
  { isTyped = false }: CommandOptions = {},
): CommandFacts {
  if (isUnreadable(text)) return { ...NO_FACTS, shown: ANY_FILE, reasons: ['unreadable'] };
  if (isTyped) return analyzeTyped(text);
  const recognised = recogniseCommand(text);
  if (recognised !== undefined) return describeRecognised(recognised);
  return collectFacts(lookThrough(text), HOME_PATH);
}

function analyzeTyped(text: string): CommandFacts {
  const facts = collectFacts(lookThrough(text), UNKNOWN_PATH);
  if (!HISTORY.test(text)) return facts;
  return { ...facts, reasons: [...new Set([...facts.reasons, 'evaluation'] as const)] };
}

/** Programs that the near end of a copy starts, and that do nothing but what their form says. */
function describeRecognised(recognised: RecognisedCommand): CommandFacts {
  const { kind } = recognised;
  if (kind === 'sftp-server') {
    return { ...NO_FACTS, commands: [kind], subcommands: [kind], recognised };
  }
  const isSource = recognised.direction === 'source';
  const command = kind === 'git' ? (isSource ? 'git-upload-pack' : 'git-receive-pack') : kind;
  const paths = [...new Set(recognised.paths.flatMap((word) => findPaths(word, [HOME_PATH])))];
  const deletes: readonly Effect[] =
    kind === 'rsync' && recognised.deletes ? ['delete', 'delete-recursive'] : [];
  const isWritten = !isSource || deletes.length > 0;
  // By which names it puts files there, its input says.
  const placed = kind === 'rsync' && !isSource ? findPlacedTrees(paths) : [];
  const written = isWritten ? [...paths, ...placed] : [];
  const effects = isSource ? [] : written.flatMap(findWrittenEffects);
  return {
    ...NO_FACTS,
    commands: [command],
    subcommands: [command],
    effects: [...new Set<Effect>(['network', ...deletes, ...effects])],
    paths: [...paths, ...placed],
    reads: isSource ? paths : [],
    shown: {
      patterns: isSource ? recognised.paths.flatMap((word) => findPatterns(word, [HOME_PATH])) : [],
      names: [],
    },
    writes: written,
    reasons: written.includes(UNKNOWN_PATH) ? ['write'] : [],
    recognised,
  };
}

/** All that is beneath the paths, where writing some of it has an effect. */
function findPlacedTrees(paths: readonly string[]): readonly string[] {
  return paths
    .filter((path) => path !== UNKNOWN_PATH)
    .map((path) => `${path === '/' ? '' : path}/**`)
    .filter((tree) => findWrittenEffects(tree).length > 0);
}

function findWrittenEffects(path: string): readonly Effect[] {
  return [...findFileEffects(path), ...findHomeTreeEffects(path)];
}

/** Texts that the server's shell may read as other characters, or as its own options. */
function isUnreadable(text: string): boolean {
  return !text.isWellFormed() || /[\0\u{fffd}]/u.test(text) || /^[-+]/.test(text);
}
