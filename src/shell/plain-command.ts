import { evaluateWord } from './evaluate-word.ts';
import { parseScript } from './parse-script.ts';
import type { ShellWord } from './shell-word.ts';

/**
 * The words of a text that is one command and nothing else: no redirection, assignment, expansion or second
 * command. Each word is a literal or a pattern.
 *
 * @returns undefined for any other text.
 */
export function readPlainCommand(text: string): readonly ShellWord[] | undefined {
  if (/[$`\0]/.test(text)) return undefined;
  const script = parseScript(text);
  if (script === 'too-large' || (script.errors ?? []).length > 0) return undefined;
  const [statement, ...others] = script.commands;
  if (statement?.command.type !== 'Command') return undefined;
  const { name, prefix, suffix } = statement.command;
  if (others.length > 0 || statement.background === true || prefix.length > 0) return undefined;
  const words: ShellWord[] = [];
  for (const node of [name, ...suffix]) {
    const word = node?.type === 'Word' ? evaluateWord(node) : undefined;
    if (word === undefined || word.kind === 'unknown') return undefined;
    words.push(word);
  }
  return words;
}
