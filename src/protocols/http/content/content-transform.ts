import type { ContentCoding } from '../../../wire/http/content-coding.ts';
import {
  type CodingStream,
  encodeContent,
  headBytes,
  openDecoder,
  openEncoder,
} from './coding-engines.ts';
import { ContentCodingError } from './content-coding-error.ts';
import {
  assertMoreFrames,
  decodeContent,
  decodedBytesMax,
  describeEngineError,
  tooMuch,
} from './decode-content.ts';

/** Who is told what becomes of a content. After `onEnd` or `onError` nothing is called. */
export interface TransformOwner {
  onData(bytes: Buffer): void;
  /** What was written last has been worked on; the next may be. */
  onTaken(): void;
  onEnd(): void;
  onError(error: Error): void;
}

/** Codes or decodes one content: either all of it at once, or piece by piece off the event loop. */
export interface ContentTransform {
  /** @throws {ContentCodingError} */
  runAtOnce(bytes: Buffer): Buffer;
  /** Takes the bytes as its own. Not again, nor `end`, before `onTaken`. */
  write(bytes: Buffer): void;
  end(): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** An engine of Node's, once there is one, that stands still while nobody wants anything from it. */
abstract class Engine {
  protected stream: CodingStream | undefined;
  #isPaused = false;

  protected hold(stream: CodingStream): CodingStream {
    this.stream = stream;
    // Before there is a listener: one that is added starts the flow otherwise.
    if (this.#isPaused) stream.pause();
    return stream;
  }

  pause(): void {
    this.#isPaused = true;
    this.stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.stream?.resume();
  }

  destroy(): void {
    this.stream?.destroy();
  }
}

/** Makes a content of coded pieces. */
export class ContentDecoding extends Engine implements ContentTransform {
  readonly #coding: ContentCoding;
  readonly #owner: TransformOwner;
  /** First bytes that do not yet say how to go on. */
  #head: Buffer = Buffer.alloc(0);
  /** Written last; an engine may have stopped within it. */
  #piece: Buffer = Buffer.alloc(0);
  /** Given to the engine of the moment, and to those before it. */
  #frameBytes = 0;
  #encodedBytes = 0;
  #decodedBytes = 0;
  #framesEnded = 0;
  #isEnding = false;

  constructor(coding: ContentCoding, owner: TransformOwner) {
    super();
    this.#coding = coding;
    this.#owner = owner;
  }

  runAtOnce(bytes: Buffer): Buffer {
    return decodeContent(bytes, this.#coding);
  }

  write(bytes: Buffer): void {
    let { stream } = this;
    let piece = bytes;
    if (stream === undefined) {
      piece = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
      if (piece.length < headBytes(this.#coding)) {
        this.#head = piece;
        return this.#owner.onTaken();
      }
      stream = this.#open(piece);
    }
    this.#encodedBytes += piece.length;
    this.#give(stream, piece);
  }

  end(): void {
    this.#isEnding = true;
    if (this.stream === undefined) {
      this.#owner.onError(new ContentCodingError(this.#coding, 'it breaks off'));
    } else {
      this.stream.end();
    }
  }

  #open(head: Buffer): CodingStream {
    const stream = this.hold(openDecoder(this.#coding, head));
    stream.on('data', (bytes: Buffer) => this.#receive(stream, bytes));
    stream.on('end', () => this.#frameEnded(stream));
    stream.on('error', (error) => {
      this.#owner.onError(describeEngineError(this.#coding, error));
    });
    return stream;
  }

  #give(stream: CodingStream, piece: Buffer): void {
    this.#piece = piece;
    this.#frameBytes += piece.length;
    stream.write(piece, (error) => {
      if (!error) this.#owner.onTaken();
    });
  }

  #receive(stream: CodingStream, bytes: Buffer): void {
    if (stream.destroyed) return;
    this.#decodedBytes += bytes.length;
    if (this.#decodedBytes <= decodedBytesMax(this.#encodedBytes)) return this.#owner.onData(bytes);
    stream.destroy();
    this.#owner.onError(tooMuch(this.#coding));
  }

  /** The engine wants nothing more. If it was not told to end, bytes are left of the last piece. */
  #frameEnded(stream: CodingStream): void {
    if (this.#isEnding) return this.#owner.onEnd();
    const leftBytes = this.#frameBytes - stream.bytesWritten;
    const rest = this.#piece.subarray(this.#piece.length - leftBytes);
    this.#framesEnded += 1;
    stream.destroy();
    try {
      assertMoreFrames(this.#coding, this.#framesEnded);
    } catch (error) {
      if (!(error instanceof ContentCodingError)) throw error;
      return this.#owner.onError(error);
    }
    this.#frameBytes = 0;
    this.#give(this.#open(rest), rest);
  }
}

/** Puts a content into a coding. */
export class ContentEncoding extends Engine implements ContentTransform {
  readonly #coding: ContentCoding;
  readonly #owner: TransformOwner;

  constructor(coding: ContentCoding, owner: TransformOwner) {
    super();
    this.#coding = coding;
    this.#owner = owner;
  }

  runAtOnce(bytes: Buffer): Buffer {
    return encodeContent(bytes, this.#coding);
  }

  write(bytes: Buffer): void {
    this.stream ??= this.#open();
    this.stream.write(bytes, (error) => {
      if (!error) this.#owner.onTaken();
    });
  }

  end(): void {
    this.stream ??= this.#open();
    this.stream.end();
  }

  #open(): CodingStream {
    const stream = this.hold(openEncoder(this.#coding));
    stream.on('data', (bytes: Buffer) => this.#owner.onData(bytes));
    stream.on('end', () => this.#owner.onEnd());
    stream.on('error', (error) => this.#owner.onError(error));
    return stream;
  }
}
