import type { ExportRecord } from '../export-record.ts';
import { toJsonLine } from './json-event.ts';

export interface ElasticsearchOptions {
  readonly index: string;
  readonly document: (record: ExportRecord) => Readonly<Record<string, unknown>>;
}

/**
 * Says an entry as two lines of a bulk request, with their ends. It is created under an id of its own, so that what comes again is
 * refused as known, and data streams take it.
 *
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-bulk.html
 */
export function toElasticsearchAction(
  record: ExportRecord,
  { index, document }: ElasticsearchOptions,
): string {
  const action = { create: { _index: index, _id: documentId(record) } };
  const source = { '@timestamp': record.at, ...document(record) };
  return `${toJsonLine(action)}\n${toJsonLine(source)}\n`;
}

/** After a failure of the disk another entry can have the number of one that was refused. */
function documentId({ id, leafHash }: ExportRecord): string {
  return `${id}:${leafHash.slice(0, 16)}`;
}
