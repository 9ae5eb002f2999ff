import type { FieldList } from '../../wire/http/field-list.ts';
import type { Session } from '../protocol.ts';
import { DeliveredBody } from './delivered-body.ts';
import type { BodySource, HttpRequest, HttpResponse, RawSink, RawStream } from './exchange.ts';
import { ExchangeFrames } from './exchange-frames.ts';
import { GuardedStream } from './guarded-stream.ts';
import type { HttpOperation } from './http-operation.ts';
import { RecordedStream } from './recorded-stream.ts';

export interface ExchangeRecordParts {
  readonly session: Session;
  /** Number of the exchange in the session. */
  readonly channel: number;
  readonly operation: HttpOperation;
  readonly request: HttpRequest;
  /** Whether somebody else takes down what the client is shown. */
  readonly isRecordedElsewhere: boolean;
  readonly guarded: (act: () => void) => void;
}

/**
 * Takes down one exchange: what the client sent and is shown in the recording, and while policies ask for it what the target
 * got and answered in the raw track. Counts what goes by.
 */
export class ExchangeRecord {
  readonly #parts: ExchangeRecordParts;
  readonly #shown: ExchangeFrames | undefined;
  readonly #raw: ExchangeFrames | undefined;

  constructor(parts: ExchangeRecordParts) {
    this.#parts = parts;
    const { session, channel, isRecordedElsewhere } = parts;
    const { recorder, rawTrack } = session;
    if (recorder !== undefined && !isRecordedElsewhere) {
      this.#shown = new ExchangeFrames(recorder, channel, asClientSent(parts));
    }
    if (rawTrack !== undefined) this.#raw = new ExchangeFrames(rawTrack, channel, parts);
  }

  /** The body of the request, as the target gets it: the recording has it as the client wrote it. */
  takeRequest(): BodySource {
    const { guarded, session, request } = this.#parts;
    const { body, clientBody } = request;
    if (clientBody !== undefined) this.#shown?.takeRequest(clientBody);
    const onPiece = (bytes: Buffer): void => {
      if (clientBody === undefined) return this.sent(bytes);
      session.counts.bytesSent += bytes.length;
      this.#raw?.takeRequest(bytes);
    };
    const recorders = [session.recorder, session.rawTrack];
    return new DeliveredBody(body, { recorders, guarded, onPiece });
  }

  /** The response as the target sent it. */
  takeAnswer(response: HttpResponse): HttpResponse {
    const raw = this.#raw;
    if (raw === undefined) return response;
    const { guarded, session } = this.#parts;
    raw.takeHead(response.status, response.fields, response.body.length);
    const onPiece = (bytes: Buffer): void => raw.takeResponse(bytes);
    const recorders = [session.rawTrack];
    const body = new DeliveredBody(response.body, { recorders, guarded, onPiece });
    return { ...response, body };
  }

  /** The response as the client gets it. */
  takeShown(response: HttpResponse): HttpResponse {
    const { guarded, session } = this.#parts;
    this.takeHead(response.status, response.fields, response.body.length);
    const body = new DeliveredBody(response.body, {
      ...{ recorders: [session.recorder], guarded, onPiece: (bytes) => this.shown(bytes) },
    });
    return { ...response, body };
  }

  /** The head alone of what the client is shown. */
  takeHead(status: number, fields: FieldList, length: number | undefined): void {
    this.#shown?.takeHead(status, fields, length);
  }

  /** The client's side of what an exchange has become. */
  takeClient(stream: RawStream): RawStream {
    const { guarded, session } = this.#parts;
    return new RecordedStream(stream, guarded, session);
  }

  /** The target's side of it. */
  takeTarget(stream: RawStream): RawStream {
    const { guarded, session } = this.#parts;
    const recorded = new RecordedStream(stream, guarded, session);
    return this.#raw === undefined ? recorded : new RawTrackedStream(recorded, this.#raw);
  }

  /** The client sent this in what an exchange has become. */
  sent(bytes: Buffer): void {
    this.#parts.session.counts.bytesSent += bytes.length;
    this.#shown?.takeRequest(bytes);
    this.#raw?.takeRequest(bytes);
  }

  /** The client was shown this in it. */
  shown(bytes: Buffer): void {
    this.#parts.session.counts.bytesShown += bytes.length;
    this.#shown?.takeResponse(bytes);
  }

  /** Nothing is taken down afterwards. @param isWhole Whether the client has all of the response. */
  close(isWhole: boolean): void {
    this.#shown?.close(isWhole);
    this.#raw?.close(isWhole);
  }
}

function asClientSent(parts: ExchangeRecordParts): ExchangeRecordParts {
  const { request } = parts;
  const { clientBody } = request;
  if (clientBody === undefined) return parts;
  return { ...parts, request: { ...request, bodyBytes: clientBody.length } };
}

/** Takes down what the target sends. */
class RawTrackedStream extends GuardedStream {
  readonly #frames: ExchangeFrames;

  constructor(stream: RawStream, frames: ExchangeFrames) {
    super(stream, (act) => act());
    this.#frames = frames;
  }

  override start(sink: RawSink): void {
    super.start({
      onData: (bytes) => {
        this.#frames.takeResponse(bytes);
        sink.onData(bytes);
      },
      onDrain: () => sink.onDrain(),
      onEnd: () => sink.onEnd(),
      onClose: (error) => sink.onClose(error),
    });
  }
}
