import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ApiCaller } from '../e2e/call-api.ts';

/** What a control plane answered, whatever it was. */
export interface TextAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks a control plane for what need not be JSON; `form` is posted. */
export async function requestText(
  { port, token, authorityFile }: ApiCaller,
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<TextAnswer> {
  const sent = request({
    ...{ host: 'localhost', port, path, method: form === undefined ? 'GET' : 'POST' },
    ca: await readFile(authorityFile),
    headers: {
      authorization: `Bearer ${token}`,
      ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
  });
  sent.end(form === undefined ? undefined : new URLSearchParams(form).toString());
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}
