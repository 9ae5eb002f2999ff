import { isIPv4, isIPv6 } from 'node:net';
import type { EntrySeverity } from '../entry-meanings.ts';
import {
  describeEvent,
  type EventFacts,
  type ExportOrigin,
  findFacts,
  PRODUCT,
} from '../event-facts.ts';
import type { ExportRecord } from '../export-record.ts';
import { escapeControls } from './escape-controls.ts';

/** 0 to 10. */
const SEVERITIES: Readonly<Record<EntrySeverity, number>> = {
  informational: 2,
  low: 4,
  medium: 6,
  high: 9,
};

/**
 * Says an entry in the Common Event Format, version 0, on one line without its end.
 *
 * @see Micro Focus ArcSight, "Common Event Format" (version 25)
 */
export function toCefEvent(record: ExportRecord, { hostname, version }: ExportOrigin): string {
  const facts = findFacts(record);
  const header = [PRODUCT, PRODUCT, version, record.kind, facts.title].map(escapeHeader);
  const extension = Object.entries(describeExtension(record, facts, hostname))
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${escapeValue(String(value))}`);
  return `CEF:0|${header.join('|')}|${SEVERITIES[facts.severity]}|${extension.join(' ')}`;
}

type Extension = Readonly<Record<string, string | number | undefined>>;

function describeExtension(record: ExportRecord, facts: EventFacts, hostname: string): Extension {
  const { statement, sessionId, fields } = record;
  return {
    rt: record.atMs,
    externalId: record.id,
    dvchost: hostname,
    cat: facts.family,
    outcome: facts.outcome,
    msg: describeEvent(facts),
    act: facts.actions.join(','),
    reason: facts.reason,
    suid: facts.actor?.id,
    suser: facts.actor?.name,
    spriv: facts.actor?.groups.join(','),
    duid: facts.subjectId,
    ...describeAddress(facts.clientAddress),
    requestClientApplication: facts.applicationName,
    dhost: facts.target,
    ...labelled('cs1', 'statement', statement?.text),
    ...labelled('cs2', 'session', sessionId),
    ...labelled('cs3', 'relations', facts.relations.join(',')),
    ...labelled('cs4', 'policies', facts.policies.join(',')),
    ...labelled('cs5', 'statementSha256', statement?.sha256),
    ...labelled('cs6', 'leafHash', record.leafHash),
    ...labelled('cn1', 'statementBytes', statement?.bytes),
    ...labelled('cn2', 'statementCut', statement?.isCut === true ? 1 : undefined),
    ...labelled('cn3', 'rows', typeof fields['rows'] === 'number' ? fields['rows'] : undefined),
    ...labelled('flexString1', 'database', facts.database),
    ...labelled('flexString2', 'withheld', record.withheld),
  };
}

/** A custom field says in another one what it holds. */
function labelled(key: string, label: string, value: string | number | undefined): Extension {
  return value === undefined || value === '' ? {} : { [key]: value, [`${key}Label`]: label };
}

function describeAddress(address: string | undefined): Extension {
  if (address === undefined) return {};
  if (isIPv4(address)) return { src: address };
  return isIPv6(address) ? labelled('c6a2', 'Source IPv6 Address', address) : { shost: address };
}

/** In the header a bar ends a field. */
function escapeHeader(text: string): string {
  return escapeControls(text.replaceAll('\\', '\\\\').replaceAll('|', '\\|'));
}

/** In the extension an equals sign ends a key; line ends are `\n` and `\r` by the format itself. */
function escapeValue(text: string): string {
  return escapeControls(text.replaceAll('\\', '\\\\').replaceAll('=', '\\='));
}
