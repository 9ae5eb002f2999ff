import { randomBytes } from 'node:crypto';
import type { Decision } from '../../policy/decision.ts';
import type { Fact } from '../../policy/operation.ts';
import { type ErrorFields, encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { PENDING_MAX } from './pending-request.ts';

/** SQLSTATE `insufficient_privilege`: what a client gets from PostgreSQL itself when refused. */
const INSUFFICIENT_PRIVILEGE = '42501';
/** A name no client's statement collides with: the Parse under it always fails. */
const REFUSED_STATEMENT_NAME = '_sallyport_refused';
const REFUSED_TEXT = /^sallyport_refused_[0-9a-f]{24}_\d+\0$/;

/** Refusals that are kept for their answers: more requests than that are never in flight. */
const KEPT_MAX = 2 * PENDING_MAX;

export type Refusal = Exclude<Decision, { kind: 'allow' }>;
type Denied = Extract<Decision, { kind: 'deny' }>;

/** Phrases a refusal as a PostgreSQL server would, so every client knows how to show it. */
export function phraseRefusal(decision: Refusal): ErrorFields {
  switch (decision.kind) {
    case 'deny':
      return {
        severity: 'ERROR',
        sqlState: INSUFFICIENT_PRIVILEGE,
        message:
          decision.policyId === undefined
            ? `refused: ${decision.reason}`
            : `refused by policy "${decision.policyId}": ${decision.reason}`,
        ...(decision.asked && { detail: describeAsked(decision.asked) }),
        hint: 'Nothing was run. If your work needs this, ask those who keep the policies of this target.',
      };
    case 'review':
      return {
        severity: 'ERROR',
        sqlState: INSUFFICIENT_PRIVILEGE,
        message: `policy "${decision.policyIds.join('", "')}" asks for review first: ${decision.reason}`,
        hint: `Nothing was run. ${decision.quorum} of ${decision.groups.join(', ')} would have to approve.`,
      };
  }
}

/** Of the facts that are lists: what a statement needs to be permitted. */
const LISTED_FACTS = ['writes', 'reads', 'functions'] as const;
/** Facts that policies stop at. */
const STOPPING_FACTS = ['bulk', 'opaque', 'ambiguous'] as const;
const LISTED_MAX = 10;

/**
 * Which of a statement's actions was not permitted, by the words that policies have for it: with several relations it is not plain
 * from the statement which part of it stands in the way.
 */
function describeAsked({ action, facts }: NonNullable<Denied['asked']>): string {
  const relations = facts['relations'];
  const isOfRelations = Array.isArray(relations) && relations.length > 0;
  const names = isOfRelations ? LISTED_FACTS : (['objects', 'functions'] as const);
  const lists = names.flatMap((name) => listFact(name, facts[name]));
  const stopping = STOPPING_FACTS.filter((name) => facts[name] === true);
  return `Policies were asked about ${[action, ...lists, ...stopping].join('; ')}.`;
}

function listFact(name: string, values: Fact | undefined): readonly string[] {
  if (!Array.isArray(values) || values.length === 0) return [];
  const rest = values.length > LISTED_MAX ? `, and ${values.length - LISTED_MAX} more` : '';
  return [`${name} ${values.slice(0, LISTED_MAX).join(', ')}${rest}`];
}

/**
 * Whether a Query says what stands in the place of a refused one: a name and nothing else, which no server runs.
 *
 * @param body With its final NUL.
 */
export function isRefusedText(body: Buffer): boolean {
  return REFUSED_TEXT.test(body.toString('latin1'));
}

/**
 * Refuses messages so that everything else of the session stays as the protocol has it.
 *
 * What is refused is replaced by a message that the server itself must answer with a syntax error,
 * and the server's error is replaced by the refusal. So the refusal comes in its turn, an open
 * transaction fails as with any other error, and a pipeline is skipped up to its Sync, by the
 * server's own rules instead of an imitation of them.
 */
export class Refusals {
  /** Most sessions are never refused anything: made for the first refusal. */
  #nonce: string | undefined;
  /** By number, in the order in which they were sent. */
  #errors: Map<number, ErrorFields> | undefined;
  #count = 0;

  /** While true, errors of the server have to be looked at. */
  get isExpecting(): boolean {
    return this.#errors !== undefined && this.#errors.size > 0;
  }

  /**
   * @param kind `query` in place of a message that ReadyForQuery answers, else `parse`.
   * @returns The message to send in the place of the refused one.
   */
  refuse(kind: 'query' | 'parse', error: ErrorFields): Buffer {
    this.#count += 1;
    this.#nonce ??= `sallyport_refused_${randomBytes(12).toString('hex')}`;
    const mark = `${this.#nonce}_${this.#count}`;
    this.#errors ??= new Map();
    this.#errors.set(this.#count, error);
    // What the server drops up to a Sync, and drops for ever where none comes, is answered by nothing.
    this.#errors.delete(this.#count - KEPT_MAX);
    return kind === 'query' ? encodeQuery(mark) : encodeParse(REFUSED_STATEMENT_NAME, mark);
  }

  /** The refusal that takes the place of a server's error, or undefined if the error is its own. */
  translate(errorResponse: Buffer): Buffer | undefined {
    const nonce = this.#nonce;
    const errors = this.#errors;
    if (nonce === undefined || errors === undefined) return undefined;
    const offset = errorResponse.indexOf(nonce);
    if (offset === -1) return undefined;
    const numberStart = offset + nonce.length + 1;
    const digits = /^\d{1,15}/u.exec(
      errorResponse.toString('latin1', numberStart, numberStart + 16),
    );
    const number = Number(digits?.[0] ?? 0);
    const error = errors.get(number);
    if (error === undefined) return undefined;
    // The server answers in order: those before it that had no answer were skipped.
    for (const earlier of errors.keys()) {
      if (earlier > number) break;
      errors.delete(earlier);
    }
    return encodeErrorResponse(error);
  }

  /** Nothing is in flight: what was not answered was skipped. */
  forget(): void {
    this.#errors = undefined;
  }
}
