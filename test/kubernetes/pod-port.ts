import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { RAW_DEFLATE } from '../../src/protocols/http/kubernetes/streams/raw-deflate.ts';
import { FieldList } from '../../src/wire/http/field-list.ts';
import { encodeControlFrame } from '../../src/wire/spdy/control-frame.ts';
import { encodeDataHead, SpdyFrameDecoder } from '../../src/wire/spdy/frame-decoder.ts';
import { HeaderDeflater, HeaderInflater } from '../../src/wire/spdy/header-compression.ts';
import { FrameDecoder } from '../../src/wire/websocket/frame-decoder.ts';
import { FrameEncoder } from '../../src/wire/websocket/frame-encoder.ts';
import { MASK_BYTES } from '../../src/wire/websocket/mask.ts';
import { TARGET_HOST } from '../http/environment.ts';
import type { KubernetesEnvironment } from './environment.ts';

const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
/** Sends something to a port of the pod `web`, and resolves with what comes back. Rejects with what went wrong there. */
export async function askPodPort(
  world: KubernetesEnvironment,
  port: number,
  message: string,
): Promise<string> {
  const forward = await PodForward.open(world);
  try {
    return await forward.ask(port, message);
  } finally {
    forward.socket.destroy();
  }
}

/** A connection to a port that waits for its answer. */
interface Asked {
  readonly errorId: number;
  readonly dataId: number;
  answer: string;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A port-forward to the pod `web` over a WebSocket, as kubectl from 1.31 on opens it. By hand: libraries take no subprotocol with
 * a slash in its name.
 */
export class PodForward {
  readonly socket: Duplex;
  readonly #encoder = new FrameEncoder(() => randomBytes(MASK_BYTES));
  readonly #deflater = new HeaderDeflater(RAW_DEFLATE);
  readonly #asked: Asked[] = [];
  #nextId = 1;

  static async open(world: KubernetesEnvironment): Promise<PodForward> {
    return new PodForward(await upgrade(world));
  }

  constructor(socket: Duplex) {
    this.socket = socket;
    const streams = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
      control: () => {},
      data: (streamId, piece, isLast) => this.#take(streamId, piece, isLast),
    });
    const frames = new FrameDecoder('server', {
      data: (_kind, piece) => streams.push(piece),
      ping: () => {},
      pong: () => {},
      close: () => socket.end(),
    });
    const fail = (error: Error): void => {
      for (const { reject } of this.#asked) reject(error);
    };
    socket.on('data', (bytes: Buffer) => frames.push(bytes));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('The port-forward ended before it was answered')));
  }

  /** Sends something to a port; resolves with what comes back, rejects with what is told on its stream for errors. */
  ask(port: number, message: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const errorId = this.#nextId;
      const dataId = errorId + 2;
      this.#nextId += 4;
      this.#asked.push({ errorId, dataId, answer: '', resolve, reject });
      const bytes = Buffer.from(message);
      this.#write(this.#opening(errorId, 'error', port));
      this.#write(this.#opening(dataId, 'data', port));
      this.#write(Buffer.concat([encodeDataHead(dataId, bytes.length, true), bytes]));
    });
  }

  #write(frame: Buffer): void {
    this.socket.write(this.#encoder.data('binary', frame, true));
  }

  #opening(streamId: number, type: 'error' | 'data', port: number): Buffer {
    return encodeControlFrame(
      {
        ...{ kind: 'syn-stream', streamId, associatedStreamId: 0, priority: 0 },
        ...{ isLast: type === 'error', isUnidirectional: false },
        fields: FieldList.of([
          ['streamtype', type],
          ['port', String(port)],
          ['requestid', String(streamId)],
        ]),
      },
      this.#deflater,
    );
  }

  #take(streamId: number, piece: Buffer, isLast: boolean): void {
    for (const asked of this.#asked) {
      if (asked.errorId === streamId && piece.length > 0) asked.reject(new Error(piece.toString()));
      if (asked.dataId !== streamId) continue;
      asked.answer += piece.toString('utf8');
      if (isLast && asked.answer !== '') asked.resolve(asked.answer);
    }
  }
}

async function upgrade({ http }: KubernetesEnvironment): Promise<Duplex> {
  const asked = request({
    ...{ host: 'localhost', port: http.address.port, ca: await readFile(http.authorityFile) },
    path: '/api/v1/namespaces/ward/pods/web/portforward',
    headers: {
      ...{
        Host: `${TARGET_HOST}:${http.address.port}`,
        Authorization: `Bearer ${http.tokenOf('ana')}`,
      },
      ...{ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
      ...{
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        'Sec-WebSocket-Protocol': TUNNEL,
      },
    },
  });
  const refused = once(asked, 'response').then(([response]) => {
    throw new Error(`Cannot forward: ${String((response as IncomingMessage).statusCode)}`);
  });
  asked.end();
  const [, socket] = (await Promise.race([once(asked, 'upgrade'), refused])) as [
    IncomingMessage,
    Duplex,
  ];
  return socket;
}
