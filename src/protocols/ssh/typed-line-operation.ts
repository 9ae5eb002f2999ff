import { analyzeCommand } from '../../shell/analyze-command.ts';
import { type CommandFacts, NO_FACTS } from '../../shell/command-facts.ts';
import type { TypedLine } from '../../terminal/line-reader.ts';
import type { GuardedOperation } from '../operation-clearance.ts';
import type { ShellActions } from './shell-actions.ts';

/** What stands in the ledger for what was typed and not shown, and for what goes to a program that has the screen. */
const UNSEEN_TEXT = '[typed without being shown]';
const FULL_SCREEN_TEXT = '[keys for a program with a screen of its own]';

/** Where somebody types. */
export interface TypingPlace {
  readonly account: string;
  readonly shell: ShellActions;
}

/**
 * A line that somebody typed in a terminal, for policies and people; undefined where nothing is decided. Allowed only
 * if each text that it may be is.
 */
export function describeTypedLine(
  line: TypedLine,
  place: TypingPlace,
): GuardedOperation | undefined {
  switch (line.kind) {
    case 'full-screen':
      return describeHidden(FULL_SCREEN_TEXT, place, 'full-screen', NO_FACTS);
    case 'unseen':
      return describeHidden(UNSEEN_TEXT, place, 'unseen', effectsOf(line.typed));
    case 'line': {
      const texts = [line.text, ...line.otherTexts];
      if (texts.every((text) => text.trim() === '')) return undefined;
      const shown = describe(texts, place, line.isCertain ? 'shell' : 'unknown');
      if (line.unseen === undefined) return shown;
      const unseen = describeHidden(UNSEEN_TEXT, place, 'unseen', effectsOf(line.unseen));
      return { ...shown, actions: [...shown.actions, ...unseen.actions] };
    }
  }
}

function describe(
  texts: readonly string[],
  { account, shell }: TypingPlace,
  reader: 'shell' | 'unknown',
): GuardedOperation {
  const actions = texts.map((text) => shell.type(text, analyzeLine(text), reader !== 'shell'));
  const [text = ''] = texts;
  return { actions, text, meaning: { account }, detail: { reader } };
}

function describeHidden(
  text: string,
  { account, shell }: TypingPlace,
  reader: 'unseen' | 'full-screen',
  facts: CommandFacts,
): GuardedOperation {
  const actions = [shell.type(text, facts, true)];
  return { actions, text, meaning: { account }, detail: { reader } };
}

/** It may be a password: of what it would do as a command, nothing is told but that. */
function effectsOf(unseen: string | undefined): CommandFacts {
  const { effects } = unseen === undefined ? NO_FACTS : analyzeLine(unseen);
  return { ...NO_FACTS, effects };
}

function analyzeLine(text: string): CommandFacts {
  return analyzeCommand(text, { isTyped: true });
}
