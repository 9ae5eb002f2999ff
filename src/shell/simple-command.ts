import type { ShellWord } from './shell-word.ts';

/** A command as it stands in the text: words, and where its input and output go. */
export interface SimpleCommand {
  /** The program's name first; empty where there are only assignments or redirections. */
  readonly words: readonly ShellWord[];
  readonly redirections: readonly Redirection[];
  /** A text given as standard input (here-document, here-string), where it is known. */
  readonly input: string | undefined;
  /** Stands in a loop, and so may run again after what follows it. */
  readonly isRepeated: boolean;
}

/** A file that the shell opens for a command. */
export interface Redirection {
  readonly access: 'read' | 'write' | 'both';
  readonly target: ShellWord;
}
