import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AccessRequest } from '../../access/access-request.ts';
import type { AccessService, ReviewAnswer, ReviewInput } from '../../access/access-service.ts';
import type { KnownPerson } from '../../access/person.ts';
import type { Principal, PrincipalId } from '../../identity/principal.ts';
import { composeNotice } from './notice.ts';
import type { SlackChannel } from './slack-channel.ts';
import { REJECT_FORM, SLACK_ACTIONS } from './slack-message.ts';

/** A request that claims to be from Slack. */
export interface SlackCall {
  /** Byte for byte: it is what is signed. */
  readonly body: string;
  /** `x-slack-request-timestamp` */
  readonly timestamp: string | undefined;
  /** `x-slack-signature` */
  readonly signature: string | undefined;
  readonly clientAddress: string;
  readonly signal: AbortSignal;
}

/** What it came to. Only `refused` is said to who called. */
export type SlackOutcome =
  | { readonly kind: 'refused' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'asked-reason' }
  | { readonly kind: 'unknown-person' }
  /** The message did not show all that would run. */
  | { readonly kind: 'not-whole' }
  | { readonly kind: 'reviewed'; readonly answer: ReviewAnswer };

/** What pressing a button is made of. */
export interface SlackInteractionParts {
  readonly channel: SlackChannel;
  readonly signingSecret: string;
  /** Principals by their ids at Slack. */
  readonly people: Readonly<Record<string, PrincipalId>>;
  readonly access: Pick<AccessService, 'review'>;
  readonly findRequest: (id: string) => Promise<AccessRequest | undefined>;
  readonly findPerson: (id: PrincipalId) => Promise<KnownPerson | undefined>;
  readonly isDisabled: (id: PrincipalId) => boolean;
  readonly nowMs: () => number;
}

/** Milliseconds that a signature is taken for fresh. @see https://docs.slack.dev/authentication/verifying-requests-from-slack */
const SIGNATURE_AGE_MS_MAX = 5 * 60_000;
/** Milliseconds since somebody signed in to Sallyport itself; their groups are as of then. */
const SIGN_IN_AGE_MS_MAX = 24 * 3_600_000;
/** Milliseconds that the principal lives which a button acts as. */
const ACT_MS = 60_000;

/** Does what somebody asked for by a button at Slack, as the principal that the configuration says they are. */
export async function actOnSlack(
  parts: SlackInteractionParts,
  call: SlackCall,
): Promise<SlackOutcome> {
  if (!isFromSlack(parts, call)) return { kind: 'refused' };
  const wish = readWish(call.body);
  if (wish === undefined) return { kind: 'ignored' };
  const { channel } = parts;
  const principal = await findPrincipal(parts, wish.user);
  if (principal === undefined) {
    const text =
      'Sallyport does not know you here, or you have not signed in to it for a day. Open the request in the console.';
    await channel.tell(wish.user, text, call.signal);
    return { kind: 'unknown-person' };
  }
  if (wish.kind === 'reject' && wish.comment === undefined) {
    await channel.askReason(wish.triggerId, wish.requestId, call.signal);
    return { kind: 'asked-reason' };
  }
  const request = wish.kind === 'approve' ? await parts.findRequest(wish.requestId) : undefined;
  if (request !== undefined && !composeNotice(request, 'opened', undefined).isWhole) {
    await channel.tell(
      wish.user,
      'Not all of it is shown here. Approve it in the console.',
      call.signal,
    );
    return { kind: 'not-whole' };
  }
  const review: ReviewInput =
    wish.kind === 'approve'
      ? { verdict: 'approve' }
      : { verdict: 'reject', comment: wish.comment ?? '' };
  const actor = { principal, clientAddress: call.clientAddress, via: 'slack' };
  const answer = await parts.access.review(actor, wish.requestId, review);
  await channel.tell(wish.user, describeAnswer(answer), call.signal);
  return { kind: 'reviewed', answer };
}

/** HMAC-SHA-256 over `v0:<timestamp>:<body>`, hexadecimal. */
export function signSlack(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

function isFromSlack(
  { signingSecret, nowMs }: SlackInteractionParts,
  { body, timestamp = '', signature = '' }: SlackCall,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs() - Number(timestamp) * 1000) > SIGNATURE_AGE_MS_MAX) return false;
  const expected = Buffer.from(signSlack(signingSecret, timestamp, body));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

type Wish =
  | { readonly kind: 'approve'; readonly user: string; readonly requestId: string }
  | {
      readonly kind: 'reject';
      readonly user: string;
      readonly requestId: string;
      readonly triggerId: string;
      /** Undefined before the form was filled in. */
      readonly comment: string | undefined;
    };

function readWish(body: string): Wish | undefined {
  const payload = parseJson(new URLSearchParams(body).get('payload') ?? '');
  const user = textAt(payload, 'user', 'id');
  const triggerId = textAt(payload, 'trigger_id') ?? '';
  if (user === undefined) return undefined;
  const type = textAt(payload, 'type');
  if (type === 'view_submission') return readRejection(payload, user, triggerId);
  if (type !== 'block_actions') return undefined;
  const action = at(payload, 'actions', '0');
  const requestId = textAt(action, 'value') ?? '';
  const pressed = textAt(action, 'action_id');
  if (pressed === SLACK_ACTIONS.approve) return { kind: 'approve', user, requestId };
  if (pressed !== SLACK_ACTIONS.reject) return undefined;
  return { kind: 'reject', user, requestId, triggerId, comment: undefined };
}

/** The form that asks why, filled in. */
function readRejection(payload: unknown, user: string, triggerId: string): Wish | undefined {
  const view = at(payload, 'view');
  if (textAt(view, 'callback_id') !== REJECT_FORM.submit) return undefined;
  const requestId = textAt(view, 'private_metadata') ?? '';
  const { block, input } = REJECT_FORM;
  const comment = textAt(view, 'state', 'values', block, input, 'value') ?? '';
  return { kind: 'reject', user, requestId, triggerId, comment };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** Who somebody at Slack is, if they have signed in lately: groups are not asked of Slack. */
async function findPrincipal(
  { people, findPerson, isDisabled, nowMs }: SlackInteractionParts,
  user: string,
): Promise<Principal | undefined> {
  const id = Object.hasOwn(people, user) ? people[user] : undefined;
  if (id === undefined || isDisabled(id)) return undefined;
  const known = await findPerson(id);
  if (known?.kind !== 'person' || !known.isVouched) return undefined;
  if (nowMs() - known.lastSeenAtMs > SIGN_IN_AGE_MS_MAX) return undefined;
  const separator = id.indexOf(':');
  return {
    id,
    issuer: id.slice(0, separator),
    subject: id.slice(separator + 1),
    kind: 'person',
    displayName: known.name,
    groups: known.groups,
    signIn: 'slack',
    expiresAtMs: nowMs() + ACT_MS,
    ...(known.person !== undefined && { person: known.person }),
  };
}

function describeAnswer(answer: ReviewAnswer): string {
  switch (answer.kind) {
    case 'reviewed':
      return `Your verdict is in the ledger. The request is ${answer.request.state}.`;
    case 'not-found':
      return 'There is no such request, or you may not see it.';
    case 'comment-required':
      return 'A rejection needs a reason.';
    case 'comment-too-long':
      return `The reason may have ${answer.lengthMax} characters.`;
    case 'over':
      return `Nothing to decide any more: the request is ${answer.state}.`;
    case 'barred':
      return `Your verdict does not count: ${answer.bar.replaceAll('-', ' ')}.`;
  }
}
