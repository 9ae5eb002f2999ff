import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Slack cannot be had here, so this speaks the part of its Web API that a bot with buttons uses, and sends
 * what people press, signed as Slack signs it.
 *
 * @see https://docs.slack.dev/apis/web-api
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export interface SlackStandIn extends AsyncDisposable {
  readonly apiUrl: string;
  /** Calls of the API, in order. */
  readonly calls: readonly SlackApiCall[];
  /** Waits for a call of that method that has a text in it, and takes it. */
  next(method: string, text?: string): Promise<SlackApiCall>;
  /** Takes all calls of a method that came. */
  forget(method: string): void;
  /** Somebody presses a button or sends a form. Resolves with the status of the answer. */
  send(payload: object, options?: { readonly secret?: string }): Promise<number>;
}

export interface SlackApiCall {
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What Slack answers that names the message. */
  readonly ts: string;
}

/** Where the stand-in sends what people press, and what both sides know. */
export interface SlackStandInOptions {
  readonly token: string;
  readonly signingSecret: string;
  /** The address that would be configured at Slack, once it is known. */
  readonly interactionUrl: () => string;
  readonly authorityFile: () => string;
}

/** Tries, and the milliseconds between them, before a call is given up. */
const LOOKS_MAX = 400;
const LOOK_MS = 25;

/** Starts Slack's stand-in on loopback. */
export async function startSlackStandIn(options: SlackStandInOptions): Promise<SlackStandIn> {
  const calls: SlackApiCall[] = [];
  const taken = new Set<SlackApiCall>();
  const server = createServer((asked, answer) => void serve(asked, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const serve = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const method = asked.url?.replace('/api/', '') ?? '';
    const body = JSON.parse(await text(asked)) as SlackApiCall['body'];
    const isOurs = asked.headers.authorization === `Bearer ${options.token}`;
    const ts = `${calls.length}.000100`;
    if (isOurs) calls.push({ method, body, ts });
    const done = { ok: true, channel: body['channel'], ts };
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(isOurs ? done : { ok: false, error: 'invalid_auth' }));
  };
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    calls,
    forget(method) {
      for (const call of calls) if (call.method === method) taken.add(call);
    },
    async next(method, text = '') {
      for (let looks = 0; looks < LOOKS_MAX; looks++) {
        const found = calls.find(
          (call) =>
            call.method === method && !taken.has(call) && JSON.stringify(call.body).includes(text),
        );
        if (found !== undefined) {
          taken.add(found);
          return found;
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      throw new Error(`Cannot find a call of ${method}: there was none`);
    },
    send: (payload, { secret = options.signingSecret } = {}) => send(options, payload, secret),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Somebody presses a button of a message. */
export function describePress(action: string, requestId: string, user = 'UPETRA'): object {
  const actions = [{ action_id: action, value: requestId }];
  return { type: 'block_actions', user: { id: user }, trigger_id: 'trigger-1', actions };
}

/** Petra sends the form that asks why. */
export function describeRejection(requestId: string, comment: string): object {
  const values = { comment: { text: { value: comment } } };
  const view = {
    ...{ callback_id: 'sallyport-reject', private_metadata: requestId, state: { values } },
  };
  return { type: 'view_submission', user: { id: 'UPETRA' }, view };
}

async function send(
  { interactionUrl, authorityFile }: SlackStandInOptions,
  payload: object,
  secret: string,
): Promise<number> {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signed = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const asking = request(interactionUrl(), {
    method: 'POST',
    ca: await readFile(authorityFile()),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signed}`,
    },
  });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}
