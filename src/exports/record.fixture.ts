import type { ExportRecord } from './export-record.ts';

/** A statement with all that formats have to escape. */
export const HOSTILE_TEXT =
  'SELECT "a|b" = \'x\\y\'\r\n<13>1 - evil ]"\u0000\u001b[31m\u2028{"kind":"sign-in"}\nCEF:0|x=y';

/** An operation of a session, as a sink may see it. */
export function operationRecord(changes: Partial<ExportRecord> = {}): ExportRecord {
  return {
    id: 'gw-1.0:41',
    log: 'gw-1.0',
    seq: 41,
    kind: 'operation',
    at: '2026-01-02T03:04:05.678Z',
    atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    leafHash: 'ab'.repeat(32),
    sessionId: 's-1',
    session: {
      principalId: 'clinic:ana',
      principalName: 'Ana Ruiz',
      groups: ['nurses'],
      target: 'hospital',
      database: 'hospital',
      clientAddress: '192.0.2.7',
      applicationName: 'psql',
    },
    statement: {
      text: "SELECT name FROM patients WHERE ssn = '•••'",
      isCut: false,
      bytes: 47,
      sha256: 'cd'.repeat(32),
    },
    fields: { policies: ['nurses-read'], actions: ['sql.select'], relations: ['public.patients'] },
    withheld: undefined,
    ...changes,
  };
}

/** The same with a statement that tries to look like something else. */
export function hostileRecord(): ExportRecord {
  const { statement, session } = operationRecord();
  return operationRecord({
    statement: statement && { ...statement, text: HOSTILE_TEXT },
    session: session && {
      ...session,
      applicationName: 'x\n<13>1 forged|=\\ ]"',
      principalName: 'Eve\r\nCEF:0|forged',
    },
    fields: {
      actions: ['sql.select'],
      relations: ['public."a|b=c]\n"'],
      reason: 'no\nway | = ] "',
    },
  });
}

/** Entries of the other families. */
export const OTHER_RECORDS: readonly ExportRecord[] = [
  outside('sign-in', { principal: { id: 'clinic:ana', name: 'Ana', groups: ['nurses'] } }),
  outside('sign-in.refuse', { reason: 'unknown issuer', clientAddress: '2001:db8::1' }),
  outside('sign-out', { principal: 'clinic:ana', client: '192.0.2.7' }),
  operationRecord({ kind: 'session.start', statement: undefined, fields: { target: 'hospital' } }),
  outside('session.refuse', { principal: { id: 'clinic:bo' }, target: 'hospital', reason: 'no' }),
  operationRecord({ kind: 'session.end', statement: undefined, fields: { rows: 3 } }),
  operationRecord({ kind: 'operation.refuse', fields: { actions: ['sql.delete'], reason: 'no' } }),
  operationRecord({
    kind: 'result',
    statement: undefined,
    fields: { rows: 2, patients: { form: 'exact', key: '01', hashes: ['aa', 'bb'] } },
  }),
  outside('grant.start', { principal: 'clinic:ana', name: 'oncall', target: 'hospital' }),
  outside('grant.revoke', { principal: 'clinic:ana', name: 'oncall', by: 'clinic:petra' }),
  outside('break-glass', { principal: 'clinic:ana', name: 'emergency', target: 'hospital' }),
  outside('delegation.start', { from: 'clinic:petra', delegation: 'dlg_1', by: 'clinic:petra' }),
  outside('review.verdict', {
    principal: 'clinic:ana',
    reviewer: 'clinic:petra',
    verdict: 'approve',
  }),
  outside('ledger.read', { principal: 'clinic:petra', client: '192.0.2.9' }),
  outside('gateway.start', { gateway: 'gw-1', process: '0' }),
  outside('gateway.stop', { gateway: 'gw-1' }),
  outside('ledger.resume', { cause: 'EIO' }),
];

function outside(kind: ExportRecord['kind'], fields: ExportRecord['fields']): ExportRecord {
  return operationRecord({
    kind,
    fields,
    sessionId: undefined,
    session: undefined,
    statement: undefined,
  });
}

/** Every kind of event, and one that means harm. */
export const ALL_RECORDS: readonly ExportRecord[] = [
  operationRecord(),
  hostileRecord(),
  operationRecord({ withheld: 'masked', statement: undefined }),
  ...OTHER_RECORDS,
];

/** What the gateway says of itself. */
export const ORIGIN = { hostname: 'gw-1', version: '0.1.0' } as const;
