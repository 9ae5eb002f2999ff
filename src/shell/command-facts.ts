import type { Effect } from './effects.ts';
import type { OpaqueReason } from './opaque-reason.ts';
import type { RecognisedCommand } from './recognise-command.ts';
import type { ShownFiles } from './shown-files.ts';

/**
 * What a text would do, given to a shell of the Bourne family (bash, dash, ash; zsh but for its own syntax) in the
 * account's home. It errs on the side of more.
 */
export interface CommandFacts {
  /** Names of programs and builtins without directories, whether they would be reached or not. */
  readonly commands: readonly string[];
  /** Each program's words without options, from the first on: `systemctl`, `systemctl stop`, `systemctl stop nginx`. */
  readonly subcommands: readonly string[];
  readonly effects: readonly Effect[];
  /** Canonical paths among arguments and redirections; `?` stands for those that the text does not show. */
  readonly paths: readonly string[];
  /** Those of `paths` that are read, or may be. */
  readonly reads: readonly string[];
  /** Those of `paths` that are written or deleted, or may be. */
  readonly writes: readonly string[];
  /** What a data map is compared with; policies are not told. */
  readonly shown: ShownFiles;
  /** Why the text does not show all that it would run, or where it would write. Empty if it does. */
  readonly reasons: readonly OpaqueReason[];
  readonly hasPipeline: boolean;
  /** What a program that copies files started it for. */
  readonly recognised: RecognisedCommand | undefined;
}

/** A text that does nothing. */
export const NO_FACTS: CommandFacts = {
  commands: [],
  subcommands: [],
  effects: [],
  paths: [],
  reads: [],
  writes: [],
  shown: { patterns: [], names: [] },
  reasons: [],
  hasPipeline: false,
  recognised: undefined,
};
