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
      return withImpersonation(
        withoutCaller(target, fields),
        session,
        target.impersonation?.prefix,
      );
    case 'http': {
      const name = target.identityHeader?.toLowerCase();
      const others = withoutCaller(target, fields);
      if (name === undefined) return others;
      const token = signIdentity(session);
      if (!(token instanceof Promise)) return others.append(name, token);
      return token.then((signed) => others.append(name, signed));
    }
  }
}

/** The fields without whatever says who asks, or could be taken for it. */
export function withoutCaller(target: WebTarget, fields: FieldList): FieldList {
  switch (target.kind) {
    case 'kubernetes':
      return fields.filter((name) => !CALLER_FIELD.test(name));
    case 'http': {
      const { identityHeader = IDENTITY_FIELD } = target;
      return withoutTwins(fields, [IDENTITY_FIELD, identityHeader.toLowerCase()]);
    }
  }
}

/** Where targets look for it unless their file says otherwise: never a client's. */
const IDENTITY_FIELD = 'x-sallyport-identity';

/** What Kubernetes takes for a caller's name, from a client that may say so or from a proxy in front of it. */
const CALLER_FIELD = /^(?:impersonate|x[-_]remote)(?:[-_].*)?$/;

/** @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function withImpersonation(
  others: FieldList,
  { principal }: Session,
  prefix: string | undefined,
): FieldList {
  if (prefix === undefined) return others;
  const write = (name: string): string => Buffer.from(`${prefix}${name}`).toString('latin1');
  return FieldList.of([
    ...others,
    ['impersonate-user', write(principal.id)],
    ...principal.groups.map((group): [string, string] => ['impersonate-group', write(group)]),
  ]);
}
