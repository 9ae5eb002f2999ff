import type {
  BreakGlassRequest,
  GrantRequest,
  HeldOperation,
  OperationRequest,
  Requester,
} from './access-request.ts';
import type { Delegation } from './delegation.ts';

export const T0: number = Date.UTC(2026, 0, 2, 3, 4, 5);
export const MINUTE_MS = 60_000;

export const BOB: Requester = {
  id: 'okta:bob',
  person: 'bob@hospital.example',
  kind: 'person',
  name: 'Bob',
  groups: ['analysts'],
  grants: [],
  signIn: 'oidc-token',
  clientAddress: '10.0.0.7',
  applicationName: 'psql',
};

export const EXPORT: HeldOperation = {
  protocol: 'postgres',
  at: 'statement',
  text: "SELECT * FROM patients WHERE last_name = 'Okafor'",
  textSha256: 'ab'.repeat(32),
  literals: [{ start: 41, end: 49, className: 'name' }],
  parameters: [{ text: '42', className: undefined }],
  actions: ['sql.select'],
  relations: ['public.patients'],
  facts: { bulk: true },
  classesTouched: ['name', 'ssn'],
  estimatedRows: 1000,
  context: undefined,
  changes: undefined,
};

/** Waits for one of the officers, for half an hour. */
export const OPERATION: OperationRequest = {
  id: 'req_1',
  kind: 'operation',
  state: 'pending',
  requester: BOB,
  target: 'hospital',
  database: 'main',
  sessionId: 's1',
  onReview: 'wait',
  createdAtMs: T0,
  expiresAtMs: T0 + 30 * MINUTE_MS,
  justification: undefined,
  policy: { ids: ['bulk'], version: 'v1', reason: 'Bulk reads need a review' },
  rules: [{ groups: ['officers'], quorum: 1 }],
  reviews: [],
  end: undefined,
  operation: EXPORT,
  digest: 'cd'.repeat(32),
};

export const GRANT_REQUEST: GrantRequest = {
  id: 'req_2',
  kind: 'grant',
  state: 'pending',
  requester: BOB,
  target: 'hospital',
  createdAtMs: T0,
  expiresAtMs: T0 + 30 * MINUTE_MS,
  justification: 'on call this night',
  policy: { ids: ['on-call'], version: 'v1', reason: 'On call needs a review' },
  rules: [{ groups: ['officers'], quorum: 1 }],
  reviews: [],
  end: undefined,
  grant: { name: 'on-call', durationMs: 60 * MINUTE_MS, extends: undefined },
};

export const BREAK_GLASS: BreakGlassRequest = {
  ...GRANT_REQUEST,
  id: 'req_3',
  kind: 'break-glass',
  state: 'unreviewed',
  grant: { id: 'gr_1', name: 'on-call', durationMs: 60 * MINUTE_MS, extends: undefined },
};

/** Of Olga, an officer, to Pat. */
export const DELEGATION: Delegation = {
  id: 'del_1',
  from: { id: 'okta:olga', person: 'olga@hospital.example', name: 'Olga' },
  to: { id: 'okta:pat', person: undefined, name: 'Pat' },
  groups: ['officers'],
  startsAtMs: T0 - MINUTE_MS,
  endsAtMs: T0 + 60 * MINUTE_MS,
  reason: 'holidays',
  endedAtMs: undefined,
};
