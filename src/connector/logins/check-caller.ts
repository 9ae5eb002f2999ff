import type { Impersonation } from '../../configuration/kubernetes-target-file.ts';
import type { ClientRequest } from '../../protocols/http/client-exchange.ts';
import { type Problem, ProblemError } from '../../protocols/http/problem.ts';
import type { WebTarget } from '../../targets/target.ts';
import { withoutCaller } from '../../upstream/http/with-caller.ts';
import type { FieldList } from '../../wire/http/field-list.ts';

/** The only fields by which the gateway says who asks a cluster. */
const USER = 'impersonate-user';
const GROUP = 'impersonate-group';

/**
 * The fields of a gateway's request, if what they say of who asks is what the target's own file permits. A cluster's
 * token may do more than any caller may: without a caller it is used for looks of the gateway's own alone.
 *
 * @throws {ProblemError}
 */
export function checkCaller(
  { method, fields }: Pick<ClientRequest, 'method' | 'fields'>,
  target: WebTarget,
  isOfGateway: boolean,
): FieldList {
  switch (target.kind) {
    case 'http':
      return target.identityHeader === undefined ? withoutCaller(target, fields) : fields;
    case 'kubernetes':
      if (target.impersonation === undefined) return withoutCaller(target, fields);
      if (isOfGateway && method === 'GET') return withoutCaller(target, fields);
      return checkImpersonation(fields, target.impersonation, withoutCaller(target, fields));
  }
}

/** @param others The fields that say nothing of who asks. */
function checkImpersonation(
  fields: FieldList,
  { prefix }: Impersonation,
  others: FieldList,
): FieldList {
  const written = Buffer.from(prefix).toString('latin1');
  const users = fields.all(USER);
  const groups = fields.all(GROUP);
  const isPermitted =
    users.length === 1 && [...users, ...groups].every((name) => name.startsWith(written));
  if (!isPermitted) throw new ProblemError(NOT_PERMITTED);
  return others.concat([
    ...users.map((name): [string, string] => [USER, name]),
    ...groups.map((name): [string, string] => [GROUP, name]),
  ]);
}

const NOT_PERMITTED: Problem = {
  status: 403,
  title: 'Caller not permitted',
  detail: "The connector's file of this cluster permits no request by this caller.",
};
