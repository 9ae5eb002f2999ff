import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { BodyDecoder } from '../../src/wire/http/body-decoder.ts';
import { findHeadEnd } from '../../src/wire/http/head-end.ts';
import { decodeResponseHead } from '../../src/wire/http/response-head.ts';
import { type HttpEnvironment, TARGET_HOST } from './environment.ts';

/** Far more than any exchange here takes; then the test fails by itself. */
const ANSWER_MS_MAX = 30_000;

/** A whole response. */
export interface RawResponse {
  readonly status: number;
  readonly body: string;
}

/** Opens a TLS connection to the gateway, as a client of the target. */
export async function openSocket(
  world: HttpEnvironment,
  applicationProtocol: 'http/1.1' | 'h2',
): Promise<TLSSocket> {
  const ca = await readFile(world.authorityFile, 'utf8');
  const { host, port } = world.address;
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host, port, ca, servername: TARGET_HOST, ALPNProtocols: [applicationProtocol] },
      () => {
        socket.setTimeout(0);
        resolve(socket);
      },
    );
    socket.once('error', reject);
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error('Cannot open TLS: too late')));
  });
}

/** Sends bytes on a connection of HTTP/1.1, and resolves with all that came once the gateway has closed it. */
export async function exchangeRaw(world: HttpEnvironment, bytes: Buffer): Promise<Buffer> {
  const socket = await openSocket(world, 'http/1.1');
  const received: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`Cannot end: after ${Buffer.concat(received).toString('latin1')}`));
    }, ANSWER_MS_MAX);
    socket.on('data', (piece: Buffer) => void received.push(piece));
    // A gateway that closes while we still send may reset the connection.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(late);
      resolve(Buffer.concat(received));
    });
    socket.write(bytes);
  });
}

/** Takes responses apart; interim ones are passed over. @param methods Of the requests, in order; GET where there are more. */
export function decodeResponses(
  received: Buffer,
  methods: readonly string[] = [],
): readonly RawResponse[] {
  const responses: RawResponse[] = [];
  let at = 0;
  while (at < received.length) {
    const end = findHeadEnd(received, at);
    if (end === -1) throw new Error('Cannot decode the responses: a head is cut');
    const head = decodeResponseHead(received, at, end, methods[responses.length] ?? 'GET');
    at = end;
    if (head.status < 200) continue;
    let body = '';
    const decoder = new BodyDecoder(head.framing, {
      data: (piece) => void (body += piece.toString('latin1')),
      end: () => undefined,
    });
    at += decoder.push(received.subarray(at));
    decoder.close();
    responses.push({ status: head.status, body });
  }
  return responses;
}
