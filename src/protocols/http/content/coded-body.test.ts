import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import zlib from 'node:zlib';
import fc from 'fast-check';
import type { ContentCoding } from '../../../wire/http/content-coding.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySink, BodySource } from '../exchange.ts';
import { decodeBody, encodeBody } from './coded-body.ts';
import { encodeContent } from './coding-engines.ts';
import { ContentCodingError } from './content-coding-error.ts';
import { decodeContent, FRAMES_MAX } from './decode-content.ts';

const CODINGS: readonly ContentCoding[] = ['gzip', 'deflate', 'br', 'zstd'];
const CONTENT = Buffer.from(
  JSON.stringify({ resourceType: 'Bundle', entry: [{ id: '1' }, { id: '2' }, { id: '22' }] }),
);
const BOMB_BYTES = 16 * 1024 * 1024;

const PIECES = 1024 * 1024;
/** Has very many pieces wait for the engine in little memory, and tells what becomes of them. */
const ENCODE = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ encodeBody }) => {
  const pieces = [];
  const onData = (bytes) => pieces.push(bytes);
  const onEnd = () => parentPort.postMessage(Buffer.concat(pieces));
  const start = (sink) => {
    const piece = Buffer.from('a');
    for (let count = 0; count < workerData.pieces; count++) sink.onData(piece);
    sink.onEnd(undefined);
  };
  const source = { length: undefined, start, pause() {}, resume() {}, destroy() {} };
  encodeBody(source, 'gzip').start({ onData, onEnd, onError() {} });
});
`;

/** As other programs make it, which flush nothing and name sizes. */
const PACK: Readonly<Record<ContentCoding, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
};

describe('decodeContent', () => {
  for (const coding of CODINGS) {
    it(`gives back what was packed in ${coding}, and breaks off nowhere`, () => {
      const packed = PACK[coding](CONTENT);
      assert.deepEqual(decodeContent(packed, coding), CONTENT);
      for (let end = 1; end < packed.length; end += 1) {
        assert.throws(
          () => decodeContent(packed.subarray(0, end), coding),
          { code: 'ERR_CONTENT_CODING' },
          `cut at ${end}`,
        );
      }
    });

    it(`takes no bytes behind the end of ${coding}`, () => {
      for (const behind of ['\0', 'x', '{}', '\0'.repeat(32)]) {
        assert.throws(
          () => decodeContent(Buffer.concat([PACK[coding](CONTENT), Buffer.from(behind)]), coding),
          ContentCodingError,
          JSON.stringify(behind),
        );
      }
    });

    it(`unpacks no bomb in ${coding}`, () => {
      const bomb = PACK[coding](Buffer.alloc(BOMB_BYTES));
      assert.throws(() => decodeContent(bomb, coding), /unpacks to too much/);
    });

    it(`unpacks ${coding} to no more than its caller takes`, () => {
      const packed = PACK[coding](CONTENT);
      assert.deepEqual(decodeContent(packed, coding, CONTENT.length), CONTENT);
      assert.throws(() => decodeContent(packed, coding, CONTENT.length - 1), /too much/);
    });

    it(`throws nothing but its own error for random bytes in ${coding}`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
          try {
            decodeContent(Buffer.from(bytes), coding);
          } catch (error) {
            assert(error instanceof ContentCodingError);
          }
        }),
      );
    });
  }

  it('takes deflate without the header that it should have', () => {
    assert.deepEqual(decodeContent(zlib.deflateRawSync(CONTENT), 'deflate'), CONTENT);
  });

  it('joins the members of gzip and the frames of zstd, and refuses a second deflate or br', () => {
    for (const coding of CODINGS) {
      const two = Buffer.concat([PACK[coding](CONTENT), PACK[coding](CONTENT)]);
      const decode = (): Buffer => decodeContent(two, coding);
      if (coding === 'gzip' || coding === 'zstd') {
        assert.deepEqual(decode(), Buffer.concat([CONTENT, CONTENT]));
      } else {
        assert.throws(decode, /bytes follow its end/);
      }
    }
  });

  it('refuses zstd in more frames than anybody needs', () => {
    const frame = PACK.zstd(Buffer.from('x'));
    const frames = (count: number): Buffer => Buffer.concat(Array(count).fill(frame));
    assert.equal(decodeContent(frames(FRAMES_MAX), 'zstd').length, FRAMES_MAX);
    assert.throws(() => decodeContent(frames(FRAMES_MAX + 1), 'zstd'), /too many frames/);
  });

  it('undoes encodeContent', () => {
    for (const coding of CODINGS) {
      assert.deepEqual(decodeContent(encodeContent(CONTENT, coding), coding), CONTENT);
    }
  });
});

describe('decodeBody', () => {
  for (const coding of CODINGS) {
    it(`gives back what was packed in ${coding}, wherever it is cut`, async () => {
      const packed = PACK[coding](CONTENT);
      for (let cut = 0; cut <= packed.length; cut += 1) {
        const pieces = [packed.subarray(0, cut), packed.subarray(cut)];
        const { bytes, error } = await decodePieces(pieces, coding);
        assert.equal(error, undefined, `cut at ${cut}`);
        assert.deepEqual(bytes, CONTENT, `cut at ${cut}`);
      }
    });

    it(`tells where a content in ${coding} breaks off`, async () => {
      const packed = PACK[coding](CONTENT);
      for (let end = 1; end < packed.length; end += 1) {
        const half = end >> 1;
        const pieces = [packed.subarray(0, half), packed.subarray(half, end)];
        const { error } = await decodePieces(pieces, coding);
        assert(error instanceof ContentCodingError, `ended at ${end}`);
      }
    });

    it(`tells of bytes behind the end of ${coding}, in whichever piece they come`, async () => {
      const packed = Buffer.concat([PACK[coding](CONTENT), Buffer.from('\0\0\0')]);
      for (let cut = 1; cut < packed.length; cut += 1) {
        const pieces = [packed.subarray(0, cut), packed.subarray(cut)];
        const { error } = await decodePieces(pieces, coding);
        assert(error instanceof ContentCodingError, `cut at ${cut}`);
      }
    });

    it(`stops a bomb in ${coding} before it has gone off`, async () => {
      const bomb = PACK[coding](Buffer.alloc(BOMB_BYTES));
      const pieces = [bomb.subarray(0, 10), bomb.subarray(10)];
      const { bytes, error } = await decodePieces(pieces, coding);
      assert.match(String(error), /unpacks to too much/);
      assert(bytes.length < BOMB_BYTES);
    });
  }

  it('joins the members of gzip and the frames of zstd, wherever they are cut', async () => {
    for (const coding of ['gzip', 'zstd'] as const) {
      const two = Buffer.concat([PACK[coding](CONTENT), PACK[coding](CONTENT)]);
      for (let cut = 1; cut < two.length; cut += 1) {
        const { bytes, error } = await decodePieces(
          [two.subarray(0, cut), two.subarray(cut)],
          coding,
        );
        assert.equal(error, undefined, `${coding} cut at ${cut}`);
        assert.equal(bytes.length, 2 * CONTENT.length, `${coding} cut at ${cut}`);
      }
    }
  });

  it('takes deflate without a header byte by byte', async () => {
    const packed = zlib.deflateRawSync(CONTENT);
    const { bytes, error } = await decodePieces(
      [...packed].map((byte) => Buffer.of(byte)),
      'deflate',
    );
    assert.equal(error, undefined);
    assert.deepEqual(bytes, CONTENT);
  });

  it('takes no body for an empty one, in any coding', async () => {
    for (const coding of CODINGS) {
      const { bytes, error } = await decodePieces([], coding);
      assert.equal(error, undefined);
      assert.equal(bytes.length, 0);
    }
  });

  it('passes on trailers, and the error of a body that breaks off', async () => {
    const trailers = FieldList.of([['x-checksum', 'abc']]);
    const source = new PieceSource([PACK.gzip(CONTENT)], { trailers });
    assert.equal((await drain(decodeBody(source, 'gzip'))).trailers, trailers);
    const broken = new PieceSource([PACK.gzip(CONTENT)], { error: new Error('reset') });
    assert.match(String((await drain(decodeBody(broken, 'gzip'))).error), /reset/);
  });

  it('takes no more from its source than it may hold while nobody takes anything from it', async () => {
    const random = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 251));
    const pieces = Array.from({ length: 2000 }, () => random);
    const packed = zlib.gzipSync(Buffer.concat(pieces), { level: 0 });
    const source = new PieceSource(cutInto(packed, 4096));
    const body = decodeBody(source, 'gzip');
    const done = drain(body);
    body.pause();
    await source.whenPaused;
    const deliveredBytes = source.delivered * 4096;
    assert(deliveredBytes < 1024 * 1024, `${deliveredBytes} bytes were taken`);
    body.resume();
    assert.equal((await done).bytes.length, 2000 * 4096);
  });

  it('withholds a small content, too, while it is paused', async () => {
    const body = decodeBody(new PieceSource([PACK.br(CONTENT)]), 'br');
    let heard = 0;
    const done = drain(body, () => {
      heard += 1;
      // Paused again by the sink: the end must wait as well.
      body.pause();
      setImmediate(() => body.resume());
    });
    body.pause();
    await new Promise(setImmediate);
    assert.equal(heard, 0);
    body.resume();
    assert.deepEqual((await done).bytes, CONTENT);
  });

  it('delivers nothing more once it is destroyed', async () => {
    const source = new PieceSource(cutInto(PACK.gzip(CONTENT), 5));
    const body = decodeBody(source, 'gzip');
    let calls = 0;
    const count = (): void => {
      calls += 1;
    };
    body.start({ onData: count, onEnd: count, onError: count });
    body.destroy();
    await new Promise(setImmediate);
    assert(source.isDestroyed);
    assert.equal(calls, 0);
  });
});

describe('encodeBody', () => {
  for (const coding of CODINGS) {
    it(`makes ${coding} that others can read, of one piece or many`, async () => {
      for (const pieces of [[CONTENT], cutInto(CONTENT, 7), [Buffer.alloc(300_000, 'ab')]]) {
        const { bytes } = await drain(encodeBody(new PieceSource(pieces), coding));
        assert.deepEqual(decodeContent(bytes, coding), Buffer.concat(pieces));
      }
    });

    it(`sends each piece on in ${coding} without waiting for the next`, async () => {
      const source = new PieceSource([Buffer.from('data: one\n\n')], { staysOpen: true });
      const heard = Promise.withResolvers<void>();
      const decoded = decodeBody(encodeBody(source, coding), coding);
      decoded.start({
        onData(bytes) {
          assert.equal(bytes.toString(), 'data: one\n\n');
          heard.resolve();
        },
        onEnd: () => heard.reject(new Error('ended')),
        onError: heard.reject,
      });
      await heard.promise;
      decoded.destroy();
      assert(source.isDestroyed);
    });
  }

  it('makes an empty content of an empty body', async () => {
    for (const coding of CODINGS) {
      const { bytes } = await drain(encodeBody(new PieceSource([]), coding));
      assert.equal(decodeContent(bytes, coding).length, 0);
    }
  });
});

function cutInto(bytes: Buffer, pieceBytes: number): readonly Buffer[] {
  const count = Math.ceil(bytes.length / pieceBytes);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
}

/** Once with all pieces in one turn, once with a turn for each; both must come to the same. */
async function decodePieces(pieces: readonly Buffer[], coding: ContentCoding): Promise<Drained> {
  const first = await drain(decodeBody(new PieceSource(pieces, { isAtOnce: true }), coding));
  const second = await drain(decodeBody(new PieceSource(pieces), coding));
  assert.equal(first.error === undefined, second.error === undefined);
  if (first.error === undefined) assert.deepEqual(first.bytes, second.bytes);
  return second;
}

interface Drained {
  readonly bytes: Buffer;
  readonly trailers: FieldList | undefined;
  readonly error: Error | undefined;
}

async function drain(body: BodySource, onData: () => void = () => undefined): Promise<Drained> {
  const pieces: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<Drained>();
  const settle = (trailers: FieldList | undefined, error: Error | undefined): void =>
    resolve({ bytes: Buffer.concat(pieces), trailers, error });
  body.start({
    onData(bytes) {
      pieces.push(Buffer.from(bytes));
      onData();
    },
    onEnd: (trailers) => settle(trailers, undefined),
    onError: (error) => settle(undefined, error),
  });
  return promise;
}

interface PieceSourceOptions {
  readonly isAtOnce?: boolean;
  readonly staysOpen?: boolean;
  readonly trailers?: FieldList;
  readonly error?: Error;
}

/** A body of given pieces, a turn for each, whose bytes are gone when a call returns. */
class PieceSource implements BodySource {
  readonly length = undefined;
  delivered = 0;
  isDestroyed = false;
  readonly whenPaused: Promise<void>;
  readonly #pieces: readonly Buffer[];
  readonly #options: PieceSourceOptions;
  readonly #notePaused: () => void;
  #sink: BodySink | undefined;
  #isPaused = false;

  constructor(pieces: readonly Buffer[], options: PieceSourceOptions = {}) {
    this.#pieces = pieces;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenPaused = promise;
    this.#notePaused = resolve;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    if (this.#options.isAtOnce) while (this.#step()) continue;
    else setImmediate(() => this.#run());
  }

  pause(): void {
    this.#isPaused = true;
    this.#notePaused();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    setImmediate(() => this.#run());
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  #run(): void {
    if (this.#isPaused) return;
    if (this.#step()) setImmediate(() => this.#run());
  }

  /** Whether there is more to come. */
  #step(): boolean {
    if (this.isDestroyed || this.#isPaused) return false;
    const piece = this.#pieces[this.delivered];
    const { staysOpen, trailers, error } = this.#options;
    if (piece === undefined) {
      if (error !== undefined) this.#sink?.onError(error);
      else if (!staysOpen) this.#sink?.onEnd(trailers);
      return false;
    }
    this.delivered += 1;
    const lent = Buffer.from(piece);
    this.#sink?.onData(lent);
    lent.fill(0xff);
    return true;
  }
}

describe('encodeBody, of pieces of one byte', () => {
  it('takes no more memory for them than for their bytes', async () => {
    const module = new URL('./coded-body.ts', import.meta.url).href;
    const worker = new Worker(ENCODE, {
      eval: true,
      workerData: { module, pieces: PIECES },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
    });
    const encoded = await new Promise<Uint8Array>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    assert.deepEqual(zlib.gunzipSync(encoded), Buffer.alloc(PIECES, 'a'));
  });
});
