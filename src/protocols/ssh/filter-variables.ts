import { isRiskyVariable } from '../../shell/risky-variables.ts';
import type { EnvRequest } from '../../wire/ssh/env-request.ts';
import type { SessionOn } from '../protocol.ts';

/** Of names that programs could have at all; a name with `=` would set another. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * The variables that a program may be given: those that the target lists, and others that a policy names; but none
 * that would make it another program, or read a command as other characters. The rest is left out, as servers do.
 */
export function filterVariables(
  variables: readonly EnvRequest[],
  session: Pick<SessionOn<'ssh'>, 'account' | 'guard' | 'target'>,
): ReadonlyMap<string, string> {
  const permitted = variables.filter(
    (variable) =>
      isText(variable) &&
      !isRiskyVariable(variable.name, variable.value) &&
      (isListed(session.target.environment, variable.name) || isPermitted(variable, session)),
  );
  return new Map(permitted.map(({ name, value }) => [name, value]));
}

/** @param patterns Names; `*` at the end stands for any characters. */
function isListed(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

function isPermitted(
  { name, value }: EnvRequest,
  { account, guard, target }: Pick<SessionOn<'ssh'>, 'account' | 'guard' | 'target'>,
): boolean {
  const facts = { account, protocol: target.kind, name, value };
  const actions = [{ action: 'ssh.env', facts }];
  const decision = guard.decide(actions, () => actions);
  // People are asked about programs: one that waits for its variables would surprise everybody.
  if (decision.kind === 'allow') return true;
  guard.sealRefusal(decision, { text: `${name}=${value}`, actions: ['ssh.env'], relations: [] });
  return false;
}

function isText({ name, value }: EnvRequest): boolean {
  return NAME.test(name) && !value.includes('\0');
}
