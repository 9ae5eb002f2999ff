import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { tellBreaks } from '../protocols/tunnel/tell-breaks.ts';
import { ProtocolError } from '../wire/protocol-error.ts';
import { encodeStreamAnswer, type StreamRefusal } from '../wire/tunnel/stream-answer.ts';
import { decodeStreamRequest, type StreamRequest } from '../wire/tunnel/stream-request.ts';
import { ANSWER_FIELD, REQUEST_FIELD } from '../wire/tunnel/tunnel-protocol.ts';
import type { CarriedRecords } from './carried-records.ts';
import { countBytes } from './count-bytes.ts';
import { StreamRefusedError } from './stream-refused-error.ts';
import type { TargetOpener, TargetStream } from './target-stream.ts';

/** Milliseconds for connection and login. */
const OPEN_TIMEOUT_MS = 30_000;
/** HTTP statuses say no more than the codes; they are for who looks at a tunnel with other tools. */
const REFUSED_STATUS = 403;

/** What a stream is served with. */
export interface StreamParts {
  /** Name of the gateway at the other end, as its certificate has it. */
  readonly gateway: string;
  readonly targets: TargetOpener;
  readonly records: Pick<CarriedRecords, 'count'>;
  readonly isLeaving: () => boolean;
  readonly onUnexpectedError: (error: unknown) => void;
}

/** Serves one stream of a tunnel: what is asked for is looked up here, and nothing else is connected to. */
export async function serveStream(
  stream: ServerHttp2Stream,
  head: IncomingHttpHeaders,
  parts: StreamParts,
): Promise<void> {
  tellBreaks(stream);
  stream.on('error', () => stream.close());
  // Node waits for what has come to be read first: for ever, if the target reads nothing before it can write.
  stream.once('aborted', () => stream.destroy());
  const closed = new AbortController();
  stream.once('close', () => closed.abort());
  const request = readRequest(head);
  if (request === undefined) return refuse(stream, 'malformed', 'no request that is understood');
  if (parts.isLeaving()) return refuse(stream, 'leaving', 'the connector ends');
  const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]);
  let target: TargetStream;
  try {
    target = await parts.targets.open(request, signal);
  } catch (error) {
    if (error instanceof StreamRefusedError) return refuse(stream, error.code, error.message);
    if (signal.aborted) return refuse(stream, 'target-unreachable', 'not in time');
    parts.onUnexpectedError(error);
    return refuse(stream, 'failed', 'failure of the connector');
  }
  if (stream.destroyed) return target.close();
  const { carried, done } = parts.records.count(parts.gateway, request);
  stream.once('close', done);
  countBytes(stream, carried);
  const { facts } = target;
  stream.respond({
    ':status': 200,
    [ANSWER_FIELD]: encodeStreamAnswer({ kind: 'opened', ...(facts !== undefined && { facts }) }),
  });
  target.join(stream, () => {
    carried.operations += 1;
  });
}

function readRequest(head: IncomingHttpHeaders): StreamRequest | undefined {
  const field = head[REQUEST_FIELD];
  try {
    const request = decodeStreamRequest(typeof field === 'string' ? field : '');
    // Two names for a target would let one end check what the other does not open.
    return head[':authority'] === request.target ? request : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function refuse(stream: ServerHttp2Stream, code: StreamRefusal, message: string): void {
  if (stream.destroyed) return;
  const answer = encodeStreamAnswer({ kind: 'refused', code, message });
  stream.respond({ ':status': REFUSED_STATUS, [ANSWER_FIELD]: answer }, { endStream: true });
}
