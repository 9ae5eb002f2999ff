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
/** Streams of one connection to a port, as clients number them. */
const ERROR_STREAM = 1;
const DATA_STREAM = 3;

/** Sends something to a port of the pod `web`, and resolves with what comes back. Rejects if nothing does. */
export async function askPodPort(
  world: KubernetesEnvironment,
  port: number,
  message: string,
): Promise<string> {
  const { answer, socket } = await openPodPort(world, port, message);
  socket.destroy();
  return answer;
}

/**
 * The same over a WebSocket that stays open, as kubectl from 1.31 on does it. By hand: libraries take no subprotocol with a
 * slash in its name.
 */
export async function openPodPort(
  world: KubernetesEnvironment,
  port: number,
  message: string,
): Promise<{ readonly answer: string; readonly socket: Duplex }> {
  const socket = await upgrade(world);
  const encoder = new FrameEncoder(() => randomBytes(MASK_BYTES));
  const deflater = new HeaderDeflater(RAW_DEFLATE);
  const open = (streamId: number, type: string): Buffer =>
    encodeControlFrame(
      {
        ...{ kind: 'syn-stream', streamId, associatedStreamId: 0, priority: 0 },
        ...{ isLast: type === 'error', isUnidirectional: false },
        fields: FieldList.of([
          ['streamtype', type],
          ['port', String(port)],
          ['requestid', '0'],
        ]),
      },
      deflater,
    );
  const bytes = Buffer.from(message);
  const frames = [
    open(ERROR_STREAM, 'error'),
    open(DATA_STREAM, 'data'),
    Buffer.concat([encodeDataHead(DATA_STREAM, bytes.length, true), bytes]),
  ];
  for (const frame of frames) socket.write(encoder.data('binary', frame, true));
  return { answer: await readStream(socket), socket };
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

function readStream(socket: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let shown = '';
    const streams = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
      control: () => {},
      data: (streamId, piece, isLast) => {
        if (streamId !== DATA_STREAM) return;
        shown += piece.toString('utf8');
        if (isLast) resolve(shown);
      },
    });
    const frames = new FrameDecoder('server', {
      data: (_kind, piece) => streams.push(piece),
      ping: () => {},
      pong: () => {},
      close: () => {},
    });
    socket.on('data', (bytes: Buffer) => frames.push(bytes));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The port-forward ended before it was answered')));
  });
}
