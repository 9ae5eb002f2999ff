import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import {
  type Address,
  address,
  entityName,
  isLoopback,
  line,
  path,
  secretReference,
  section,
  size,
  uniqueNames,
  webUrl,
} from './fields.ts';

/** Where the ledger's entries are sent as they come. */
export type ExportSettings =
  | SyslogExportSettings
  | SplunkExportSettings
  | ElasticsearchExportSettings
  | OtlpExportSettings
  | WebhookExportSettings
  | FhirExportSettings
  | FileExportSettings;

/**
 * What becomes of statements: `masked` hides the values of data classes and those of which nobody knows what they are,
 * `whole` shows what the ledger keeps, `none` leaves the text out.
 */
export type ExportedStatements = 'masked' | 'whole' | 'none';

interface ExportFields {
  readonly name: string;
  readonly statements: ExportedStatements;
  /** Bytes of a statement's text; a longer one is cut, and its digest stands beside it. */
  readonly statementBytesMax: number;
  /** Only entries of these kinds, or whose kind begins with one of them and a dot; all when empty. */
  readonly kinds: readonly string[];
  /** Where a sink that is new begins. */
  readonly start: 'beginning' | 'now';
}

/** A receiver over HTTP. */
export interface HttpFields {
  /** Without a slash at its end. */
  readonly url: string;
  /** PEM file of the authorities that the other side's certificate may be from; the system's when undefined. */
  readonly caFile: string | undefined;
}

/** RFC 5424 over TCP or TLS. */
export interface SyslogExportSettings extends ExportFields {
  readonly kind: 'syslog';
  readonly server: Address;
  readonly tls: boolean;
  readonly caFile: string | undefined;
  /** PEM files by which the receiver knows the gateway. */
  readonly client: { readonly certificate: string; readonly key: string } | undefined;
  /** What stands in the message: `syslog` is one line and structured data. */
  readonly format: 'syslog' | 'cef' | 'ocsf' | 'json';
  /** Number of the facility, 0 to 23. */
  readonly facility: number;
  /** Bytes of one message. */
  readonly messageBytesMax: number;
}

/** Splunk's HTTP Event Collector. */
export interface SplunkExportSettings extends ExportFields, HttpFields {
  readonly kind: 'splunk';
  /** Reference. */
  readonly token: string;
  readonly index: string | undefined;
  readonly format: 'json' | 'ocsf' | 'cef';
  /** Whether an entry counts as delivered only once an indexer said so. */
  readonly acknowledge: boolean;
}

/** The bulk API of Elasticsearch and OpenSearch. */
export interface ElasticsearchExportSettings extends ExportFields, HttpFields {
  readonly kind: 'elasticsearch';
  readonly index: string;
  /** Reference to what follows `Authorization: `, such as `ApiKey …`. */
  readonly authorization: string | undefined;
  readonly format: 'json' | 'ocsf';
}

/** OpenTelemetry log records, JSON over HTTP. */
export interface OtlpExportSettings extends ExportFields, HttpFields {
  readonly kind: 'otlp';
  readonly authorization: string | undefined;
}

/** Signed JSON to an URL. */
export interface WebhookExportSettings extends ExportFields, HttpFields {
  readonly kind: 'webhook';
  /** Reference to the key of the signatures. */
  readonly secret: string;
  readonly format: 'json' | 'ocsf';
}

/** AuditEvent resources to a FHIR R4 server. */
export interface FhirExportSettings extends ExportFields, HttpFields {
  readonly kind: 'fhir';
  readonly authorization: string | undefined;
}

/** Lines into a file, or to standard output. */
export interface FileExportSettings extends ExportFields {
  readonly kind: 'file';
  /** Undefined: standard output. */
  readonly path: string | undefined;
  readonly format: 'json' | 'ocsf' | 'cef' | 'fhir';
}

/** The section `exports` of `sallyport.yaml`. Paths are relative to the directory of `root`. */
export function exportsSchema(root: ConfigurationRoot): z.ZodType<readonly ExportSettings[]> {
  const sink = z.discriminatedUnion(
    'kind',
    [
      syslogSchema(root),
      splunkSchema(root),
      elasticsearchSchema(root),
      otlpSchema(root),
      webhookSchema(root),
      fhirSchema(root),
      fileSchema(root),
    ],
    'must be one of syslog, splunk, elasticsearch, otlp, webhook, fhir, file',
  );
  return z.array(sink).default([]).check(uniqueNames('sink'));
}

/** @param statementSizeDefault What receivers of this kind take by default. */
function exportFields(statementSizeDefault = '64KiB') {
  return {
    name: entityName(),
    statements: z.enum(['masked', 'whole', 'none']).default('masked'),
    statementSizeMax: size('128B', '16MiB').prefault(statementSizeDefault),
    kinds: z.array(line(64)).default([]),
    start: z.enum(['beginning', 'now']).default('beginning'),
  };
}

function httpFields(root: ConfigurationRoot) {
  return { url: webUrl(), caFile: path(root).optional() };
}

/** A size in settings is a number of bytes in values, and what was left out is undefined. */
function read<Settings extends { readonly statementSizeMax: number }>({
  statementSizeMax,
  ...settings
}: Settings): Omit<Settings, 'statementSizeMax'> & { readonly statementBytesMax: number } {
  return { ...settings, statementBytesMax: statementSizeMax };
}

function syslogSchema(root: ConfigurationRoot) {
  return section({
    ...exportFields('2KiB'),
    kind: z.literal('syslog'),
    server: address(6514),
    tls: z.boolean().default(true),
    caFile: path(root).optional(),
    client: section({ certificate: path(root), key: path(root) }).optional(),
    format: z.enum(['syslog', 'cef', 'ocsf', 'json']).default('syslog'),
    // log audit, RFC 5424 table 1
    facility: z.int().min(0).max(23).default(13),
    messageSizeMax: size('2KiB', '16MiB').prefault('8KiB'),
  })
    .check(({ value, issues }) => {
      if (value.tls || isLoopback(value.server)) return;
      const message = 'must be true, unless the server is on loopback';
      issues.push({ code: 'custom', path: ['tls'], message, input: undefined });
    })
    .transform(({ messageSizeMax, ...settings }) => ({
      ...read(settings),
      messageBytesMax: messageSizeMax,
      caFile: settings.caFile,
      client: settings.client,
    }));
}

function splunkSchema(root: ConfigurationRoot) {
  return section({
    ...exportFields(),
    ...httpFields(root),
    kind: z.literal('splunk'),
    token: secretReference(root),
    index: line(256).optional(),
    format: z.enum(['json', 'ocsf', 'cef']).default('json'),
    acknowledge: z.boolean().default(false),
  }).transform((settings) => ({
    ...read(settings),
    caFile: settings.caFile,
    index: settings.index,
  }));
}

function elasticsearchSchema(root: ConfigurationRoot) {
  return section({
    ...exportFields(),
    ...httpFields(root),
    kind: z.literal('elasticsearch'),
    index: line(255),
    authorization: secretReference(root).optional(),
    format: z.enum(['json', 'ocsf']).default('json'),
  }).transform((settings) => ({
    ...read(settings),
    caFile: settings.caFile,
    authorization: settings.authorization,
  }));
}

function otlpSchema(root: ConfigurationRoot) {
  return section({
    ...exportFields(),
    ...httpFields(root),
    kind: z.literal('otlp'),
    authorization: secretReference(root).optional(),
  }).transform((settings) => ({
    ...read(settings),
    caFile: settings.caFile,
    authorization: settings.authorization,
  }));
}

function webhookSchema(root: ConfigurationRoot) {
  return section({
    ...exportFields(),
    ...httpFields(root),
    kind: z.literal('webhook'),
    secret: secretReference(root),
    format: z.enum(['json', 'ocsf']).default('json'),
  }).transform((settings) => ({ ...read(settings), caFile: settings.caFile }));
}

function fhirSchema(root: ConfigurationRoot) {
  return section({
    ...exportFields(),
    ...httpFields(root),
    kind: z.literal('fhir'),
    authorization: secretReference(root).optional(),
  }).transform((settings) => ({
    ...read(settings),
    caFile: settings.caFile,
    authorization: settings.authorization,
  }));
}

function fileSchema(root: ConfigurationRoot) {
  return section({
    ...exportFields(),
    kind: z.literal('file'),
    path: path(root).optional(),
    format: z.enum(['json', 'ocsf', 'cef', 'fhir']).default('json'),
  }).transform((settings) => ({ ...read(settings), path: settings.path }));
}
