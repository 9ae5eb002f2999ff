import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Duplex, PassThrough, Writable } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { RAW_DEFLATE } from '../../../src/protocols/http/kubernetes/streams/raw-deflate.ts';
import { FieldList } from '../../../src/wire/http/field-list.ts';
import { encodeControlFrame, type SynStream } from '../../../src/wire/spdy/control-frame.ts';
import { encodeDataHead, SpdyFrameDecoder } from '../../../src/wire/spdy/frame-decoder.ts';
import { HeaderDeflater, HeaderInflater } from '../../../src/wire/spdy/header-compression.ts';
import { FrameDecoder } from '../../../src/wire/websocket/frame-decoder.ts';
import { FrameEncoder } from '../../../src/wire/websocket/frame-encoder.ts';
import { type FakeContainer, PAGE } from './fake-container.ts';

/** Names by number, as messages of WebSockets have them. */
const CHANNELS: readonly string[] = ['stdin', 'stdout', 'stderr', 'error', 'resize'];
const CLOSE_CHANNEL = 255;
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
/** RFC 6455 section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Serves exec, attach and port-forward as an API server does, over WebSocket and SPDY. */
export class StreamServer {
  readonly #container: FakeContainer;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) =>
      ['v5.channel.k8s.io', 'v4.channel.k8s.io'].find((one) => offered.has(one)) ?? false,
  });

  constructor(container: FakeContainer) {
    this.#container = container;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost');
    socket.on('error', () => {});
    const isForward = pathname.endsWith('/portforward');
    if (request.headers.upgrade?.toLowerCase() === 'websocket') {
      if (isForward) return forwardOver(request, socket);
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        void this.#runOver(webSocket, searchParams);
      });
      return;
    }
    const version = request.headers['x-stream-protocol-version'] ?? '';
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${String(version)}\r\n\r\n`,
    );
    const streams = openSpdy(socket);
    if (isForward) forward(streams);
    else void this.#run(streams, searchParams);
    if (head.length > 0) socket.unshift(head);
  }

  async #runOver(webSocket: WebSocket, parameters: URLSearchParams): Promise<void> {
    const stdin = new PassThrough();
    webSocket.on('message', (data: Buffer) => {
      if (data[0] === 0) stdin.write(data.subarray(1));
      else if (data[0] === CLOSE_CHANNEL && data[1] === 0) stdin.end();
    });
    webSocket.on('close', () => stdin.end());
    const write = (name: string) => (bytes: Buffer) =>
      webSocket.send(Buffer.concat([Buffer.of(CHANNELS.indexOf(name)), bytes]));
    // As servers begin.
    for (const name of CHANNELS) write(name)(Buffer.alloc(0));
    await this.#runWith(stdin, write, parameters);
    webSocket.close(1000);
  }

  async #run(streams: SpdyStreams, parameters: URLSearchParams): Promise<void> {
    const wanted = ['stdin', 'stdout', 'stderr'].filter((name) => parameters.get(name) === 'true');
    await streams.have([...wanted, 'error']);
    await this.#runWith(streams.stdin, (name) => (bytes) => streams.write(name, bytes), parameters);
    for (const name of [...wanted, 'error']) streams.end(name);
    streams.close();
  }

  async #runWith(
    stdin: PassThrough,
    write: (name: string) => (bytes: Buffer) => void,
    parameters: URLSearchParams,
  ): Promise<void> {
    const ends = {
      stdin,
      stdout: writableTo(write('stdout')),
      stderr: writableTo(write('stderr')),
    };
    const words = parameters.getAll('command');
    const code = await this.#container.run(words, ends, parameters.get('tty') === 'true');
    write('error')(Buffer.from(JSON.stringify(statusOf(code))));
  }
}

function statusOf(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    ...{ metadata: {}, status: 'Failure', reason: 'NonZeroExitCode' },
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function writableTo(write: (bytes: Buffer) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk);
      done();
    },
  });
}

/** The streams that a client opened over SPDY. */
interface SpdyStreams {
  readonly stdin: PassThrough;
  /** Resolves once all of these are open. */
  have(names: readonly string[]): Promise<void>;
  write(name: string, bytes: Buffer): void;
  end(name: string): void;
  /** Calls for each that is opened, now and later. */
  onOpen: (id: number, fields: FieldList) => void;
  /** Calls for what comes on streams that are not `stdin`. */
  onData: (id: number) => void;
  writeTo(id: number, bytes: Buffer, isLast: boolean): void;
  close(): void;
}

/** @param carrier What the frames come from and go to. */
function openSpdy(carrier: Duplex): SpdyStreams {
  const deflater = new HeaderDeflater(RAW_DEFLATE);
  const ids = new Map<string, number>();
  const stdin = new PassThrough();
  let check = (): void => {};
  const streams: SpdyStreams = {
    stdin,
    have: (names) =>
      new Promise((resolve) => {
        check = () => {
          if (names.every((name) => ids.has(name))) resolve();
        };
        check();
      }),
    write: (name, bytes) => streams.writeTo(ids.get(name) ?? 0, bytes, false),
    end: (name) => streams.writeTo(ids.get(name) ?? 0, Buffer.alloc(0), true),
    onOpen: () => {},
    onData: () => {},
    writeTo: (id, bytes, isLast) => {
      if (id !== 0) carrier.write(Buffer.concat([encodeDataHead(id, bytes.length, isLast), bytes]));
    },
    close: () => carrier.end(),
  };
  const open = ({ streamId, fields }: SynStream): void => {
    const reply = { kind: 'syn-reply', streamId, isLast: false, fields: FieldList.empty } as const;
    carrier.write(encodeControlFrame(reply, deflater));
    ids.set(fields.get('streamtype') ?? '', streamId);
    streams.onOpen(streamId, fields);
    check();
  };
  const decoder = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
    control: (frame) => {
      if (frame.kind === 'syn-stream') open(frame);
      else if (frame.kind === 'ping') carrier.write(encodeControlFrame(frame, deflater));
    },
    data: (id, piece, isLast) => {
      if (id !== ids.get('stdin')) return streams.onData(id);
      stdin.write(Buffer.from(piece));
      if (isLast) stdin.end();
    },
  });
  carrier.on('data', (bytes: Buffer) => decoder.push(bytes));
  carrier.on('close', () => stdin.end());
  return streams;
}

/** Every connection to whichever port is answered with the page. */
function forward(streams: SpdyStreams): void {
  /** Streams of errors by those of data: opened in this order, one pair for each connection. */
  const pairs = new Map<number, number>();
  let errorId = 0;
  streams.onOpen = (id, fields) => {
    if (fields.get('streamtype') === 'error') errorId = id;
    else pairs.set(id, errorId);
  };
  streams.onData = (id) => {
    const ofErrors = pairs.get(id);
    if (ofErrors === undefined) return;
    pairs.delete(id);
    streams.writeTo(id, Buffer.from(`HTTP/1.0 200 OK\r\n\r\n${PAGE}`), true);
    streams.writeTo(ofErrors, Buffer.alloc(0), true);
  };
}

/** By hand: libraries take no subprotocol with a slash in its name, which RFC 6455 does not have. */
function forwardOver(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${TUNNEL}\r\n\r\n`,
  );
  const encoder = new FrameEncoder(undefined);
  const carrier = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      socket.write(encoder.data('binary', bytes, true));
      done();
    },
  });
  const decoder = new FrameDecoder('client', {
    data: (_kind, piece) => carrier.push(Buffer.from(piece)),
    ping: (payload) => socket.write(encoder.pong(payload)),
    pong: () => {},
    close: () => socket.end(),
  });
  socket.on('data', (bytes: Buffer) => decoder.push(bytes));
  forward(openSpdy(carrier));
}
