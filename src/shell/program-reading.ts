import type { OpaqueReason } from './opaque-reason.ts';
import { type ShellWord, unknownWord } from './shell-word.ts';
import type { Redirection } from './simple-command.ts';

/** What a program starts, as its arguments show it. */
export interface ProgramReading {
  /** Programs with their arguments. */
  readonly commands?: readonly (readonly ShellWord[])[];
  /** Texts that a shell reads. */
  readonly scripts?: readonly string[];
  /** Directories in which the programs, or this one, work. */
  readonly directories?: readonly ShellWord[];
  /** Files that it opens itself, beside what it starts. */
  readonly opened?: readonly Redirection[];
  readonly reasons?: readonly OpaqueReason[];
}

/**
 * Reads the arguments of one program.
 *
 * @param input What it is given on standard input, where the text says it.
 */
export type ProgramReader = (
  args: readonly ShellWord[],
  input: string | undefined,
) => ProgramReading;

/** A directory that the text does not show: another account's home, another host's or container's. */
export const ELSEWHERE: ShellWord = unknownWord('', false);

/** It starts nothing else. */
export const STARTS_NOTHING: ProgramReading = {};

/** A reading of which nothing is certain. */
export function hidden(reason: OpaqueReason): ProgramReading {
  return { reasons: [reason] };
}
