import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FieldList } from '../../../../wire/http/field-list.ts';
import { ProtocolError } from '../../../../wire/protocol-error.ts';
import { encodeControlFrame } from '../../../../wire/spdy/control-frame.ts';
import { encodeDataHead } from '../../../../wire/spdy/frame-decoder.ts';
import { HeaderDeflater } from '../../../../wire/spdy/header-compression.ts';
import { FrameEncoder } from '../../../../wire/websocket/frame-encoder.ts';
import type { HttpRequest } from '../../exchange.ts';
import { ProblemError } from '../../problem.ts';
import { WholeBody } from '../../whole-body.ts';
import { readCommandStatus } from './command-status.ts';
import { offerProtocols, offerSubprotocols } from './offers.ts';
import { RAW_DEFLATE } from './raw-deflate.ts';
import { ResizeReader } from './resize-reader.ts';
import { SpdyCarrier } from './spdy-carrier.ts';
import type { CarrierListener } from './stream-carrier.ts';
import { CHANNEL_PROTOCOLS, WebSocketCarrier } from './websocket-carrier.ts';

const [V5 = '', V4 = ''] = CHANNEL_PROTOCOLS;
const KEY = Buffer.from('0123');

/** What a carrier told, one line for each call; bytes of one stream that follow each other are one. */
class Told implements CarrierListener {
  lines: string[] = [];

  sent(stream: string, bytes: Buffer): void {
    this.#add(stream, bytes);
  }

  sentEnd(stream: string): void {
    this.lines.push(`${stream} ended`);
  }

  shown(stream: string, bytes: Buffer): void {
    this.#add(stream, bytes);
  }

  shownEnd(stream: string): void {
    this.lines.push(`${stream} ended`);
  }

  #add(stream: string, bytes: Buffer): void {
    const last = this.lines.at(-1);
    if (last?.startsWith(`${stream}: `) === true) {
      this.lines[this.lines.length - 1] = `${last}${bytes.toString()}`;
    } else this.lines.push(`${stream}: ${bytes.toString()}`);
  }
}

const IGNORED = { writeClient: (): void => {}, writeTarget: (): void => {} };

function fromClient(...messages: readonly (readonly [number, string])[]): Buffer {
  const encoder = new FrameEncoder(() => KEY);
  return Buffer.concat(
    messages.map(([channel, text]) =>
      encoder.data('binary', Buffer.concat([Buffer.of(channel), Buffer.from(text)]), true),
    ),
  );
}

function syn(streamId: number, type: string, deflater: HeaderDeflater): Buffer {
  return encodeControlFrame(
    {
      ...{ kind: 'syn-stream', streamId, associatedStreamId: 0, priority: 0 },
      ...{ isLast: false, isUnidirectional: false },
      fields: FieldList.of([['streamtype', type]]),
    },
    deflater,
  );
}

function data(streamId: number, text: string, isLast = false): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeDataHead(streamId, bytes.length, isLast), bytes]);
}

describe('WebSocketCarrier', () => {
  it('tells streams apart, wherever what comes is cut', () => {
    const bytes = fromClient([0, 'ls'], [4, '{}'], [255, '\0']);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const told = new Told();
      const carrier = new WebSocketCarrier(V5, told, IGNORED);
      carrier.fromClient(bytes.subarray(0, cut));
      carrier.fromClient(bytes.subarray(cut));
      assert.deepEqual(told.lines, ['stdin: ls', 'resize: {}', 'stdin ended']);
    }
  });

  it('takes from neither side what only the other sends', () => {
    for (const channel of [1, 2, 3, 7]) {
      const carrier = new WebSocketCarrier(V5, new Told(), IGNORED);
      assert.throws(() => carrier.fromClient(fromClient([channel, 'x'])), ProtocolError);
    }
    const toClient = new FrameEncoder(undefined);
    for (const channel of [0, 4, 9]) {
      const carrier = new WebSocketCarrier(V4, new Told(), IGNORED);
      const frame = toClient.data('binary', Buffer.of(channel, 0x78), true);
      assert.throws(() => carrier.fromTarget(frame), ProtocolError);
    }
    // Before v5 no stream ends by itself.
    const old = new WebSocketCarrier(V4, new Told(), IGNORED);
    assert.throws(() => old.fromClient(fromClient([255, '\0'])), ProtocolError);
  });

  it('throws nothing else, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const carrier = new WebSocketCarrier(V5, new Told(), IGNORED);
        throwsProtocolErrors(() => carrier.fromClient(Buffer.from(bytes)));
        throwsProtocolErrors(() => carrier.fromTarget(Buffer.from(bytes)));
      }),
    );
  });
});

describe('SpdyCarrier', () => {
  it('tells streams apart, wherever what comes is cut', () => {
    const deflater = new HeaderDeflater(RAW_DEFLATE);
    const opened = [
      syn(1, 'error', deflater),
      syn(3, 'stdin', deflater),
      syn(5, 'stdout', deflater),
    ];
    const bytes = Buffer.concat([...opened, data(3, 'ls', true)]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const told = new Told();
      const carrier = new SpdyCarrier(told, IGNORED);
      carrier.fromClient(bytes.subarray(0, cut));
      carrier.fromClient(bytes.subarray(cut));
      carrier.fromTarget(Buffer.concat([data(5, 'a file'), data(5, '', true)]));
      assert.deepEqual(told.lines, ['stdin: ls', 'stdin ended', 'stdout: a file', 'stdout ended']);
    }
  });

  it('refuses streams that are none, that are there already, and data of those that are not open', () => {
    const deflater = (): HeaderDeflater => new HeaderDeflater(RAW_DEFLATE);
    const one = deflater();
    const broken: readonly Buffer[] = [
      syn(1, 'shell', deflater()),
      Buffer.concat([syn(1, 'stdin', one), syn(3, 'stdin', one)]),
      data(1, 'x'),
      Buffer.concat([syn(1, 'stdout', deflater()), data(1, 'x')]),
    ];
    for (const bytes of broken) {
      const carrier = new SpdyCarrier(new Told(), IGNORED);
      assert.throws(() => carrier.fromClient(bytes), ProtocolError);
    }
    const carrier = new SpdyCarrier(new Told(), IGNORED);
    assert.throws(() => carrier.fromTarget(syn(2, 'stdin', deflater())), ProtocolError);
  });

  it('throws nothing else, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const carrier = new SpdyCarrier(new Told(), IGNORED);
        throwsProtocolErrors(() => carrier.fromClient(Buffer.from(bytes)));
        throwsProtocolErrors(() => carrier.fromTarget(Buffer.from(bytes)));
      }),
    );
  });
});

describe('offers', () => {
  const request: HttpRequest = {
    ...{ method: 'GET', scheme: 'https', authority: 'a', path: '/', query: '', version: '1.1' },
    fields: FieldList.of([
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ['sec-websocket-extensions', 'permessage-deflate'],
      ['sec-websocket-protocol', `${V5}, base64.channel.k8s.io`],
      ['x-stream-protocol-version', 'v5.channel.k8s.io'],
      ['x-stream-protocol-version', V4],
    ]),
    ...{ upgrade: 'websocket', bodyBytes: 0, body: WholeBody.empty },
  };

  it('leave what is followed, and no extension', () => {
    const offered = offerSubprotocols(request, CHANNEL_PROTOCOLS).fields;
    assert.equal(offered.get('sec-websocket-protocol'), V5);
    assert(!offered.has('sec-websocket-extensions'));
    const versions = offerProtocols(request, [V4]).fields.all('x-stream-protocol-version');
    assert.deepEqual(versions, [V4]);
  });

  it('are read in time that grows with their length', () => {
    const long = `${V5}, a${' '.repeat(1_000_000)}, b`;
    const fields = request.fields.with('sec-websocket-protocol', long);
    // With its square it would take minutes, and the run of tests would end.
    const offered = offerSubprotocols({ ...request, fields }, CHANNEL_PROTOCOLS).fields;
    assert.equal(offered.get('sec-websocket-protocol'), V5);
  });

  it('are refused where nothing is', () => {
    assert.throws(() => offerSubprotocols(request, ['v9.channel.k8s.io']), ProblemError);
    assert.throws(() => offerProtocols(request, ['v9.channel.k8s.io']), ProblemError);
  });
});

describe('ResizeReader', () => {
  it('reads sizes in pieces, and nothing else', () => {
    const reader = new ResizeReader();
    assert.deepEqual(reader.push(Buffer.from('{"Width":80,')), []);
    assert.deepEqual(reader.push(Buffer.from('"Height":24}\n{"Width":1,"Height":2}')), [
      { columns: 80, rows: 24 },
      { columns: 1, rows: 2 },
    ]);
    for (const text of [
      '{"width":80,"height":24}',
      '{"Width":70000,"Height":1}',
      '{}',
      'x'.repeat(300),
    ]) {
      assert.throws(() => new ResizeReader().push(Buffer.from(text)), ProtocolError);
    }
  });
});

describe('readCommandStatus', () => {
  it('reads how a command ended', () => {
    const status = (text: string): unknown => readCommandStatus(Buffer.from(text));
    const causes = [{ reason: 'ExitCode', message: '3' }];
    assert.deepEqual(status('{"status":"Success"}'), { status: 0 });
    assert.deepEqual(status(JSON.stringify({ status: 'Failure', details: { causes } })), {
      status: 3,
    });
    for (const text of ['', '{}', 'null', '{"status":"Failure"}', '{"details":{"causes":1}}']) {
      assert.deepEqual(status(text), { signal: 'unknown', coreDumped: false });
    }
  });
});

function throwsProtocolErrors(act: () => void): void {
  try {
    act();
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
  }
}
