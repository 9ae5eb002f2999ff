import type { Channel } from './channel.ts';
import type { Notice } from './notice.ts';
import { postDocument } from './post-document.ts';

/** What a Teams channel is made of. */
export interface TeamsOptions {
  readonly name: string;
  readonly groups: readonly string[];
  /** Of the workflow that posts cards; holds its own secret. */
  readonly url: string;
  readonly ca: string | undefined;
}

/** Posts cards with a link into the console, where the verdict is given. */
export function openTeams({ name, groups, url, ca }: TeamsOptions): Channel {
  return {
    name,
    groups,
    async deliver(notice, _receipt, signal) {
      const body = JSON.stringify(describeCard(notice));
      await postDocument({ channel: name, url, body, ca }, signal);
      return undefined;
    },
  };
}

/**
 * A message with one Adaptive Card. Texts of others go into elements that show them as they are.
 *
 * @see https://adaptivecards.io/explorer/AdaptiveCard.html
 */
export function describeCard(notice: Notice): object {
  const { title, reason, target, requester, statement, url, reviewers, expiresAt } = notice;
  const facts = [
    ['Who', `${requester.name} (${requester.id})`],
    ['Target', target],
    ['Why', reason],
    ['Justification', notice.justification ?? 'none given'],
    ['Data classes', notice.classesTouched.join(', ') || 'none'],
    ['Has to be approved by', reviewers],
    ['Until', expiresAt],
    ...notice.reviews.map(({ reviewer, verdict, comment }) => [reviewer, `${verdict} ${comment}`]),
  ];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', size: 'medium', weight: 'bolder', wrap: true, text: plain(title) },
            {
              type: 'FactSet',
              facts: facts.map(([name = '', value = '']) => ({ title: name, value: plain(value) })),
            },
            ...(statement === undefined
              ? []
              : [
                  {
                    type: 'RichTextBlock',
                    inlines: [{ type: 'TextRun', fontType: 'monospace', text: statement }],
                  },
                ]),
          ],
          actions:
            url === undefined ? [] : [{ type: 'Action.OpenUrl', title: 'Open the request', url }],
        },
      },
    ],
  };
}

/** Text blocks and facts are Markdown: links and emphasis in others' words stay words. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]()<>#!~|]/g, '\\$&');
}
