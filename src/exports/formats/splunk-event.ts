import type { ExportOrigin } from '../event-facts.ts';
import type { ExportRecord } from '../export-record.ts';

export interface SplunkOptions extends ExportOrigin {
  /** The collector's own when undefined. */
  readonly index: string | undefined;
  /** Says what form `event` has, such as `sallyport:json`. */
  readonly sourceType: string;
  /** A document or a line. */
  readonly event: (record: ExportRecord) => unknown;
}

/**
 * Says an entry as an event of Splunk's HTTP Event Collector.
 *
 * @see https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
 */
export function toSplunkEvent(
  record: ExportRecord,
  { hostname, index, sourceType, event }: SplunkOptions,
): Readonly<Record<string, unknown>> {
  return {
    // Seconds with three decimals.
    time: record.atMs / 1000,
    host: hostname,
    source: record.log,
    sourcetype: sourceType,
    ...(index !== undefined && { index }),
    event: event(record),
    // Fields of the index: values are text.
    fields: { id: record.id, kind: record.kind, seq: String(record.seq) },
  };
}
