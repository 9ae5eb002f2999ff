import { type Channel, ChannelError } from './channel.ts';
import { describePlace, listRelations, type Notice } from './notice.ts';
import { postDocument } from './post-document.ts';
import type { Warning } from './warning.ts';

/** What a Teams channel is made of. */
export interface TeamsOptions {
  readonly name: string;
  readonly groups: readonly string[];
  /** Of the workflow, or the incoming webhook, that posts cards; holds its own secret. */
  readonly url: string;
  readonly ca: string | undefined;
}

/**
 * Bytes of a message. Teams says 28 KB, and has been seen to refuse what is larger than 21.
 *
 * @see https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 */
const MESSAGE_BYTES_MAX = 20_000;
/** Characters of a value: the first with which the message is small enough. */
const VALUE_LENGTHS_MAX = [2_000, 500, 150] as const;
/** Reviews in a message, the newest ones. */
const REVIEWS_MAX = 10;
/** With it an incoming webhook says, with status 200, that Teams itself did not take the message. */
const REFUSED = /endpoint returned HTTP error (\d{3})/;

/** Posts cards with a link into the console, where the verdict is given. */
export function openTeams({ name, groups, url, ca }: TeamsOptions): Channel {
  const post = async (message: object, signal: AbortSignal): Promise<void> => {
    const body = JSON.stringify(message);
    const answer = await postDocument({ channel: name, url, body, ca }, signal);
    const [, status] = REFUSED.exec(answer) ?? [];
    if (status !== undefined) {
      throw new ChannelError(name, `Teams answered with status ${status}`);
    }
  };
  return {
    name,
    groups,
    async deliver(notice, _receipt, signal) {
      await post(describeCard(notice), signal);
      return undefined;
    },
    warn: (warning, signal) => post(describeWarningCard(warning), signal),
  };
}

/**
 * A message with one Adaptive Card. Texts of others go into elements that show them as they are.
 *
 * @see https://adaptivecards.io/explorer/AdaptiveCard.html
 */
export function describeCard(notice: Notice): object {
  for (const lengthMax of VALUE_LENGTHS_MAX) {
    const message = describeMessage(notice, lengthMax);
    if (Buffer.byteLength(JSON.stringify(message)) <= MESSAGE_BYTES_MAX) return message;
  }
  return describeMessage({ ...notice, statement: undefined }, VALUE_LENGTHS_MAX[2]);
}

function describeMessage(notice: Notice, lengthMax: number): object {
  const { title, subject, reason, requester, settings, statement, url, reviewers } = notice;
  const facts = [
    ['Asks for', subject],
    ['Who', `${requester.name} (${requester.id})`],
    ['Target', describePlace(notice)],
    ['Why', reason],
    ['Justification', notice.justification ?? 'none given'],
    ['Touches', listRelations(notice)],
    ...(settings.length === 0 ? [] : [['Set in the session before', settings.join('; ')]]),
    ['Data classes', notice.classesTouched.join(', ') || 'none'],
    ['Has to be approved by', reviewers],
    ['Until', notice.expiresAt],
    ...notice.reviews
      .slice(-REVIEWS_MAX)
      .map(({ reviewer, verdict, comment }) => [reviewer, `${verdict} ${comment}`]),
  ];
  const more =
    statement === undefined
      ? []
      : [
          {
            type: 'RichTextBlock',
            inlines: [{ type: 'TextRun', fontType: 'monospace', text: statement }],
          },
        ];
  const actions =
    url === undefined ? [] : [{ type: 'Action.OpenUrl', title: 'Open the request', url }];
  return composeCard({ title, facts, more, actions }, lengthMax);
}

/** A message about an alert, as a card. */
export function describeWarningCard({ title, facts, url }: Warning): object {
  const actions =
    url === undefined ? [] : [{ type: 'Action.OpenUrl', title: 'Open the alert', url }];
  return composeCard({ title, facts, more: [], actions }, VALUE_LENGTHS_MAX[1]);
}

interface Card {
  readonly title: string;
  readonly facts: readonly (readonly string[])[];
  /** Elements below the facts. */
  readonly more: readonly object[];
  readonly actions: readonly object[];
}

function composeCard({ title, facts, more, actions }: Card, lengthMax: number): object {
  const show = (text: string): string => plain(shorten(text, lengthMax));
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', size: 'medium', weight: 'bolder', wrap: true, text: show(title) },
            {
              type: 'FactSet',
              facts: facts.map(([name = '', value = '']) => ({
                title: shorten(name, lengthMax),
                value: show(value),
              })),
            },
            ...more,
          ],
          actions,
        },
      },
    ],
  };
}

/** Text blocks and facts are Markdown: links and emphasis in others' words stay words. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]()<>#!~|]/g, '\\$&');
}

function shorten(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax).toWellFormed()} …`;
}
