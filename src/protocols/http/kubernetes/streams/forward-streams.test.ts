import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FieldList } from '../../../../wire/http/field-list.ts';
import { ProtocolError } from '../../../../wire/protocol-error.ts';
import { type ControlFrame, encodeControlFrame } from '../../../../wire/spdy/control-frame.ts';
import { encodeDataHead, SpdyFrameDecoder } from '../../../../wire/spdy/frame-decoder.ts';
import { HeaderDeflater, HeaderInflater } from '../../../../wire/spdy/header-compression.ts';
import { ForwardStreams } from './forward-streams.ts';
import { RAW_DEFLATE } from './raw-deflate.ts';

/** Reads what one side got, one line for each frame; data of one stream that follow each other are one. */
class Side {
  readonly lines: string[] = [];
  readonly #decoder = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
    control: (frame) => this.lines.push(describeControl(frame)),
    data: (id, piece, isLast) => {
      const start = `${id}: `;
      const last = this.lines.at(-1);
      const text = `${piece.toString()}${isLast ? '$' : ''}`;
      if (last?.startsWith(start) === true) this.lines[this.lines.length - 1] = `${last}${text}`;
      else this.lines.push(`${start}${text}`);
    },
  });

  take(frame: Buffer): void {
    this.#decoder.push(frame);
  }
}

function describeControl(frame: ControlFrame): string {
  if (frame.kind === 'syn-stream') {
    return `${frame.streamId} opens ${frame.fields.get('streamtype')} ${frame.fields.get('port')}`;
  }
  return 'streamId' in frame ? `${frame.streamId} ${frame.kind}` : frame.kind;
}

/** A forward with both of its ends, and what was opened in it. */
class Forward {
  readonly opened: string[] = [];
  readonly client = new Side();
  readonly target = new Side();
  readonly streams: ForwardStreams;
  readonly #deflater = new HeaderDeflater(RAW_DEFLATE);
  readonly #ofTarget = new HeaderDeflater(RAW_DEFLATE);

  constructor() {
    this.streams = new ForwardStreams(
      {
        opened: ({ port, isOfErrors }) =>
          this.opened.push(`${port} ${isOfErrors ? 'error' : 'data'}`),
      },
      {
        toClient: (frame) => this.client.take(frame),
        toTarget: (frame) => this.target.take(frame),
      },
    );
  }

  opening(streamId: number, type: string, port: string): Buffer {
    return this.frame({
      ...{ kind: 'syn-stream', streamId, associatedStreamId: 0, priority: 0 },
      ...{ isLast: false, isUnidirectional: false },
      fields: FieldList.of([
        ['streamtype', type],
        ['port', port],
      ]),
    });
  }

  frame(frame: ControlFrame): Buffer {
    return encodeControlFrame(frame, this.#deflater);
  }

  frameOfTarget(frame: ControlFrame): Buffer {
    return encodeControlFrame(frame, this.#ofTarget);
  }

  /** Both streams of a connection, and what is sent on it. */
  connect(streamId: number, port: number, text: string): Buffer {
    return Buffer.concat([
      this.opening(streamId, 'error', String(port)),
      this.opening(streamId + 2, 'data', String(port)),
      data(streamId + 2, text),
    ]);
  }
}

function data(streamId: number, text: string, isLast = false): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeDataHead(streamId, bytes.length, isLast), bytes]);
}

describe('ForwardStreams', () => {
  it('passes nothing on of a port that is not permitted, wherever what comes is cut', () => {
    const count = new Forward().connect(1, 22, 'secret').length;
    for (let cut = 0; cut <= count; cut += 1) {
      const forward = new Forward();
      const bytes = forward.connect(1, 22, 'secret');
      forward.streams.fromClient(bytes.subarray(0, cut));
      forward.streams.fromClient(bytes.subarray(cut));
      assert.deepEqual(forward.opened, ['22 error', '22 data']);
      assert.deepEqual(forward.target.lines, []);
      assert.deepEqual(forward.client.lines, ['1 syn-reply', '3 syn-reply']);
      assert.equal(forward.streams.heldBytes, 6);
      forward.streams.permit(22);
      assert.deepEqual(forward.target.lines, ['1 opens error 22', '3 opens data 22', '3: secret']);
      assert.equal(forward.streams.heldBytes, 0);
    }
  });

  it('tells why a port is refused, and goes on with others', () => {
    const forward = new Forward();
    forward.streams.fromClient(forward.connect(1, 22, 'secret'));
    forward.streams.fromClient(forward.connect(5, 80, 'page?'));
    forward.streams.refuse(22, 'not that one');
    forward.streams.permit(80);
    // What it goes on to send is dropped.
    forward.streams.fromClient(data(3, 'more', true));
    assert.deepEqual(forward.target.lines, ['1 opens error 80', '3 opens data 80', '3: page?']);
    forward.streams.fromTarget(data(3, 'page!', true));
    assert.deepEqual(forward.client.lines.slice(4), ['1: not that one$', '3: $', '7: page!$']);
    assert.equal(forward.streams.heldBytes, 0);
  });

  it('numbers streams as they are permitted, and both sides hear of their own numbers only', () => {
    const forward = new Forward();
    forward.streams.fromClient(forward.connect(1, 22, 'late'));
    forward.streams.fromClient(forward.connect(5, 80, 'early'));
    forward.streams.permit(80);
    forward.streams.permit(22);
    forward.streams.fromTarget(data(7, 'to 22'));
    forward.streams.fromTarget(
      forward.frameOfTarget({ kind: 'rst-stream', streamId: 3, status: 5 }),
    );
    forward.streams.fromClient(forward.frame({ kind: 'rst-stream', streamId: 3, status: 5 }));
    assert.deepEqual(forward.client.lines.slice(4), ['3: to 22', '7 rst-stream']);
    assert.deepEqual(forward.target.lines.slice(3), [
      ...['5 opens error 22', '7 opens data 22', '7: late', '7 rst-stream'],
    ]);
    // Both are gone: nothing that is still on its way reaches anybody.
    const before = [forward.client.lines.length, forward.target.lines.length];
    forward.streams.fromTarget(data(7, 'x'));
    forward.streams.fromTarget(data(3, 'x'));
    forward.streams.fromClient(data(3, 'x'));
    assert.deepEqual([forward.client.lines.length, forward.target.lines.length], before);
  });

  it('ends what runs at the target when its port is refused after all, or everything is', () => {
    const forward = new Forward();
    forward.streams.fromClient(forward.connect(1, 22, ''));
    forward.streams.permit(22);
    forward.streams.endAll('over');
    assert.deepEqual(forward.target.lines.slice(2), ['1 rst-stream', '3 rst-stream']);
    assert.deepEqual(forward.client.lines.slice(2), ['1: over$', '3: $', 'go-away']);
  });

  it('refuses streams for no port or two, of no kind it knows, and numbers that were used', () => {
    const refused: readonly ((forward: Forward) => Buffer)[] = [
      ...['0', '65536', '', '22x', '022', '-1', '1e3'].map(
        (port) => (forward: Forward) => forward.opening(1, 'error', port),
      ),
      (forward) => forward.opening(1, 'stdin', '22'),
      (forward) =>
        forward.frame({
          ...{ kind: 'syn-stream', streamId: 1, associatedStreamId: 0, priority: 0 },
          ...{ isLast: false, isUnidirectional: false },
          fields: FieldList.of([
            ['streamtype', 'data'],
            ['port', '80'],
            ['port', '22'],
          ]),
        }),
      (forward) =>
        Buffer.concat([forward.opening(1, 'error', '80'), forward.opening(1, 'data', '22')]),
    ];
    for (const open of refused) {
      const forward = new Forward();
      assert.throws(() => forward.streams.fromClient(open(forward)), ProtocolError);
      assert.deepEqual(forward.target.lines, []);
    }
  });

  it('has so many streams open, and no more', () => {
    const forward = new Forward();
    for (let id = 1; id <= 2048 * 2; id += 2) {
      forward.streams.fromClient(forward.opening(id, 'data', '80'));
    }
    forward.streams.fromClient(forward.opening(4097, 'data', '80'));
    assert.equal(forward.client.lines.at(-1), '4097 rst-stream');
    assert.equal(forward.opened.length, 2048);
    // One that ends makes room.
    forward.streams.fromClient(forward.frame({ kind: 'rst-stream', streamId: 1, status: 5 }));
    forward.streams.fromClient(forward.opening(4099, 'data', '80'));
    assert.equal(forward.client.lines.at(-1), '4099 syn-reply');
  });

  it('fails for bytes that are no frames with an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isOfClient) => {
        const { streams } = new Forward();
        try {
          if (isOfClient) streams.fromClient(Buffer.from(bytes));
          else streams.fromTarget(Buffer.from(bytes));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
    );
  });
});
