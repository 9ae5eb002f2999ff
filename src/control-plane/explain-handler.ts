import type { AskedRequest, ExplainRequest, Explanation } from '../api/explanation.ts';
import type { TargetPath } from '../api/identifiers.ts';
import { seal } from '../audit/seal.ts';
import type { PrincipalId } from '../identity/principal.ts';
import { redactLiterals } from '../protocols/postgres/redact-literals.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Explanations that this process works on at the same time: each may have a target's catalog read. */
const EXPLANATIONS_MAX = 8;
/** Of those, for one principal: a target that does not answer keeps each for as long as it is waited for. */
const PER_PRINCIPAL_MAX = 3;

const UNKNOWN = 'there is no such target';

/** The explanations being made. */
export interface Explanations {
  /** For whom, once for each. */
  readonly askers: PrincipalId[];
}

/**
 * Explains a text of SQL, a command for a host or a request to whoever may connect to the target; for everybody else there is no such target.
 *
 * Nothing is run, but whoever asks learns names of the target's catalog and where policies end, so the asking is in the ledger before
 * the answer is given.
 */
export async function handleExplain(
  services: ControlPlaneServices,
  explanations: Explanations,
  { principal, path, json, clientAddress, signal }: SignedInCall,
): Promise<Answer> {
  const { name } = path as TargetPath;
  const asked = json as ExplainRequest;
  const { authorize, explain, ledger } = services;
  const who = { principal, target: name, clientAddress };
  const database = 'sql' in asked && asked.database ? { database: asked.database } : {};
  if (authorize({ action: 'connect', ...who, ...database }).kind !== 'allow') {
    return answerProblem('not-found', UNKNOWN);
  }
  const { askers } = explanations;
  const own = askers.filter((id) => id === principal.id);
  if (askers.length >= EXPLANATIONS_MAX || own.length >= PER_PRINCIPAL_MAX) {
    return answerTooMany('too much is being explained');
  }
  askers.push(principal.id);
  try {
    const explanation = await explain({ principal, target: name, ...asked }, signal);
    if (explanation === undefined) {
      const isThere = services.targets().some((target) => target.name === name);
      return answerProblem('not-found', isThere ? describeMisfit(asked) : UNKNOWN);
    }
    const text = redactForLedger(asked, explanation);
    await seal(ledger, {
      kind: 'explain',
      principal: principal.id,
      target: explanation.target,
      database: explanation.database,
      outcome: explanation.outcome,
      actions: actionsOf(explanation),
      client: clientAddress,
      content: { text },
    });
    return answerJson(explanation);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return answerProblem('unavailable', "the target's catalog cannot be read", 'Try again later.');
  } finally {
    askers.splice(askers.indexOf(principal.id), 1);
  }
}

/** Why a target cannot be asked that. Whoever may connect to it may know that it is there. */
function describeMisfit(asked: ExplainRequest): string {
  if ('request' in asked) return 'this target takes no requests';
  if (asked.database) return 'this target has no such database or account';
  return 'this target takes requests only';
}

/** Of what was not run, constants are of no interest: they can be patients, or passwords. Any word of a command can be one. */
function redactForLedger(asked: ExplainRequest, { statements }: Explanation): string {
  if ('request' in asked) return redactRequest(asked.request);
  const { sql } = asked;
  const [operation] = statements[0]?.operations ?? [];
  if (operation?.action !== 'ssh.exec') return redactLiterals(sql);
  const { commands } = operation.facts;
  return typeof commands === 'object' ? commands.join(' ') : '';
}

/** Parameters by their names: the path is in the ledger for requests that are sent, too. */
function redactRequest({ method, url }: AskedRequest): string {
  const [path = '', query = ''] = url.split(/\?(.*)/su);
  const names = [...new URLSearchParams(query).keys()];
  return `${method} ${path}${names.length === 0 ? '' : `?${names.join('&')}`}`;
}

function actionsOf({ statements }: Explanation): readonly string[] {
  const actions = statements.flatMap(({ operations }) => operations.map(({ action }) => action));
  return [...new Set(actions)].toSorted();
}
