import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import type { FieldList } from '../../wire/http/field-list.ts';

/** For targets that have an Authorization of their own. */
const TOKEN_FIELD = 'x-sallyport-token';
const REASON_FIELD = 'x-sallyport-reason';
const BEARER = /^bearer +([\w\-.~+/]+=*)$/i;
/** What only the gateway says to a target; servers that speak CGI read `_` and `-` as the same. */
const OWN_FIELD = /^x[-_]sallyport[-_]/;

/** By what a client says who asks. */
export type ClientCredential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'none' };

/** Finds by what a request says who asks. */
export function findCredential(fields: FieldList): ClientCredential {
  const own = fields.get(TOKEN_FIELD);
  if (own !== undefined) return { kind: 'token', token: own };
  const authorization = fields.get('authorization');
  const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
  return token === undefined ? { kind: 'none' } : { kind: 'token', token };
}

/**
 * The fields as the target may see them: without what said to the gateway who asks, and without what only the
 * gateway says.
 */
export function withoutCredential(fields: FieldList): FieldList {
  const isAuthorizationOurs = !fields.has(TOKEN_FIELD);
  return fields.filter(
    (name) => !OWN_FIELD.test(name) && !(isAuthorizationOurs && name === 'authorization'),
  );
}

/** Why the client does what it does, in its own words: reviewers are told, the target never is. */
export function takeReason(fields: FieldList): string | undefined {
  const given = fields.get(REASON_FIELD)?.trim();
  return given === undefined || given === '' ? undefined : given.slice(0, COMMENT_LENGTH_MAX);
}
