import type { EntryKind } from '../audit/ledger-port.ts';

/** What other systems are told that an entry is. */
export interface EntryMeaning {
  /** For people. */
  readonly title: string;
  readonly family: EntryFamily;
  readonly act: EntryAct;
  /** How it went for whoever acted. */
  readonly outcome: 'success' | 'failure';
  readonly severity: EntrySeverity;
}

/** Which kind of event. */
export type EntryFamily =
  /** A session with a target, and what is done in it. */
  | 'datastore'
  /** Somebody proves who they are. */
  | 'authentication'
  /** What somebody may do changes. */
  | 'account'
  /** Somebody uses the gateway itself. */
  | 'api'
  /** The gateway itself. */
  | 'lifecycle';

/** Of `datastore`, `operation` is found by the entry's actions. */
export type EntryAct =
  | 'operation'
  | 'connect'
  | 'disconnect'
  | 'logon'
  | 'logoff'
  | 'attach'
  | 'detach'
  | 'create'
  | 'read'
  | 'update'
  | 'delete'
  | 'start'
  | 'stop'
  | 'other';

export type EntrySeverity = 'informational' | 'low' | 'medium' | 'high';

/** How grave a thing is that makes nothing happen which the gateway should have prevented. */
const USUAL = { outcome: 'success', severity: 'informational' } as const;
const REFUSED = { outcome: 'failure', severity: 'medium' } as const;

function datastore(title: string, act: EntryAct): EntryMeaning {
  return { title, family: 'datastore', act, ...USUAL };
}

function api(title: string, act: EntryAct): EntryMeaning {
  return { title, family: 'api', act, ...USUAL };
}

function account(title: string, act: EntryAct): EntryMeaning {
  return { title, family: 'account', act, ...USUAL };
}

function lifecycle(title: string, act: EntryAct): EntryMeaning {
  return { title, family: 'lifecycle', act, ...USUAL };
}

const MEANINGS: Readonly<Record<EntryKind, EntryMeaning>> = {
  'gateway.start': lifecycle('Gateway started', 'start'),
  'gateway.stop': lifecycle('Gateway stopped', 'stop'),
  'configuration.apply': lifecycle('Configuration in force', 'other'),
  'configuration.target': lifecycle('Target configured', 'other'),
  'target.inventory': lifecycle('Personal data of a target counted', 'other'),
  'retention.expire': lifecycle('Content expired', 'other'),
  'hold.start': { ...api('Legal hold started', 'create'), severity: 'low' },
  'hold.end': { ...api('Legal hold ended', 'delete'), severity: 'low' },
  'connector.add': { ...api('Connector added', 'create'), severity: 'low' },
  'connector.remove': { ...api('Connector removed', 'delete'), severity: 'low' },
  'connector.enrol': {
    ...lifecycle('Certificate of a connector issued', 'other'),
    severity: 'low',
  },
  'connector.attach': lifecycle('Connector attached', 'other'),
  'connector.detach': lifecycle('Connector detached', 'other'),
  'connector.carried': lifecycle('Counts of a connector entered', 'other'),
  'report.make': api('Report made', 'read'),
  'alert.raise': { ...lifecycle('Alert raised', 'other'), severity: 'high' },
  'alert.close': { ...api('Alert closed', 'update'), severity: 'low' },
  'ledger.heads': lifecycle('Heads of other logs noted', 'other'),
  'ledger.key-change': { ...lifecycle('Key of the ledger changed', 'other'), severity: 'medium' },
  'ledger.resume': { ...lifecycle('Ledger went on after a failure', 'other'), severity: 'high' },
  'sign-in': { title: 'Signed in', family: 'authentication', act: 'logon', ...USUAL },
  'sign-in.refuse': {
    title: 'Sign-in refused',
    family: 'authentication',
    act: 'logon',
    ...REFUSED,
  },
  'sign-out': { title: 'Signed out', family: 'authentication', act: 'logoff', ...USUAL },
  'session.start': datastore('Session started', 'connect'),
  'session.refuse': { ...datastore('Session refused', 'connect'), ...REFUSED },
  'session.end': datastore('Session ended', 'disconnect'),
  operation: datastore('Operation', 'operation'),
  'operation.refuse': { ...datastore('Operation refused', 'operation'), ...REFUSED },
  result: datastore('Result delivered', 'read'),
  file: datastore('File transferred', 'read'),
  forward: datastore('Connection forwarded', 'other'),
  'target-key': { ...datastore('Host key of a target refused', 'connect'), ...REFUSED },
  'pseudonym.use': datastore('Pseudonyms looked up', 'read'),
  cancel: datastore('Operation cancelled', 'other'),
  'recording.chunk': datastore('Recording sealed', 'other'),
  'recording.limit': { ...datastore('Recording reached its limit', 'other'), severity: 'medium' },
  'recording.start': datastore('Recording started', 'other'),
  'recording.remove': { ...api('Recording removed', 'delete'), severity: 'medium' },
  'storage.full': { ...datastore('Storage of evidence full', 'other'), severity: 'high' },
  'storage.recover': datastore('Storage of evidence recovered', 'other'),
  'recording.unseal': { ...api('Raw recording opened', 'read'), severity: 'high' },
  'recording.watch': api('Recording watched', 'read'),
  explain: api('Statement explained', 'read'),
  'disclosures.find': { ...api('Disclosures of a patient searched', 'read'), severity: 'low' },
  'session.read': api('Session read', 'read'),
  'session.search': api('Statements searched', 'read'),
  'session.join': api('Session of another joined', 'attach'),
  'session.leave': api('Session of another left', 'detach'),
  'session.stop': api('Session ended from outside', 'delete'),
  'request.read': api('Access request read', 'read'),
  'target.discover': api('Target looked through for personal data', 'read'),
  'configuration.change': { ...api('Configuration changed', 'update'), severity: 'low' },
  'configuration.refuse': { ...api('Configuration change refused', 'update'), ...REFUSED },
  'policy.replay': api('Policies tried on past operations', 'read'),
  'ledger.read': api('Ledger read', 'read'),
  'export.replay': { ...api('Ledger exported again', 'read'), severity: 'low' },
  'token.issue': api('Token issued', 'create'),
  'token.revoke': api('Token revoked', 'delete'),
  'review.request': api('Review asked for', 'create'),
  'review.verdict': { ...api('Review given', 'update'), severity: 'low' },
  'review.end': api('Review request over', 'update'),
  'review.void': { ...api('Review without effect', 'update'), severity: 'medium' },
  'grant.start': { ...account('Grant started', 'attach'), severity: 'low' },
  'grant.extend': { ...account('Grant extended', 'attach'), severity: 'low' },
  'grant.revoke': { ...account('Grant revoked', 'detach'), severity: 'low' },
  'grant.end': account('Grant ended', 'detach'),
  'break-glass': { ...account('Glass broken', 'attach'), severity: 'high' },
  'delegation.start': { ...account('Delegation started', 'attach'), severity: 'low' },
  'delegation.end': account('Delegation ended', 'detach'),
};

/** What an entry is. A kind of a newer version, whose log lies here, is a thing of the gateway. */
export function findMeaning(kind: string): EntryMeaning {
  return Object.hasOwn(MEANINGS, kind) ? MEANINGS[kind as EntryKind] : lifecycle(kind, 'other');
}
