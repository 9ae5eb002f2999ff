import { once } from 'node:events';
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { LivenessWatch } from '../../protocols/tunnel/liveness.ts';
import { tellBreaks } from '../../protocols/tunnel/tell-breaks.ts';
import {
  TUNNEL_LIMITS,
  TUNNEL_SETTINGS,
  widenWindow,
} from '../../protocols/tunnel/tunnel-settings.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import type { OpenedStream, OpenStream } from '../../upstream/open-stream.ts';
import { encodePeerLine } from '../../wire/peer/peer-line.ts';
import { encodeStreamAnswer } from '../../wire/tunnel/stream-answer.ts';
import { decodeStreamRequest } from '../../wire/tunnel/stream-request.ts';
import { ANSWER_FIELD, REQUEST_FIELD } from '../../wire/tunnel/tunnel-protocol.ts';
import { PeerError } from './peer-error.ts';
import { CONNECTORS_FIELD } from './peer-identity.ts';
import { decodePeerQuestion, PEER_QUESTION_BYTES_MAX, type PeerQuestion } from './peer-question.ts';

/** Answers a question: the values that it is answered with, as they come. */
export type AnswerPeer = (question: PeerQuestion, signal: AbortSignal) => AsyncIterable<unknown>;

/** What a gateway does for another. */
export interface PeerService {
  readonly answer: AnswerPeer;
  /**
   * Opens a stream through a connector that is attached here, for a session of the other gateway.
   *
   * @throws {UpstreamError} If there is none, or it refuses, or the target's file does not name it.
   */
  readonly openStream: OpenStream;
}

const { NGHTTP2_CANCEL } = constants;
/** Streams of one gateway at the same time: those that are carried for its sessions, and its questions. */
const STREAMS_MAX = 100_000;
/** Milliseconds that a target has to take the last words of a stream that is over. */
const LINGER_MS = 30_000;

/**
 * Serves another gateway on a connection that its certificate was checked on.
 *
 * @param socket Of a gateway: whoever calls has read that in the certificate.
 */
export function servePeer(socket: TLSSocket, service: PeerService, log: Log): void {
  const session = performServerHandshake(socket, {
    settings: { ...TUNNEL_SETTINGS, maxConcurrentStreams: STREAMS_MAX },
    ...TUNNEL_LIMITS,
  });
  widenWindow(session);
  const liveness = new LivenessWatch(session, (state) => state === 'dead' && session.destroy());
  session.once('close', () => {
    liveness[Symbol.dispose]();
    socket.destroy();
  });
  session.on('error', () => undefined); // The other end is gone; who asked hears of it there.
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    const isStream = headers[':method'] === 'CONNECT';
    const served = isStream ? carry(stream, headers, service) : serve(stream, service.answer, log);
    void served.catch((error: unknown) => {
      logUnexpectedError(log, 'gateway link', error);
      stream.close(NGHTTP2_CANCEL);
    });
  });
}

/** Joins a stream to one through a connector of ours. */
async function carry(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { openStream }: PeerService,
): Promise<void> {
  tellBreaks(stream);
  const gone = new AbortController();
  // What is broken off is not closed before all that has come is read, which nobody may do any more.
  const leave = (): void => gone.abort();
  stream.once('aborted', leave);
  stream.once('close', leave);
  const request = decodeStreamRequest(String(headers[REQUEST_FIELD]));
  const connectors = String(headers[CONNECTORS_FIELD]).split(',');
  let opened: OpenedStream;
  try {
    opened = await openStream(connectors, request, gone.signal);
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!(error instanceof UpstreamError)) throw error;
    const code = error.code === 'ERR_UPSTREAM_LOGIN' ? 'login-failed' : 'target-unreachable';
    const refusal = encodeStreamAnswer({ kind: 'refused', code, message: error.message });
    stream.respond({ ':status': 502, [ANSWER_FIELD]: refusal }, { endStream: true });
    return;
  }
  if (stream.destroyed) return void opened.stream.destroy();
  // From now on it closes once all is said, which the target may still be taking.
  let lingering: NodeJS.Timeout | undefined;
  const linger = (): void => {
    lingering = setTimeout(leave, LINGER_MS).unref();
  };
  stream.off('close', leave);
  stream.once('close', linger);
  const { facts } = opened;
  const answer = encodeStreamAnswer({ kind: 'opened', ...(facts !== undefined && { facts }) });
  stream.respond({ ':status': 200, [ANSWER_FIELD]: answer });
  try {
    await Promise.all([
      pipeline(stream, opened.stream, { signal: gone.signal }),
      pipeline(opened.stream, stream, { signal: gone.signal }),
    ]);
  } catch {
    // Either end that breaks takes the other with it.
    opened.stream.destroy();
    stream.destroy();
  } finally {
    stream.off('close', linger);
    clearTimeout(lingering);
  }
}

async function serve(stream: ServerHttp2Stream, answer: AnswerPeer, log: Log): Promise<void> {
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
    if (!(error instanceof PeerError)) logUnexpectedError(log, 'gateway link', error);
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
