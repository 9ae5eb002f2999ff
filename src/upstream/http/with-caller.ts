import type { Session } from '../../protocols/protocol.ts';
import type { WebTarget } from '../../targets/target.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import { withoutTwins } from './with-field.ts';

/** Says in a signed token, for a short time, who asks: principal, session, target. */
export type SignIdentity = (session: Session) => string | Promise<string>;

/**
 * The fields with what tells the target who asks, and without whatever clients say of that.
 *
 * @throws {HttpMessageError} If a name cannot be written in a field.
 */
export function withCaller(
  target: WebTarget,
  session: Session,
  fields: FieldList,
  signIdentity: SignIdentity,
): FieldList | Promise<FieldList> {
  switch (target.kind) {
    case 'kubernetes':
      return withImpersonation(fields, session, target.impersonation?.prefix);
    case 'http': {
      const name = target.identityHeader?.toLowerCase();
      if (name === undefined) return withoutTwins(fields, [IDENTITY_FIELD]);
      const others = withoutTwins(fields, [IDENTITY_FIELD, name]);
      const token = signIdentity(session);
      if (!(token instanceof Promise)) return others.append(name, token);
      return token.then((signed) => others.append(name, signed));
    }
  }
}

/** Where targets look for it unless their file says otherwise: never a client's. */
const IDENTITY_FIELD = 'x-sallyport-identity';

/** What Kubernetes takes for a caller's name, from a client that may say so or from a proxy in front of it. */
const CALLER_FIELD = /^(?:impersonate|x[-_]remote)(?:[-_].*)?$/;

/** @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function withImpersonation(
  fields: FieldList,
  { principal }: Session,
  prefix: string | undefined,
): FieldList {
  const others = fields.filter((name) => !CALLER_FIELD.test(name));
  if (prefix === undefined) return others;
  const write = (name: string): string => Buffer.from(`${prefix}${name}`).toString('latin1');
  return FieldList.of([
    ...others,
    ['impersonate-user', write(principal.id)],
    ...principal.groups.map((group): [string, string] => ['impersonate-group', write(group)]),
  ]);
}
