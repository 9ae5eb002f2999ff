import type { AccessRequest, RequestEnd, RequestState } from '../../access/access-request.ts';
import type { DeliveryOccasion } from '../../access/delivery.ts';
import { showInvisible } from '../../api/show-invisible.ts';
import { showPlainly } from '../../api/show-plainly.ts';
import type { ShownOperation } from '../../api/shown-operation.ts';
import { NOBODY, showOperation } from '../access/show-operation.ts';

/**
 * What a channel says about an access request. Nobody knows who reads along there, so every value in a
 * statement of SQL is hidden, whatever its class, and of other texts what the detectors find: who reviews opens the link.
 */
export interface Notice {
  readonly occasion: DeliveryOccasion;
  readonly requestId: string;
  readonly kind: AccessRequest['kind'];
  readonly state: RequestState;
  /** Undefined while it is not over. */
  readonly end: Pick<RequestEnd, 'outcome' | 'reason'> | undefined;
  /** One line, with the name of who asks before what: a long one can push that out of sight. */
  readonly title: string;
  /** What is asked for, in a few words: the actions of an operation, or a grant and for how long. */
  readonly subject: string;
  readonly requester: { readonly id: string; readonly name: string };
  readonly target: string;
  /** Undefined where there is none. */
  readonly database: string | undefined;
  /** Of the target, as which it would run; undefined where there is none. */
  readonly account: string | undefined;
  /** Why a review is asked for, by the policy. */
  readonly reason: string;
  /** In the requester's words; undefined if none were given. */
  readonly justification: string | undefined;
  readonly actions: readonly string[];
  readonly relations: readonly string[];
  readonly classesTouched: readonly string[];
  /** With every value hidden; undefined for what is not an operation. */
  readonly statement: string | undefined;
  /** What the session set before it, with every value hidden: the statement means what it does by that. */
  readonly settings: readonly string[];
  /** Nothing of what would run is hidden or left out. If not, nobody can approve it from a message. */
  readonly isWhole: boolean;
  /** Who has to agree, for people to read. */
  readonly reviewers: string;
  readonly expiresAt: string;
  readonly reviews: readonly NoticedReview[];
  /** Undefined where no console's URL is configured. */
  readonly url: string | undefined;
}

export interface NoticedReview {
  readonly reviewer: string;
  readonly verdict: 'approve' | 'reject';
  readonly comment: string;
}

/** Characters of a statement in a message, and of what was set before it; the console has the rest. */
const STATEMENT_LENGTH_MAX = 1_500;
/** Characters of the names of what a statement touches. */
const RELATIONS_LENGTH_MAX = 500;

/** Says what a channel is to be told. */
export function composeNotice(
  request: AccessRequest,
  occasion: DeliveryOccasion,
  consoleUrl: string | undefined,
): Notice {
  const operation =
    request.kind === 'operation' ? showOperation(request.operation, NOBODY) : undefined;
  const { requester, target, policy, rules, reviews } = request;
  return {
    occasion,
    requestId: request.id,
    kind: request.kind,
    state: request.state,
    end: request.end && { outcome: request.end.outcome, reason: request.end.reason },
    title: titleOf(request, occasion),
    subject: subjectOf(request),
    requester: { id: requester.id, name: requester.name },
    target,
    database:
      request.kind === 'operation' && request.database !== '' ? request.database : undefined,
    account: request.kind === 'operation' ? request.account : undefined,
    reason: policy.reason,
    justification: request.justification && showOnOneLine(request.justification),
    actions: operation?.actions ?? [],
    relations: operation?.relations ?? [],
    classesTouched: operation?.classesTouched ?? [],
    statement: operation && shorten(showPlainly(operation.original.text)),
    settings: operation === undefined ? [] : listSettings(operation).map(shorten),
    isWhole: isWhole(operation),
    reviewers: rules
      .map(({ groups, quorum }) => `${quorum} of ${groups.join(' or ')}`)
      .join(', and '),
    expiresAt: new Date(request.expiresAtMs).toISOString(),
    reviews: reviews.map(({ reviewer, verdict, comment }) => ({
      reviewer: reviewer.name,
      verdict,
      comment: showOnOneLine(comment),
    })),
    url: consoleUrl && `${consoleUrl}/requests/${request.id}`,
  };
}

/** Whoever approves has to see what would run, and a message shows no value, parameter or changed row. */
function isWhole(operation: ShownOperation | undefined): boolean {
  if (operation === undefined) return true;
  const { original, parameters, relations, changes = [], context } = operation;
  const { settings = [], earlierSettings = 0, isCertain = true } = context ?? {};
  const isCut =
    showPlainly(original.text).length > STATEMENT_LENGTH_MAX ||
    listSettings(operation).join('\n').length > STATEMENT_LENGTH_MAX ||
    listRelations({ relations }).length > RELATIONS_LENGTH_MAX;
  const isHidden = [original, ...settings].some(({ hidden }) => hidden.length > 0);
  if (isCut || isHidden || earlierSettings > 0 || !isCertain) return false;
  return parameters.length === 0 && changes.length === 0;
}

function listSettings({ context }: ShownOperation): readonly string[] {
  return (context?.settings ?? []).map(({ text }) => showPlainly(text));
}

/** Where it would run, for people to read. */
export function describePlace({
  target,
  database,
  account,
}: Pick<Notice, 'target' | 'database' | 'account'>): string {
  return [
    target,
    ...(database === undefined ? [] : [`database ${showPlainly(database)}`]),
    ...(account === undefined ? [] : [`account ${showPlainly(account)}`]),
  ].join(', ');
}

/** What it touches by whole names, for people to read. */
export function listRelations({ relations }: Pick<Notice, 'relations'>): string {
  return relations.map(showPlainly).join(', ') || 'none known';
}

function titleOf(request: AccessRequest, occasion: DeliveryOccasion): string {
  const { requester, target } = request;
  const what = `${requester.name}: ${subjectOf(request)} on ${target}`;
  switch (occasion) {
    case 'opened':
      return `Review needed: ${what}`;
    case 'ended':
      return `${describeEnd(request)}: ${what}`;
    case 'alert':
      return `Break-glass: ${what}`;
  }
}

/** Whether an approval has been used by then is a matter of milliseconds. */
function describeEnd({ state, end }: AccessRequest): string {
  const word = state === 'used' ? 'approved' : state;
  const why = end?.reason === undefined ? '' : ` (${end.reason})`;
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}${why}`;
}

function subjectOf(request: AccessRequest): string {
  switch (request.kind) {
    case 'operation':
      return request.operation.actions.join(', ');
    case 'grant':
    case 'break-glass':
      return `grant ${request.grant.name} for ${formatMinutes(request.grant.durationMs)}`;
  }
}

function formatMinutes(durationMs: number): string {
  const minutes = Math.round(durationMs / 60_000);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

/** Between the lines of a message nobody may write one that looks like ours. */
function showOnOneLine(text: string): string {
  return showInvisible(text).replaceAll(/\s+/g, ' ');
}

function shorten(text: string): string {
  return text.length <= STATEMENT_LENGTH_MAX
    ? text
    : `${text.slice(0, STATEMENT_LENGTH_MAX).toWellFormed()} …`;
}
