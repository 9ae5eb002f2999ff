import type {
  AccessAnnouncements,
  AccessRequestStore,
  DelegationStore,
  GrantStore,
  PeopleStore,
} from '../../access/access-store.ts';
import type { LedgerPort } from '../../audit/ledger-port.ts';
import type { GrantSettings, ReviewSettings } from '../../configuration/access-settings.ts';
import type { SignInNotes } from '../../gateway/sign-in-notes.ts';
import type { PolicySet } from '../../policy/policy-set.ts';
import type { AccessRights } from './access-rights.ts';

/** What requests are decided with. */
export interface AgreementParts {
  readonly requests: AccessRequestStore;
  readonly grants: GrantStore;
  readonly delegations: DelegationStore;
  readonly people: PeopleStore;
  readonly announcements: AccessAnnouncements;
  readonly ledger: LedgerPort;
  readonly signIns: Pick<SignInNotes, 'note' | 'noteBegun'>;
  readonly rights: AccessRights;
  readonly policies: () => PolicySet;
  readonly grantSettings: () => readonly GrantSettings[];
  readonly reviewSettings: () => ReviewSettings;
  readonly nowMs: () => number;
}
