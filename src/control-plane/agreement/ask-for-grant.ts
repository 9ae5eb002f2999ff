import { randomBytes } from 'node:crypto';
import type {
  BreakGlassRequest,
  GrantRequest,
  Requester,
  WantedGrant,
} from '../../access/access-request.ts';
import type {
  Actor,
  BreakGlassAnswer,
  GrantInput,
  GrantRefusal,
  GrantRequestAnswer,
} from '../../access/access-service.ts';
import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import { type Grant, isInForce, prolong } from '../../access/grant.ts';
import { isBlank } from '../../access/is-blank.ts';
import { seal } from '../../audit/seal.ts';
import type { GrantSettings } from '../../configuration/access-settings.ts';
import type { Decision } from '../../policy/decision.ts';
import {
  describeBreakGlass,
  describeExtension,
  describeGrantRequest,
  describeGrantStart,
} from './access-entries.ts';
import type { AgreementParts } from './agreement-parts.ts';

/** Milliseconds; shorter ones would be over before they are noticed. */
const DURATION_MIN_MS = 1_000;

/** Asks for a grant, or begins it at once where the policies need no review. */
export async function askForGrant(
  parts: AgreementParts,
  actor: Actor,
  input: GrantInput,
  extended?: Grant,
): Promise<GrantRequestAnswer> {
  const checked = check(parts, actor, input, 'grant.request');
  if (checked.kind !== 'checked') return checked;
  const { decision, reason } = checked;
  const { requests, ledger, reviewSettings, nowMs } = parts;
  const { waitingPerPrincipalMax: waitingMax, expiresAfterMs: expiresDefaultMs } = reviewSettings();
  const wanted: WantedGrant = {
    name: input.grant,
    durationMs: input.durationMs,
    extends: extended?.id,
  };
  if (decision.kind === 'deny') return { kind: 'denied', reason: decision.reason };
  if (decision.kind === 'allow') {
    const grant =
      extended === undefined
        ? await begin(parts, actor, { ...input, reason })
        : await extend(parts, extended, input.durationMs, checked.settings);
    return grant === undefined ? { kind: 'ended' } : { kind: 'granted', grant };
  }
  const createdAtMs = nowMs();
  const request: GrantRequest = {
    id: makeId('req'),
    kind: 'grant',
    state: 'pending',
    requester: describeRequester(actor),
    target: input.target,
    createdAtMs,
    expiresAtMs: createdAtMs + (decision.expiresAfterMs ?? expiresDefaultMs),
    justification: reason === '' ? undefined : reason,
    policy: {
      ids: decision.policyIds,
      version: parts.policies().version,
      reason: decision.reason,
    },
    rules: decision.rules,
    reviews: [],
    end: undefined,
    grant: wanted,
  };
  const answer = await requests.insert(request, {
    waitingMax,
    seal: () => seal(ledger, describeGrantRequest(request, actor)),
  });
  return answer === 'inserted' ? { kind: 'waiting', request } : { kind: 'too-many', waitingMax };
}

/** Asks for more time of a grant in force. */
export async function askForExtension(
  parts: AgreementParts,
  actor: Actor,
  id: string,
  more: { readonly durationMs: number; readonly reason: string },
): Promise<GrantRequestAnswer> {
  const grant = await parts.grants.find(id);
  if (grant === undefined || grant.holder.id !== actor.principal.id) return { kind: 'not-found' };
  if (!isInForce(grant, parts.nowMs())) return { kind: 'ended' };
  return askForGrant(parts, actor, { grant: grant.name, target: grant.target, ...more }, grant);
}

/** Takes a grant without asking, where the policies let one. */
export async function takeBreakGlass(
  parts: AgreementParts,
  actor: Actor,
  input: GrantInput,
): Promise<BreakGlassAnswer> {
  const checked = check(parts, actor, input, 'grant.break-glass');
  if (checked.kind !== 'checked') return checked;
  const { decision, reason, settings } = checked;
  const { breakGlass } = settings;
  if (breakGlass === undefined) return { kind: 'not-found' };
  // What needs a review cannot be taken without one.
  if (decision.kind !== 'allow') return { kind: 'denied', reason: decision.reason };
  if (reason === '') return { kind: 'reason-required' };
  const { requests, ledger, reviewSettings, nowMs } = parts;
  const { waitingPerPrincipalMax: waitingMax } = reviewSettings();
  const startsAtMs = nowMs();
  const requestId = makeId('req');
  const grant = makeGrant(actor, input, { startsAtMs, reason, requestId, breakGlass: true });
  const request: BreakGlassRequest = {
    id: requestId,
    kind: 'break-glass',
    state: 'unreviewed',
    requester: describeRequester(actor),
    target: input.target,
    createdAtMs: startsAtMs,
    expiresAtMs: grant.endsAtMs,
    justification: reason,
    policy: { ids: decision.policyIds, version: parts.policies().version, reason: '' },
    rules: [{ groups: breakGlass.reviewers, quorum: 1 }],
    reviews: [],
    end: undefined,
    grant: { id: grant.id, name: grant.name, durationMs: input.durationMs, extends: undefined },
  };
  const { alert } = breakGlass;
  const answer = await requests.insert(request, {
    waitingMax,
    grant,
    alert,
    seal: () => seal(ledger, describeBreakGlass(request, grant, { actor, alert })),
  });
  return answer === 'inserted'
    ? { kind: 'taken', grant, request }
    : { kind: 'too-many', waitingMax };
}

interface Checked {
  readonly kind: 'checked';
  readonly settings: GrantSettings;
  readonly decision: Decision;
  readonly reason: string;
}

function check(
  { rights, grantSettings }: AgreementParts,
  { principal }: Actor,
  input: GrantInput,
  action: 'grant.request' | 'grant.break-glass',
): Checked | GrantRefusal {
  const settings = grantSettings().find(({ name }) => name === input.grant);
  if (settings === undefined || rights.findTarget(input.target) === undefined) {
    return { kind: 'not-found' };
  }
  const { durationMaxMs } = settings;
  if (input.durationMs > durationMaxMs || input.durationMs < DURATION_MIN_MS) {
    return { kind: 'too-long', durationMaxMs };
  }
  const reason = isBlank(input.reason) ? '' : input.reason.trim().slice(0, COMMENT_LENGTH_MAX);
  const ask = (justified: boolean): Decision =>
    rights.decide(principal, input.target, action, {
      grant: input.grant,
      durationSeconds: Math.ceil(input.durationMs / 1000),
      justified,
    });
  const decision = ask(reason !== '');
  if (decision.kind !== 'deny') return { kind: 'checked', settings, decision, reason };
  if (reason === '' && ask(true).kind !== 'deny') return { kind: 'reason-required' };
  // Who has no permit at all does not learn what there is.
  return decision.policyId === undefined
    ? { kind: 'not-found' }
    : { kind: 'denied', reason: decision.reason };
}

async function begin(parts: AgreementParts, actor: Actor, input: GrantInput): Promise<Grant> {
  const startsAtMs = parts.nowMs();
  const { reason } = input;
  const grant = makeGrant(actor, input, { startsAtMs, reason, breakGlass: false });
  await parts.grants.insert(grant, () => seal(parts.ledger, describeGrantStart(grant, [])));
  return grant;
}

function extend(
  { grants, ledger, nowMs }: AgreementParts,
  { id }: Grant,
  durationMs: number,
  { durationMaxMs }: GrantSettings,
): Promise<Grant | undefined> {
  return grants.change(id, async (grant) => {
    const atMs = nowMs();
    if (!isInForce(grant, atMs)) return undefined;
    const endsAtMs = prolong(grant, durationMs, { nowMs: atMs, durationMaxMs });
    await seal(ledger, describeExtension(grant, endsAtMs, []));
    return { ...grant, endsAtMs };
  });
}

function makeGrant(
  { principal }: Actor,
  { grant: name, target, durationMs }: GrantInput,
  more: Pick<Grant, 'startsAtMs' | 'reason' | 'breakGlass'> & { readonly requestId?: string },
): Grant {
  const { startsAtMs, reason, breakGlass, requestId } = more;
  return {
    id: makeId('gr'),
    name,
    holder: { id: principal.id, name: principal.displayName },
    target,
    startsAtMs,
    endsAtMs: startsAtMs + durationMs,
    requestId,
    breakGlass,
    reason,
    end: undefined,
  };
}

function describeRequester({ principal, clientAddress, via }: Actor): Requester {
  return {
    id: principal.id,
    person: principal.person,
    kind: principal.kind,
    name: principal.displayName,
    groups: principal.groups,
    grants: [],
    signIn: principal.signIn,
    clientAddress,
    applicationName: via,
  };
}

function makeId(prefix: 'req' | 'gr'): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`;
}
