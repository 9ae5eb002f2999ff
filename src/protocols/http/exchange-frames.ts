import { createHash, type Hash } from 'node:crypto';
import type { Recorder } from '../../recording/recorder.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import { reasonPhrase } from '../../wire/http/reason-phrase.ts';
import { ChannelFrames } from '../ssh/recorded-frame.ts';
import type { HttpRequestHead } from './exchange.ts';
import type { HttpOperation } from './http-operation.ts';

/** Bytes of one body that are kept; of the rest its digest says what it was. */
const KEPT_BYTES_MAX: number = 1024 * 1024;
/** By which somebody may show who asks: who watches has no need of them. */
const SECRET: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
]);

/** Takes down one exchange as it was delivered, in both directions. */
export class ExchangeFrames {
  readonly #frames: ChannelFrames;
  readonly #operation: HttpOperation;
  readonly #path: string;
  readonly #sent: RecordedBody;
  /** Undefined until something of it is there. */
  #shown: RecordedBody | undefined;
  #status: number | undefined;

  constructor(
    recorder: Recorder,
    channel: number,
    {
      operation,
      request,
    }: { readonly operation: HttpOperation; readonly request: HttpRequestHead },
  ) {
    this.#frames = new ChannelFrames(recorder, channel);
    this.#operation = operation;
    this.#path = request.path;
    this.#sent = new RecordedBody(request.bodyBytes === -1 ? undefined : request.bodyBytes);
    const { text } = operation;
    this.#frames.open({ kind: 'request', text });
    this.#frames.input(formatHead(text, request.fields));
  }

  takeRequest(bytes: Buffer): void {
    const kept = this.#sent.take(bytes);
    if (kept !== undefined) this.#frames.input(kept);
  }

  /** @param length Of the body; undefined where only its end will tell. */
  takeHead(status: number, fields: FieldList, length: number | undefined): void {
    this.#status = status;
    this.#shown = new RecordedBody(length);
    this.#frames.output(formatHead(`${status} ${reasonPhrase(status)}`, fields), 'stdout');
  }

  takeResponse(bytes: Buffer): void {
    this.#shown ??= new RecordedBody(undefined);
    const kept = this.#shown.take(bytes);
    if (kept !== undefined) this.#frames.output(kept, 'stdout');
  }

  /** Nothing is taken down afterwards. @param isWhole Whether the client has all of the response. */
  close(isWhole: boolean): void {
    this.#noteBody(this.#sent, 'done');
    this.#noteBody(this.#shown, isWhole ? 'done' : 'cut');
    if (this.#status !== undefined && isWhole) this.#frames.exit({ status: this.#status });
    else this.#frames.exit({ signal: 'aborted', coreDumped: false });
    this.#frames.close();
  }

  /** The size of a body that is not kept whole, and its digest. */
  #noteBody(body: RecordedBody | undefined, outcome: 'done' | 'cut'): void {
    if (body === undefined || body.isKept) return;
    const [first] = this.#operation.actions;
    const { bytes } = body;
    const sha256 = body.digest();
    const action = first?.action ?? '';
    this.#frames.file({ action, via: 'http', path: this.#path, outcome, bytes, sha256 });
  }
}

/** What went by of a body. */
class RecordedBody {
  /** Undefined where all of it will be kept. */
  readonly #hash: Hash | undefined;
  bytes = 0;

  constructor(length: number | undefined) {
    this.#hash = (length ?? Infinity) > KEPT_BYTES_MAX ? createHash('sha256') : undefined;
  }

  /** All of it is in the recording. */
  get isKept(): boolean {
    return this.bytes <= KEPT_BYTES_MAX;
  }

  /** Returns what is to be kept of a piece. */
  take(piece: Buffer): Buffer | undefined {
    const room = KEPT_BYTES_MAX - this.bytes;
    this.bytes += piece.length;
    this.#hash?.update(piece);
    return room > 0 ? piece.subarray(0, room) : undefined;
  }

  /** Hexadecimal, of what is not kept whole. Once. */
  digest(): string {
    return this.#hash?.digest('hex') ?? '';
  }
}

function formatHead(line: string, fields: FieldList): Buffer {
  let text = line;
  fields.each((name, value) => {
    text += `\n${name}: ${SECRET.has(name) ? '[withheld]' : value}`;
  });
  return Buffer.from(`${text}\n\n`);
}
