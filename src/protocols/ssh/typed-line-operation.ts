import { describeCommand } from '../../policy/describe-command.ts';
import { analyzeCommand } from '../../shell/analyze-command.ts';
import type { TypedLine } from '../../terminal/line-reader.ts';
import type { GuardedAction } from '../guard.ts';
import type { SshOperation } from './operation-clearance.ts';

/** What stands in the ledger for what was typed and not shown. */
const UNSEEN_TEXT = '[typed without being shown]';

/**
 * A line that somebody typed in a terminal, for policies and people; undefined where nothing is decided. Allowed only
 * if each text that it may be is.
 */
export function describeTypedLine(line: TypedLine, account: string): SshOperation | undefined {
  switch (line.kind) {
    case 'full-screen':
      return undefined;
    case 'unseen':
      return describe([UNSEEN_TEXT], account, 'unseen');
    case 'line': {
      const texts = [line.text, ...line.otherTexts];
      if (texts.every((text) => text.trim() === '')) return undefined;
      return describe(texts, account, line.isCertain ? 'shell' : 'unknown');
    }
  }
}

/** @param reader Who seems to read the line. */
function describe(
  texts: readonly string[],
  account: string,
  reader: 'shell' | 'unknown' | 'unseen',
): SshOperation {
  const actions = texts.map((text): GuardedAction => {
    const command = describeCommand(text, analyzeCommand(text));
    const opaque = command['opaque'] === true || reader !== 'shell';
    return {
      action: 'ssh.command',
      facts: { ...command, opaque, account, protocol: 'ssh', observed: true },
    };
  });
  const [text = ''] = texts;
  return { actions, text, meaning: { account }, detail: { reader } };
}
