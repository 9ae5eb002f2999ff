import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import { findSiteCookie, withoutOwnCookies } from './browser/browser-request.ts';

/** For targets that have an Authorization of their own. */
const TOKEN_FIELD = 'x-sallyport-token';
const REASON_FIELD = 'x-sallyport-reason';
const BEARER = /^bearer +([\w\-.~+/]+=*)$/i;
/** What only the gateway says to a target; servers that speak CGI read `_` and `-` as the same. */
const OWN_FIELD = /^x[-_]sallyport[-_]/;

/** By what a client says who asks. */
export type ClientCredential =
  | { readonly kind: 'token'; readonly token: string }
  /** Of a browser that has signed in at this host. */
  | { readonly kind: 'cookie'; readonly cookie: string }
  /** As TLS proved it, DER: the client's certificate first. */
  | { readonly kind: 'certificate'; readonly chain: readonly Buffer[] };

/**
 * Finds by what a request says who asks; undefined where it does not say.
 *
 * @param chain Of the connection; undefined where its client has no certificate that passes.
 */
export function findCredential(
  fields: FieldList,
  chain: readonly Buffer[] | undefined,
): ClientCredential | undefined {
  const authorization = fields.get('authorization') ?? '';
  const token = fields.get(TOKEN_FIELD) ?? BEARER.exec(authorization)?.[1];
  if (token !== undefined) return { kind: 'token', token };
  const cookie = findSiteCookie(fields);
  if (cookie !== undefined) return { kind: 'cookie', cookie };
  return chain && { kind: 'certificate', chain };
}

/**
 * The fields as the target may see them: without what said to the gateway who asks, and without what only the
 * gateway says.
 */
export function withoutCredential(fields: FieldList): FieldList {
  const isAuthorizationOurs = !fields.has(TOKEN_FIELD);
  return withoutOwnCookies(fields).filter(
    (name) => !OWN_FIELD.test(name) && !(isAuthorizationOurs && name === 'authorization'),
  );
}

/** Why the client does what it does, in its own words: reviewers are told, the target never is. */
export function takeReason(fields: FieldList): string | undefined {
  const given = fields.get(REASON_FIELD)?.trim();
  return given === undefined || given === '' ? undefined : given.slice(0, COMMENT_LENGTH_MAX);
}
