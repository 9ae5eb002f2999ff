import type { ExplainedRefusal, Explanation } from '../api/explanation.ts';
import type { Policies } from '../gateway/policies.ts';
import type { Decision } from '../policy/decision.ts';
import { describeCommand } from '../policy/describe-command.ts';
import { analyzeCommand } from '../shell/analyze-command.ts';
import { describeOpaqueReason } from '../shell/opaque-reason.ts';
import { type ExplainAsker, explainOperation } from './explain-operation.ts';

/** A command that somebody would have a host run. */
export interface ExplainableCommand extends ExplainAsker {
  readonly account: string;
  readonly command: string;
}

/** Says what would become of a command sent as `ssh <target> <command>`. The host is not asked. */
export function explainCommand(policies: Policies, question: ExplainableCommand): Explanation {
  const { target, account, command } = question;
  const found = analyzeCommand(command);
  const facts = { ...describeCommand(command, found), account, protocol: 'ssh', observed: false };
  const { decision, operation } = explainOperation(policies, question, {
    action: 'ssh.exec',
    facts,
  });
  const outcome = { allow: 'run', review: 'review', deny: 'refused' } as const;
  return {
    target: target.name,
    database: '',
    searchPath: [],
    outcome: outcome[decision.kind],
    ...describeRefusal(decision, found.reasons.map(describeOpaqueReason)),
    statements: [{ text: command, decision: operation.decision, operations: [operation] }],
    ...(decision.kind !== 'deny' && { sent: command }),
  };
}

function describeRefusal(
  decision: Decision,
  hidden: readonly string[],
): { readonly refusal?: ExplainedRefusal } {
  if (decision.kind === 'allow') return {};
  const hint =
    hidden.length === 0
      ? undefined
      : `Its text does not show all that it would do: ${hidden.join('; ')}`;
  return { refusal: { reason: decision.reason, hint } };
}
