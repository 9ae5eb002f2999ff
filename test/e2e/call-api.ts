import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

/** Where the control plane is, and who asks. */
export interface ApiCaller {
  readonly port: number;
  readonly token: string;
  /** PEM file of the authority to trust. */
  readonly authorityFile: string;
}

/** Calls the control plane; fails unless it answers with 2xx. */
export async function callApi<Answer>(
  { port, token, authorityFile }: ApiCaller,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const sent = request({
    host: 'localhost',
    port,
    path,
    method,
    ca: await readFile(authorityFile),
    headers: {
      authorization: `Bearer ${token}`,
      'idempotency-key': randomUUID(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const content = await text(answer);
  const status = answer.statusCode ?? 0;
  assert(status >= 200 && status < 300, `${method} ${path}: ${status} ${content}`);
  return JSON.parse(content) as Answer;
}
