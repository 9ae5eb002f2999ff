import type { RecordedBytes, RecordedEvent } from '../../recording/recorded-event.ts';
import { decodeBind } from '../../wire/postgres/bind.ts';
import { decodeCommandComplete } from '../../wire/postgres/command-complete.ts';
import { decodeDataRow } from '../../wire/postgres/data-row.ts';
import { decodeFields } from '../../wire/postgres/error-response.ts';
import {
  BackendType,
  FrontendType,
  MESSAGE_HEADER_BYTES,
} from '../../wire/postgres/message-framing.ts';
import { MessageStream } from '../../wire/postgres/message-stream.ts';
import { decodeParse } from '../../wire/postgres/parse.ts';
import { decodeQuery } from '../../wire/postgres/query.ts';
import { type Column, decodeRowDescription } from '../../wire/postgres/row-description.ts';
import { decodeUntilCut, type PlaybackDecoder } from '../decode-until-cut.ts';
import { formatBinaryValue } from './binary-value.ts';
import type { Encodings } from './read-letters.ts';
import { decodeBoundParameters, readName } from './read-name.ts';
import { tableOf } from './results.ts';

/** Bytes of the largest message that is shown; larger ones are counted. */
const WHOLE_BYTES_MAX = 16 * 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);
/** A recording does not say what the session began with. */
const UTF8: Encodings = { client: 'UTF8', server: 'UTF8' };
const EVERY_BACKEND = tableOf(Object.values(BackendType));
const EVERY_FRONTEND = tableOf(Object.values(FrontendType));

/** What a client bound to a portal. */
interface BoundPortal {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly resultFormats: readonly number[];
}

/** A statement that runs: its rows come in these formats. */
interface Running {
  readonly kind: 'query' | 'execute';
  readonly resultFormats: readonly number[] | undefined;
}

/** Turns the recorded bytes of a session into what happened in it. Stops at bytes that make no sense. */
export function decodePlayback(
  recording: AsyncIterable<RecordedBytes>,
): AsyncGenerator<RecordedEvent, void> {
  return decodeUntilCut(recording, new MessageDecoder());
}

class MessageDecoder implements PlaybackDecoder {
  readonly #statements = new Map<string, string>();
  readonly #portals = new Map<string, BoundPortal>();
  readonly #running: Running[] = [];
  #columns: readonly Column[] = [];
  #events: RecordedEvent[] = [];
  #atMs = 0;
  readonly #sent = this.#stream('sent', EVERY_FRONTEND, (type, body) => this.#request(type, body));
  readonly #shown = this.#stream('shown', EVERY_BACKEND, (type, body) => this.#answer(type, body));

  push(direction: 'sent' | 'shown', atMs: number, bytes: Buffer): readonly RecordedEvent[] {
    this.#atMs = atMs;
    this.#events = [];
    (direction === 'sent' ? this.#sent : this.#shown).push(bytes, 0, bytes.length);
    return this.#events;
  }

  #stream(
    name: string,
    table: Uint8Array,
    take: (type: number, body: Buffer) => void,
  ): MessageStream {
    return new MessageStream(
      {
        passed() {},
        bytes() {},
        oversized: (_, bodyBytes) => {
          this.#emit({ kind: 'data', atMs: this.#atMs, bytes: bodyBytes });
          return NOTHING;
        },
        message: (type, buffer, start, end) => {
          take(type, buffer.subarray(start + MESSAGE_HEADER_BYTES, end));
          return true;
        },
      },
      { name, inspected: table, known: table, wholeBytesMax: WHOLE_BYTES_MAX },
    );
  }

  #emit(event: RecordedEvent): void {
    this.#events.push(event);
  }

  #request(type: number, body: Buffer): void {
    const atMs = this.#atMs;
    switch (type) {
      case FrontendType.Query:
        this.#running.push({ kind: 'query', resultFormats: undefined });
        this.#emit({ kind: 'statement', atMs, text: decodeQuery(body).text });
        break;
      case FrontendType.Parse: {
        const { statementName, text } = decodeParse(body);
        this.#statements.set(statementName, text);
        break;
      }
      case FrontendType.Bind: {
        const { portalName, statementName, resultFormats } = decodeBind(body);
        const text = this.#statements.get(statementName) ?? '';
        const parameters = decodeBoundParameters(body, UTF8);
        this.#portals.set(portalName, { text, parameters, resultFormats });
        break;
      }
      case FrontendType.Execute: {
        const end = readName(body, 0, body.length, 'Execute');
        const portal = this.#portals.get(body.toString('utf8', 0, end));
        this.#running.push({ kind: 'execute', resultFormats: portal?.resultFormats });
        if (portal === undefined) break;
        const { text, parameters } = portal;
        const bound = parameters.length > 0 ? { parameters } : {};
        this.#emit({ kind: 'statement', atMs, text, ...bound });
        break;
      }
      case FrontendType.CopyData:
        this.#emit({ kind: 'data', atMs, bytes: body.length });
        break;
    }
  }

  #answer(type: number, body: Buffer): void {
    const atMs = this.#atMs;
    switch (type) {
      case BackendType.RowDescription:
        this.#columns = decodeRowDescription(body).columns;
        this.#emit({ kind: 'columns', atMs, names: this.#columns.map(({ name }) => name) });
        break;
      case BackendType.DataRow:
        this.#emit({ kind: 'row', atMs, values: this.#formatRow(body) });
        break;
      case BackendType.CommandComplete:
        this.#emit({ kind: 'done', atMs, tag: decodeCommandComplete(body).tag });
        this.#ran('execute');
        break;
      case BackendType.EmptyQueryResponse:
      case BackendType.PortalSuspended:
        this.#ran('execute');
        break;
      case BackendType.ErrorResponse:
      case BackendType.NoticeResponse:
        this.#emit(
          describeFields(type === BackendType.ErrorResponse ? 'error' : 'notice', atMs, body),
        );
        break;
      case BackendType.CopyData:
        this.#emit({ kind: 'data', atMs, bytes: body.length });
        break;
      case BackendType.ReadyForQuery:
        this.#ran('query');
        // What an error skipped never runs.
        while (this.#running[0]?.kind === 'execute') this.#running.shift();
        break;
    }
  }

  #ran(kind: Running['kind']): void {
    if (this.#running[0]?.kind === kind) this.#running.shift();
  }

  #formatRow(body: Buffer): readonly (string | null)[] {
    const formats = this.#running[0]?.resultFormats;
    return decodeDataRow(body).fields.map((field, index) => {
      if (field === null) return null;
      const column = this.#columns[index];
      const format =
        formats === undefined
          ? column?.formatCode
          : formats.length === 1
            ? formats[0]
            : formats[index];
      return format === 1 ? formatBinaryValue(column?.typeOid ?? 0, field) : field.toString('utf8');
    });
  }
}

function describeFields(kind: 'error' | 'notice', atMs: number, body: Buffer): RecordedEvent {
  const fields = decodeFields(body, kind === 'error' ? 'ErrorResponse' : 'NoticeResponse');
  const detail = fields.get('D');
  const hint = fields.get('H');
  return {
    kind,
    atMs,
    severity: fields.get('V') ?? fields.get('S') ?? '',
    code: fields.get('C') ?? '',
    message: fields.get('M') ?? '',
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
  };
}
