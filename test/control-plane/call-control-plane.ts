import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { FakeControlPlane } from './start-fake-control-plane.ts';

/** What a call sends. */
export interface CallOptions {
  readonly authorization?: readonly string[];
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Calls a control plane by node:https, which sends the path as it is. Of an answer without an end, its beginning is read. */
export async function callControlPlane(
  { controlPlane, ca }: Pick<FakeControlPlane, 'controlPlane' | 'ca'>,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<CallAnswer> {
  const { authorization = [], form, json, headers = {} } = options;
  const body = form === undefined ? json : new URLSearchParams(form).toString();
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const outgoing = request({
    host: '127.0.0.1',
    port: controlPlane.address.port,
    method,
    path,
    ca,
    agent: false,
    headers: {
      ...headers,
      ...(body !== undefined && { 'content-type': type, 'content-length': body.length }),
    },
  });
  // One header line each, as a client might send them.
  if (authorization.length > 0) outgoing.setHeader('authorization', [...authorization]);
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.setEncoding('utf8');
  let text = '';
  const isEndless = incoming.headers['content-type']?.startsWith('text/event-stream') === true;
  for await (const chunk of incoming as AsyncIterable<string>) {
    text += chunk;
    if (isEndless) break;
  }
  return { status: incoming.statusCode ?? 0, text, headers: incoming.headers };
}
