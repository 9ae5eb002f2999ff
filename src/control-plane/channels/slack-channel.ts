import { type Channel, ChannelError } from './channel.ts';
import type { Notice } from './notice.ts';
import { postDocument } from './post-document.ts';
import { describeRejectForm, describeSlackMessage, describeSlackWarning } from './slack-message.ts';

/** What a Slack channel is made of. */
export interface SlackOptions {
  readonly name: string;
  readonly groups: readonly string[];
  /** Of the bot. */
  readonly token: string;
  /** Id of the channel at Slack. */
  readonly channel: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly ca: string | undefined;
}

/** A Slack channel, and what else is asked of Slack when people press buttons in it. */
export interface SlackChannel extends Channel {
  /** Opens the form for the reason of a rejection. @throws {ChannelError} If Slack does not. */
  askReason(triggerId: string, requestId: string, signal: AbortSignal): Promise<void>;
  /** Tells one person something that the others do not see. @throws {ChannelError} If Slack does not. */
  tell(user: string, text: string, signal: AbortSignal): Promise<void>;
}

/** Posts one message a request, and changes it when the request is over. */
export function openSlack(options: SlackOptions): SlackChannel {
  const { name, groups, channel } = options;
  return {
    name,
    groups,
    async deliver(notice, receipt, signal) {
      const message = describeSlackMessage(notice);
      if (receipt === undefined || notice.occasion === 'alert') {
        const posted = await ask(options, 'chat.postMessage', { channel, ...message }, signal);
        return readReceipt(options, notice, posted);
      }
      const { channel: where, ts } = JSON.parse(receipt) as Record<string, unknown>;
      await ask(options, 'chat.update', { channel: where, ts, ...message }, signal);
      return receipt;
    },
    async warn(warning, signal) {
      const message = describeSlackWarning(warning);
      await ask(options, 'chat.postMessage', { channel, ...message }, signal);
    },
    async askReason(triggerId, requestId, signal) {
      const view = describeRejectForm(requestId);
      await ask(options, 'views.open', { trigger_id: triggerId, view }, signal);
    },
    async tell(user, text, signal) {
      await ask(options, 'chat.postEphemeral', { channel, user, text }, signal);
    },
  };
}

function readReceipt(
  { name }: SlackOptions,
  { occasion }: Notice,
  { channel, ts }: Readonly<Record<string, unknown>>,
): string | undefined {
  // An alert has a message of its own, which nothing changes.
  if (occasion === 'alert') return undefined;
  if (typeof channel !== 'string' || typeof ts !== 'string') {
    throw new ChannelError(name, 'Slack did not say which message it is');
  }
  return JSON.stringify({ channel, ts });
}

/** @see https://docs.slack.dev/apis/web-api */
async function ask(
  { name, token, apiUrl, ca }: SlackOptions,
  method: string,
  body: object,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await postDocument(
    {
      channel: name,
      url: `${apiUrl}/${method}`,
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${token}` },
      ca,
    },
    signal,
  );
  const document = parseObject(answer);
  if (document?.['ok'] === true) return document;
  const error = document?.['error'];
  // Slack's codes are words; anything else could be whatever.
  const reason =
    typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'no usable answer';
  throw new ChannelError(name, `${method}: ${reason}`);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
