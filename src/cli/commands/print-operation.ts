import type { ExplainedDecision, ExplainedOperation } from '../../api/explanation.ts';
import type { Terminal } from '../terminal.ts';
import { escapeLine } from '../terminal-text.ts';

/** Prints one thing that would be done, with its decision and the facts that policies were asked about. */
export function printOperation(
  terminal: Terminal,
  { action, decision, facts }: ExplainedOperation,
): void {
  const colour = { allow: 'green', review: 'yellow', deny: 'red' } as const;
  const kind = terminal.style(colour[decision.kind], decision.kind.padEnd(7));
  terminal.print(`  ${kind}${escapeLine(action)}${describeDecision(decision)}`);
  for (const [name, fact] of Object.entries(facts)) {
    const value = typeof fact === 'object' ? fact.join(' ') : String(fact);
    // What is not so is what most statements are.
    if (value === '' || value === 'false' || value === '-1') continue;
    terminal.print(`         ${name}: ${escapeLine(value)}`);
  }
}

function describeDecision({ policies, reason, groups }: ExplainedDecision): string {
  const by = policies.length === 0 ? ' (no policy permits it)' : ` by ${policies.join(', ')}`;
  const why = reason === undefined || policies.length === 0 ? '' : `: ${reason}`;
  const who = groups === undefined ? '' : ` (review by ${groups.join(' or ')})`;
  return escapeLine(`${by}${why}${who}`);
}
