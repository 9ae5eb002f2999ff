import type { HttpEnvironment } from './environment.ts';
import { decodeFrames, FrameFlag, FrameType } from './http2-frames.ts';
import { openSocket } from './raw-exchange.ts';

/** Far more than any attempt takes; then the test fails by itself. */
const ANSWER_MS_MAX = 30_000;

/** How an attempt ends: a whole response on stream 1, its reset, or the connection's end. */
export type End = 'response' | 'reset' | 'connection';

/** Sends bytes, in pieces, on a connection of HTTP/2 of their own. */
export async function attemptHttp2(
  gateway: HttpEnvironment,
  pieces: readonly Buffer[],
): Promise<End> {
  const socket = await openSocket(gateway, 'h2');
  try {
    return await new Promise<End>((resolve, reject) => {
      const late = (): void => reject(new Error('Cannot end: nothing came'));
      socket.setTimeout(ANSWER_MS_MAX, late);
      socket.on('error', () => resolve('connection')).on('close', () => resolve('connection'));
      let received: Buffer = Buffer.alloc(0);
      socket.on('data', (piece: Buffer) => {
        const { frames, rest } = decodeFrames(Buffer.concat([received, piece]));
        received = rest;
        for (const { type, flags, streamId } of frames) {
          if (type === FrameType.goaway) resolve('connection');
          if (streamId !== 1) continue;
          if (type === FrameType.rstStream) resolve('reset');
          const carries = type === FrameType.headers || type === FrameType.data;
          if (carries && (flags & FrameFlag.endStream) !== 0) resolve('response');
        }
      });
      for (const piece of pieces) socket.write(piece);
    });
  } finally {
    socket.destroy();
  }
}
