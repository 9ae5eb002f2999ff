import { describeCommand } from '../../policy/describe-command.ts';
import { AnalysisCache } from '../../shell/analysis-cache.ts';
import { type CommandFacts, NO_FACTS } from '../../shell/command-facts.ts';
import { describeOpaqueReason } from '../../shell/opaque-reason.ts';
import type { GuardedAction } from '../guard.ts';
import type { GuardedOperation } from '../operation-clearance.ts';
import type { ChannelContext, ChannelOperation } from './channel-handler.ts';

/** Accounts for which the actions of one command are kept. */
const ACCOUNTS_MAX = 64;

/** A shell is anything, one line after the other. */
export const SHELL_FACTS: CommandFacts = { ...NO_FACTS, reasons: ['interpreter'] };

/** What of a channel counts when something starts in it. */
type Start = Pick<ChannelContext, 'account' | 'environment' | 'terminal'>;

/** Turns what clients start in channels into operations. Keeps what it found out about commands. */
export class Operations {
  readonly #analyses = new AnalysisCache();
  /** By account. The same array for the same command, for the sake of the decision cache. */
  readonly #actions = new WeakMap<CommandFacts, Map<string, readonly GuardedAction[]>>();

  /** Undefined where starting it does nothing: what is done with it is decided as it is done. */
  describe(operation: ChannelOperation, start: Start): GuardedOperation | undefined {
    switch (operation.kind) {
      case 'exec':
      case 'copy': {
        const facts = this.analyze(operation.command);
        const actions = this.#listActions('ssh.exec', operation.command, facts, start.account);
        return { ...describeStart(operation.command, actions, start), ...describeHidden(facts) };
      }
      case 'shell': {
        const actions = this.#listActions('ssh.shell', '', SHELL_FACTS, start.account);
        return describeStart('', actions, start);
      }
      case 'scp':
      case 'subsystem':
        return undefined;
    }
  }

  /** The same object for the same text. */
  analyze(command: string): CommandFacts {
    return this.#analyses.analyze(command);
  }

  #listActions(
    action: 'ssh.exec' | 'ssh.shell',
    text: string,
    found: CommandFacts,
    account: string,
  ): readonly GuardedAction[] {
    const byAccount = this.#actions.get(found) ?? new Map<string, readonly GuardedAction[]>();
    const known = byAccount.get(account);
    if (known !== undefined) return known;
    const facts = { ...describeCommand(text, found), account, protocol: 'ssh', observed: false };
    const actions = [{ action, facts }];
    if (byAccount.size >= ACCOUNTS_MAX) byAccount.clear();
    byAccount.set(account, actions);
    this.#actions.set(found, byAccount);
    return actions;
  }
}

function describeStart(
  text: string,
  actions: readonly GuardedAction[],
  { account, environment, terminal }: Start,
): GuardedOperation {
  return {
    key: actions,
    actions,
    text,
    meaning: {
      account,
      environment: JSON.stringify([...environment]),
      terminal: terminal === undefined ? 'no' : 'yes',
    },
    ...(environment.size > 0 && { detail: { environment: [...environment.keys()] } }),
  };
}

/** Tells a client that is refused what of its command could not be seen. */
function describeHidden({ reasons }: CommandFacts): Pick<GuardedOperation, 'remark'> {
  if (reasons.length === 0) return {};
  const why = reasons.map(describeOpaqueReason).join('; ');
  return { remark: `Its text does not show all that it would do: ${why}.` };
}
