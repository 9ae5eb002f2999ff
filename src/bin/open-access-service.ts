import { AccessRights } from '../control-plane/agreement/access-rights.ts';
import { StoredAccessService } from '../control-plane/agreement/stored-access-service.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** What people do about requests and grants, with what a gateway process has. */
export function openAccessService(own: GatewayProcess): StoredAccessService {
  const { access, services } = own;
  const { stores, announcements, grants, signIns } = access;
  const nowMs = Date.now;
  return new StoredAccessService({
    ...stores,
    announcements,
    ledger: services.ledger,
    signIns,
    rights: new AccessRights({
      policies: services.policies,
      targets: () => own.configuration.targets,
      gatewayName: () => own.configuration.gateway.name,
      grants,
      delegations: stores.delegations,
      people: stores.people,
      isDisabled: (id) => services.disabled.has(id),
      nowMs,
    }),
    policies: () => services.policies.current,
    grantSettings: () => own.configuration.grants,
    reviewSettings: () => own.configuration.reviews,
    nowMs,
  });
}
