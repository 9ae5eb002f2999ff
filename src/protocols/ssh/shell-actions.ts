import { describeCommand } from '../../policy/describe-command.ts';
import type { CommandFacts } from '../../shell/command-facts.ts';
import type { GuardedAction } from '../guard.ts';
import { SHELL_FACTS } from './operations.ts';

/** How what is done in a shell is called in policies: one that SSH opened, or one in a container. */
export interface ShellActions {
  /**
   * What somebody types in it.
   *
   * @param isOpaque Whether more may be done than the text shows.
   */
  type(text: string, facts: CommandFacts, isOpaque: boolean): GuardedAction;
  /** To have it. */
  have(): GuardedAction;
}

/** Of a shell on a host. @param account The user there. */
export function openShellActions(account: string): ShellActions {
  return {
    type(text, facts, isOpaque) {
      const command = describeCommand(text, facts);
      const opaque = isOpaque || command['opaque'] === true;
      const observed = { opaque, account, protocol: 'ssh', observed: true };
      return { action: 'ssh.command', facts: { ...command, ...observed } };
    },
    have() {
      const command = describeCommand('', SHELL_FACTS);
      return {
        action: 'ssh.shell',
        facts: { ...command, account, protocol: 'ssh', observed: false },
      };
    },
  };
}
