import type { EntrySeverity } from '../entry-meanings.ts';
import { describeEvent, type EventFacts, type ExportOrigin, findFacts } from '../event-facts.ts';
import type { ExportRecord } from '../export-record.ts';
import { escapeControls } from './escape-controls.ts';

/** RFC 5424, table 2. */
const SEVERITIES: Readonly<Record<EntrySeverity, number>> = {
  informational: 6,
  low: 5,
  medium: 4,
  high: 1,
};

const APP_NAME = 'sallyport';
/** The enterprise number that RFC 5612 keeps for everybody: the project has none of its own. */
const STRUCTURED_DATA_ID = 'sallyport@32473';

export interface SyslogOptions extends ExportOrigin {
  /** 0 to 23. */
  readonly facility: number;
  /** What stands behind the structured data, on one line. Default: a sentence, with everything else in the structured data. */
  readonly message?: ((record: ExportRecord) => string) | undefined;
}

/**
 * Says an entry as a message of RFC 5424, without frame. Whatever a client sent, the message is one line.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5424
 */
export function toSyslogMessage(record: ExportRecord, options: SyslogOptions): string {
  const facts = findFacts(record);
  const priority = options.facility * 8 + SEVERITIES[facts.severity];
  const hostname = printable(options.hostname, 255);
  const messageId = printable(record.kind, 32);
  const head = `<${priority}>1 ${record.at} ${hostname} ${APP_NAME} - ${messageId}`;
  const { message } = options;
  const parameters = message === undefined ? describe(record, facts) : identify(record);
  const data = Object.entries(parameters)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => ` ${name}="${escapeParameter(String(value))}"`);
  const text = escapeControls(message === undefined ? describeEvent(facts) : message(record));
  return `${head} [${STRUCTURED_DATA_ID}${data.join('')}] ${text}`;
}

/** Frames a message by its length, so that a receiver never has to guess where it ends. @see RFC 6587, section 3.4.1 */
export function frameSyslogMessage(message: string): Buffer {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

type Parameters = Readonly<Record<string, string | number | undefined>>;

function identify({ id, log, seq, leafHash }: ExportRecord): Parameters {
  return { id, log, seq, leafHash };
}

function describe(record: ExportRecord, facts: EventFacts): Parameters {
  const { statement, fields, sessionId, withheld } = record;
  const rows = fields['rows'];
  return {
    ...identify(record),
    kind: record.kind,
    outcome: facts.outcome,
    session: sessionId,
    principal: facts.actor?.id,
    principalName: facts.actor?.name,
    groups: facts.actor?.groups.join(','),
    subject: facts.subjectId,
    clientAddress: facts.clientAddress,
    application: facts.applicationName,
    target: facts.target,
    database: facts.database,
    actions: facts.actions.join(','),
    relations: facts.relations.join(','),
    policies: facts.policies.join(','),
    reason: facts.reason,
    rows: typeof rows === 'number' ? rows : undefined,
    statement: statement?.text,
    statementCut: statement?.isCut === true ? 'true' : undefined,
    statementBytes: statement?.bytes,
    statementSha256: statement?.sha256,
    withheld,
  };
}

/** A quote, a backslash or a bracket would end the value or the element. */
function escapeParameter(text: string): string {
  return escapeControls(text).replace(/["\\\]]/g, '\\$&');
}

/** Fields of the header are printable ASCII without blanks. */
function printable(text: string, lengthMax: number): string {
  const kept = text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, lengthMax);
  return kept === '' ? '-' : kept;
}
