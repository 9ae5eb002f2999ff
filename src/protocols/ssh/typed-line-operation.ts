import { describeCommand } from '../../policy/describe-command.ts';
import { analyzeCommand } from '../../shell/analyze-command.ts';
import { type CommandFacts, NO_FACTS } from '../../shell/command-facts.ts';
import type { TypedLine } from '../../terminal/line-reader.ts';
import type { GuardedAction } from '../guard.ts';
import type { GuardedOperation } from '../operation-clearance.ts';

/** What stands in the ledger for what was typed and not shown, and for what goes to a program that has the screen. */
const UNSEEN_TEXT = '[typed without being shown]';
const FULL_SCREEN_TEXT = '[keys for a program with a screen of its own]';

/**
 * A line that somebody typed in a terminal, for policies and people; undefined where nothing is decided. Allowed only
 * if each text that it may be is.
 */
export function describeTypedLine(line: TypedLine, account: string): GuardedOperation | undefined {
  switch (line.kind) {
    case 'full-screen':
      return describeHidden(FULL_SCREEN_TEXT, account, 'full-screen', NO_FACTS);
    case 'unseen':
      return describeHidden(UNSEEN_TEXT, account, 'unseen', effectsOf(line.typed));
    case 'line': {
      const texts = [line.text, ...line.otherTexts];
      if (texts.every((text) => text.trim() === '')) return undefined;
      const shown = describe(texts, account, line.isCertain ? 'shell' : 'unknown');
      if (line.unseen === undefined) return shown;
      const unseen = describeHidden(UNSEEN_TEXT, account, 'unseen', effectsOf(line.unseen));
      return { ...shown, actions: [...shown.actions, ...unseen.actions] };
    }
  }
}

function describe(
  texts: readonly string[],
  account: string,
  reader: 'shell' | 'unknown',
): GuardedOperation {
  const actions = texts.map((text) =>
    actionOf(text, { account, facts: analyzeLine(text), isOpaque: reader !== 'shell' }),
  );
  const [text = ''] = texts;
  return { actions, text, meaning: { account }, detail: { reader } };
}

function describeHidden(
  text: string,
  account: string,
  reader: 'unseen' | 'full-screen',
  facts: CommandFacts,
): GuardedOperation {
  const actions = [actionOf(text, { account, facts, isOpaque: true })];
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

function actionOf(
  text: string,
  { account, facts, isOpaque }: { account: string; facts: CommandFacts; isOpaque: boolean },
): GuardedAction {
  const command = describeCommand(text, facts);
  const opaque = isOpaque || command['opaque'] === true;
  const observed = { opaque, account, protocol: 'ssh', observed: true };
  return { action: 'ssh.command', facts: { ...command, ...observed } };
}
