import type { AccessRequest } from '../access/access-request.ts';
import type { AlertView } from '../api/overview.ts';

/** A break-glass that somebody should look at. */
export function describeBreakGlassAlert(request: AccessRequest): AlertView {
  const { id, requester, target, createdAtMs } = request;
  const name = request.kind === 'operation' ? 'access' : request.grant.name;
  return {
    id: `alert_${id}`,
    at: new Date(createdAtMs).toISOString(),
    kind: 'break-glass',
    text: `${requester.name} broke the glass: ${name} on ${target}`,
    target,
    requestId: id,
  };
}
