import type { EntrySeverity } from '../entry-meanings.ts';
import { describeEvent, type ExportOrigin, findFacts } from '../event-facts.ts';
import type { ExportRecord } from '../export-record.ts';
import { toJsonLine } from './json-event.ts';

/** A value of OTLP in JSON. 64-bit integers are text there. */
type AnyValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly boolValue: boolean }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } };

interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

/** Numbers of the log data model. */
const SEVERITIES: Readonly<Record<EntrySeverity, number>> = {
  informational: 9,
  low: 11,
  medium: 13,
  high: 17,
};

/** A log record of OTLP, as a document. */
export type OtlpLogRecord = Readonly<Record<string, unknown>>;

/**
 * Puts log records into one export request of OpenTelemetry, for JSON over HTTP.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/
 */
export function toOtlpRequest(
  logRecords: readonly OtlpLogRecord[],
  { hostname, version }: ExportOrigin,
): Readonly<Record<string, unknown>> {
  return {
    resourceLogs: [
      {
        resource: {
          attributes: toAttributes({
            'service.name': 'sallyport',
            'service.version': version,
            'host.name': hostname,
          }),
        },
        scopeLogs: [
          {
            scope: { name: 'sallyport.ledger', version },
            logRecords,
          },
        ],
      },
    ],
  };
}

/** Says an entry as a log record. @see https://opentelemetry.io/docs/specs/otel/logs/data-model/ */
export function toOtlpLogRecord(record: ExportRecord): OtlpLogRecord {
  const facts = findFacts(record);
  const { statement } = record;
  const nanoseconds = `${record.atMs}000000`;
  return {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: SEVERITIES[facts.severity],
    severityText: facts.severity,
    eventName: `sallyport.${record.kind}`,
    body: { stringValue: describeEvent(facts) },
    attributes: toAttributes({
      'log.record.uid': record.id,
      'sallyport.log': record.log,
      'sallyport.seq': record.seq,
      'sallyport.leaf_hash': record.leafHash,
      'sallyport.outcome': facts.outcome,
      'session.id': record.sessionId,
      'user.id': facts.actor?.id,
      'user.full_name': facts.actor?.name,
      'user.roles': facts.actor?.groups,
      'client.address': facts.clientAddress,
      'sallyport.application': facts.applicationName,
      'sallyport.target': facts.target,
      'db.namespace': facts.database,
      'db.query.text': statement?.text,
      'sallyport.statement.bytes': statement?.bytes,
      'sallyport.statement.cut': statement?.isCut,
      'sallyport.statement.sha256': statement?.sha256,
      'sallyport.actions': facts.actions,
      'sallyport.relations': facts.relations,
      'sallyport.policies': facts.policies,
      'sallyport.reason': facts.reason,
      'sallyport.withheld': record.withheld,
      'sallyport.fields': toJsonLine(record.fields),
    }),
  };
}

type Value = string | number | boolean | readonly string[] | undefined;

function toAttributes(values: Readonly<Record<string, Value>>): readonly Attribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: toAnyValue(value) }],
  );
}

function toAnyValue(value: Exclude<Value, undefined>): AnyValue {
  if (typeof value === 'string') return { stringValue: value.toWellFormed() };
  if (typeof value === 'number') return { intValue: String(value) };
  if (typeof value === 'boolean') return { boolValue: value };
  return { arrayValue: { values: value.map(toAnyValue) } };
}
