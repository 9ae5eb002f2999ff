import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  ExportSettings,
  HttpFields,
  SyslogExportSettings,
} from '../configuration/export-settings.ts';
import type { ExportOrigin } from './event-facts.ts';
import type { ExportRecord } from './export-record.ts';
import { toCefEvent } from './formats/cef-event.ts';
import { toElasticsearchAction } from './formats/elasticsearch-action.ts';
import { toFhirAuditEvent, toFhirAuditEvents } from './formats/fhir-audit-event.ts';
import { fitRecord } from './formats/fit-record.ts';
import { toJsonEvent, toJsonLine } from './formats/json-event.ts';
import { toOcsfEvent } from './formats/ocsf-event.ts';
import { toOtlpLogRecord, toOtlpRequest } from './formats/otlp-log-record.ts';
import { toSplunkEvent } from './formats/splunk-event.ts';
import { toSyslogMessage } from './formats/syslog-message.ts';
import type { Sink } from './sink.ts';
import { ElasticsearchSink } from './sinks/elasticsearch-sink.ts';
import { FhirSink } from './sinks/fhir-sink.ts';
import { FileSink } from './sinks/file-sink.ts';
import { HttpPoster } from './sinks/http-poster.ts';
import { OtlpSink } from './sinks/otlp-sink.ts';
import { OutputSink } from './sinks/output-sink.ts';
import { SplunkSink } from './sinks/splunk-sink.ts';
import { SyslogSink } from './sinks/syslog-sink.ts';
import { WebhookSink } from './sinks/webhook-sink.ts';

/** What opening a sink takes. */
export interface OpenSinkOptions {
  readonly origin: ExportOrigin;
  readonly resolveSecret: (reference: string) => Promise<Buffer>;
  readonly nowMs: () => number;
}

/** In how an entry can be said in one document or line. */
type EventFormat = 'json' | 'ocsf' | 'cef' | 'fhir';

/**
 * Reads the secrets and files of a sink. Nothing is sent.
 *
 * @throws If one of them cannot be read.
 */
export async function openSink(settings: ExportSettings, options: OpenSinkOptions): Promise<Sink> {
  const { origin, nowMs } = options;
  const { name } = settings;
  const secret = async (reference: string): Promise<string> =>
    (await options.resolveSecret(reference)).toString('utf8').trim();
  const optional = async (reference: string | undefined): Promise<string | undefined> =>
    reference === undefined ? undefined : secret(reference);
  switch (settings.kind) {
    case 'syslog':
      return openSyslog(settings, origin);
    case 'splunk': {
      const { format, index } = settings;
      const sourceType = `sallyport:${format}`;
      const event = (record: ExportRecord) => toEvent(record, format, origin);
      return new SplunkSink({
        ...settings,
        poster: await openPoster(settings, `Splunk ${await secret(settings.token)}`),
        format: (record) => toSplunkEvent(record, { ...origin, index, sourceType, event }),
        wait: (ms, signal) => wait(ms, undefined, { signal }),
      });
    }
    case 'elasticsearch': {
      const { index, format } = settings;
      const document = (record: ExportRecord) => toDocument(record, format, origin);
      return new ElasticsearchSink({
        ...settings,
        poster: await openPoster(settings, await optional(settings.authorization)),
        format: (record) => toElasticsearchAction(record, { index, document }),
      });
    }
    case 'otlp':
      return new OtlpSink({
        ...settings,
        poster: await openPoster(settings, await optional(settings.authorization)),
        format: toOtlpLogRecord,
        wrap: (records) => toOtlpRequest(records, origin),
      });
    case 'webhook':
      return new WebhookSink({
        ...settings,
        poster: await openPoster(settings, undefined),
        secret: await secret(settings.secret),
        format: (record) => toDocument(record, settings.format, origin),
        nowMs,
      });
    case 'fhir':
      return new FhirSink({
        ...settings,
        poster: await openPoster(settings, await optional(settings.authorization)),
        format: (record) => toFhirAuditEvents(record, origin),
      });
    case 'file': {
      const format = (record: ExportRecord) => toLine(record, settings.format, origin);
      return settings.path === undefined
        ? new OutputSink({ name, output: process.stdout, format })
        : new FileSink({ name, path: settings.path, format });
    }
  }
}

/** @param authorization What every request says of who we are. */
async function openPoster(
  { url, caFile }: HttpFields,
  authorization: string | undefined,
): Promise<HttpPoster> {
  const headers = authorization === undefined ? {} : { authorization };
  return new HttpPoster({ url, ca: await readOptional(caFile), headers });
}

async function openSyslog(settings: SyslogExportSettings, origin: ExportOrigin): Promise<Sink> {
  const { name, server, facility, format, messageBytesMax, client } = settings;
  const message =
    format === 'syslog' ? undefined : (record: ExportRecord) => toLine(record, format, origin);
  const tls = settings.tls
    ? {
        ca: await readOptional(settings.caFile),
        client: client && {
          certificate: await readFile(client.certificate, 'utf8'),
          key: await readFile(client.key, 'utf8'),
        },
      }
    : undefined;
  return new SyslogSink({
    name,
    server,
    tls,
    format: (record) =>
      fitRecord(record, messageBytesMax, (fitting) =>
        toSyslogMessage(fitting, { ...origin, facility, message }),
      ),
  });
}

async function readOptional(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8');
}

function toDocument(
  record: ExportRecord,
  format: Exclude<EventFormat, 'cef'>,
  origin: ExportOrigin,
): Readonly<Record<string, unknown>> {
  switch (format) {
    case 'json':
      return { ...toJsonEvent(record) };
    case 'ocsf':
      return toOcsfEvent(record, origin);
    case 'fhir':
      return toFhirAuditEvent(record, origin);
  }
}

function toEvent(record: ExportRecord, format: EventFormat, origin: ExportOrigin): unknown {
  return format === 'cef' ? toCefEvent(record, origin) : toDocument(record, format, origin);
}

function toLine(record: ExportRecord, format: EventFormat, origin: ExportOrigin): string {
  return format === 'cef'
    ? toCefEvent(record, origin)
    : toJsonLine(toDocument(record, format, origin));
}
