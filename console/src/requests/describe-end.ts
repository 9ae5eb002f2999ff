import type { AccessRequestView } from '../../../src/api/access-request.ts';

type End = Pick<AccessRequestView, 'state' | 'kind' | 'end'>;

const WITHDRAWN: Readonly<Record<string, string>> = {
  'by-requester': 'Withdrawn by who asked.',
  cancelled: 'Withdrawn: the client cancelled the statement.',
  disconnected: 'Withdrawn: the client has left.',
  'gateway-stopping': 'Withdrawn: the gateway was stopped.',
  'gateway-lost': 'Withdrawn: the gateway that held it was lost.',
  'rights-changed': 'Withdrawn: the policies have changed, or the rights of who asked or approved.',
  'sign-in-expired': 'Withdrawn: the sign-in of who asked has ended.',
  unavailable: 'Withdrawn: the gateway could not write its ledger or its store.',
};

/** Says what became of a request that is over; undefined for one that is not. */
export function describeEnd({ state, kind, end }: End): string | undefined {
  const nothingRan = kind === 'operation' ? ' Nothing was run.' : '';
  switch (state) {
    case 'pending':
    case 'approved':
    case 'unreviewed':
      return undefined;
    case 'used':
      return 'Approved, and the approval has been used.';
    case 'granted':
      return 'Approved: the grant has begun.';
    case 'reviewed':
      return 'Reviewed.';
    case 'rejected':
      return `Rejected.${nothingRan}`;
    case 'expired':
      return `Expired: nobody answered in time.${nothingRan}`;
    case 'withdrawn':
      return `${WITHDRAWN[end?.reason ?? ''] ?? 'Withdrawn.'}${nothingRan}`;
  }
}
