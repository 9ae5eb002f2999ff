import { once } from 'node:events';
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { TUNNEL_LIMITS, TUNNEL_SETTINGS } from '../../protocols/tunnel/flow-control.ts';
import { LivenessWatch } from '../../protocols/tunnel/liveness.ts';
import { logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { encodePeerLine } from '../../wire/peer/peer-line.ts';
import { PeerError } from './peer-error.ts';
import { decodePeerQuestion, PEER_QUESTION_BYTES_MAX, type PeerQuestion } from './peer-question.ts';

/** Answers a question: the values that it is answered with, as they come. */
export type AnswerPeer = (question: PeerQuestion, signal: AbortSignal) => AsyncIterable<unknown>;

const { NGHTTP2_CANCEL } = constants;
/** Questions of one gateway at the same time. */
const STREAMS_MAX = 256;

/**
 * Serves another gateway on a connection that its certificate was checked on.
 *
 * @param socket Of a gateway: whoever calls has read that in the certificate.
 */
export function servePeer(socket: TLSSocket, answer: AnswerPeer, log: Log): void {
  const session = performServerHandshake(socket, {
    settings: { ...TUNNEL_SETTINGS, maxConcurrentStreams: STREAMS_MAX },
    ...TUNNEL_LIMITS,
  });
  const liveness = new LivenessWatch(session, (state) => state === 'dead' && session.destroy());
  session.once('close', () => liveness[Symbol.dispose]());
  session.on('error', () => undefined); // The other end is gone; who asked hears of it there.
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    if (headers[':method'] !== 'POST') {
      stream.respond({ ':status': 405 }, { endStream: true });
      return;
    }
    void serve(stream, answer).catch((error: unknown) => {
      logUnexpectedError(log, 'gateway link', error);
      stream.close(NGHTTP2_CANCEL);
    });
  });
}

async function serve(stream: ServerHttp2Stream, answer: AnswerPeer): Promise<void> {
  const gone = new AbortController();
  stream.once('close', () => gone.abort());
  const question = decodePeerQuestion(await readQuestion(stream));
  stream.respond({ ':status': 200 });
  try {
    for await (const value of answer(question, gone.signal)) {
      const room = stream.write(encodePeerLine({ kind: 'value', value }));
      if (!room) await once(stream, 'drain', { signal: gone.signal });
      if (gone.signal.aborted) return;
    }
    stream.end(encodePeerLine({ kind: 'end' }));
  } catch (error) {
    if (gone.signal.aborted) return;
    // Why is for this gateway's own log, unless it was said to be told.
    const reason = error instanceof PeerError ? error.message : 'it failed';
    stream.end(encodePeerLine({ kind: 'failed', reason }));
    if (!(error instanceof PeerError)) throw error;
  }
}

async function readQuestion(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > PEER_QUESTION_BYTES_MAX) throw new Error('Cannot read question: it is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
