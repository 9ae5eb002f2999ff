import { buildCatalog } from '../../sql/postgres/build-catalog.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { CATALOG_QUERY } from '../../sql/postgres/catalog-queries.ts';
import { decodeCatalogRows, hashCatalogRows } from '../../sql/postgres/decode-catalog.ts';
import { decodeDataRow } from '../../wire/postgres/data-row.ts';
import { decodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { BackendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { MessageStream } from '../../wire/postgres/message-stream.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { UpstreamError } from '../upstream-error.ts';
import { tableOf } from './results.ts';
import { ServerRefusalError } from './server-refusal-error.ts';
import type { UpstreamConnection } from './upstream.ts';

export type TextRow = readonly (string | null)[];

/**
 * Bytes of one row of the catalog. A relation of 1 600 columns has less than one MiB; but who may create a table can have ten checks
 * name all of them, or a sequence number those of many tables, and nobody could open a session if that were not read.
 */
const ROW_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of one answer by default: the catalog of some hundred thousand relations. */
const ANSWER_BYTES_MAX = 512 * 1024 * 1024;
/** Milliseconds that a reading may take. */
const READ_TIMEOUT_MS = 60_000;

const KNOWN = tableOf(Object.values(BackendType));
const INSPECTED = tableOf([
  BackendType.DataRow,
  BackendType.ErrorResponse,
  BackendType.ReadyForQuery,
]);

/**
 * Reads the catalog over a connection of the gateway's own, which then serves nothing else: its settings are changed.
 *
 * @param known What it was when it was last read: nearly always the answer, and then nothing is made of the rows.
 * @throws {UpstreamError}
 */
export async function readCatalog(upstream: UpstreamConnection, known?: Catalog): Promise<Catalog> {
  const rows = await readRows(upstream, CATALOG_QUERY);
  if (known !== undefined && known.version === hashCatalogRows(rows)) return known;
  return buildCatalog(decodeCatalogRows(rows));
}

/** Runs one query of the gateway's own and returns its rows as text. @throws {UpstreamError} */
export function readRows(
  { socket, channel }: UpstreamConnection,
  sql: string,
  answerBytesMax: number = ANSWER_BYTES_MAX,
): Promise<TextRow[]> {
  return new Promise((resolve, reject) => {
    const rows: TextRow[] = [];
    let answerBytes = 0;
    let failure: UpstreamError | undefined;
    let isOver = false;
    const finish = (error: UpstreamError | undefined): void => {
      isOver = true;
      clearTimeout(deadline);
      socket.pause();
      socket.off('end', leave).off('close', leave);
      channel.receive(undefined);
      if (error === undefined) resolve(rows);
      else reject(error);
    };
    const deadline = setTimeout(
      () => finish(new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'it does not answer')),
      READ_TIMEOUT_MS,
    );
    const leave = (): void =>
      finish(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'it closed the connection'));
    const stream = new MessageStream(
      {
        passed() {},
        bytes() {},
        oversized: () => {
          failure = new UpstreamError('ERR_UPSTREAM_PROTOCOL', 'a catalog row is too large');
          return Buffer.alloc(0);
        },
        message(type, buffer, start, end) {
          const body = buffer.subarray(start + MESSAGE_HEADER_BYTES, end);
          if (type === BackendType.DataRow) rows.push(decodeText(body));
          else if (type === BackendType.ReadyForQuery) finish(failure);
          else {
            const { fields } = decodeErrorResponse(body);
            failure = new ServerRefusalError('its catalog cannot be read', fields);
          }
          return true;
        },
      },
      { name: 'upstream', inspected: INSPECTED, known: KNOWN, wholeBytesMax: ROW_BYTES_MAX },
    );
    channel.receive((bytes) => {
      answerBytes += bytes.length;
      if (answerBytes > answerBytesMax) {
        const reason = `its answer has more than ${answerBytesMax} bytes`;
        return finish(new UpstreamError('ERR_UPSTREAM_PROTOCOL', reason));
      }
      try {
        stream.push(bytes, 0, bytes.length);
      } catch (cause) {
        finish(new UpstreamError('ERR_UPSTREAM_PROTOCOL', 'it breaks the protocol', { cause }));
      }
      // Nobody would read the rest of what the server began to say unasked, before what it says next.
      if (isOver && !stream.isAtEnd) socket.destroy();
    });
    if (socket.destroyed) return leave();
    socket.once('end', leave);
    socket.once('close', leave);
    socket.write(encodeQuery(sql));
    socket.resume();
  });
}

function decodeText(body: Buffer): TextRow {
  return decodeDataRow(body).fields.map((field) => field?.toString('utf8') ?? null);
}
