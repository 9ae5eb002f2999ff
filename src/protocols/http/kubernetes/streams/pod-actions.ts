import { describeCommand } from '../../../../policy/describe-command.ts';
import type { Facts } from '../../../../policy/operation.ts';
import type { CommandFacts } from '../../../../shell/command-facts.ts';
import type { GuardedAction } from '../../../guard.ts';
import type { GuardedOperation } from '../../../operation-clearance.ts';
import type { ShellActions } from '../../../ssh/shell-actions.ts';

/**
 * Of a shell in a container. A line that is typed there is asked about as the command that opened it was: with its own text,
 * and `observed`.
 *
 * @param opened The operation that opened it.
 */
export function openPodActions({ actions }: GuardedOperation): ShellActions {
  const opened = actions[0] ?? { action: 'k8s.exec', facts: {} };
  return {
    type: (text, facts, isOpaque) => ({
      action: opened.action,
      facts: { ...opened.facts, ...factsOf(text, facts, isOpaque), observed: true },
    }),
    have: (): GuardedAction => opened,
  };
}

/** What policies are told of a command in a container. */
export function factsOf(text: string, facts: CommandFacts, isOpaque: boolean): Facts {
  const described = describeCommand(text, facts);
  const { commands = [], subcommands = [], effects = [] } = described;
  return { text, commands, subcommands, effects, opaque: isOpaque || described['opaque'] === true };
}
