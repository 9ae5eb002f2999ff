import { describePlace, listRelations, type Notice } from './notice.ts';
import type { Warning } from './warning.ts';

/** Ids of the buttons and of the form, as Slack sends them back. */
export const SLACK_ACTIONS = { approve: 'sallyport-approve', reject: 'sallyport-reject' } as const;

/** Where the form keeps the reason of a rejection. */
export const REJECT_FORM = { block: 'comment', input: 'text', submit: 'sallyport-reject' } as const;

type Block = Readonly<Record<string, unknown>>;

/** Characters of a `plain_text` object in a section. */
const TEXT_LENGTH_MAX = 2_900;
/** Of those, with what a line begins with. */
const SUBJECT_LENGTH_MAX = 300;
const RELATIONS_LENGTH_MAX = 600;
const JUSTIFICATION_LENGTH_MAX = 1_200;

/**
 * A message with buttons while the request waits. Words of others are in `plain_text` and in preformatted
 * text, in which Slack reads no markup, so that nobody writes a button or a mention into it.
 *
 * @see https://docs.slack.dev/block-kit
 */
export function describeSlackMessage(notice: Notice): {
  readonly text: string;
  readonly blocks: Block[];
} {
  const { title, settings, statement, state } = notice;
  const isWaiting = state === 'pending' || state === 'unreviewed';
  return {
    text: plainOf(title),
    blocks: [
      { type: 'header', text: plainText(title.slice(0, 150)) },
      { type: 'section', text: plainText(describeFacts(notice)) },
      ...(settings.length === 0
        ? []
        : [
            { type: 'section', text: plainText('Set in the session before:') },
            preformatted(settings.join('\n').slice(0, TEXT_LENGTH_MAX)),
            { type: 'section', text: plainText('What would run:') },
          ]),
      ...(statement === undefined ? [] : [preformatted(statement)]),
      ...(isWaiting ? [buttons(notice)] : []),
    ],
  };
}

/** A message about an alert, with a link to it. */
export function describeSlackWarning({ title, facts, url }: Warning): {
  readonly text: string;
  readonly blocks: Block[];
} {
  const lines = facts.map(([name, value]) => `${name}: ${value}`).join('\n');
  return {
    text: plainOf(title),
    blocks: [
      { type: 'header', text: plainText(title.slice(0, 150)) },
      { type: 'section', text: plainText(lines.slice(0, TEXT_LENGTH_MAX)) },
      ...(url === undefined ? [] : [{ type: 'actions', elements: [openButton(url)] }]),
    ],
  };
}

/** The form that asks for the reason of a rejection. */
export function describeRejectForm(requestId: string): Block {
  return {
    type: 'modal',
    callback_id: REJECT_FORM.submit,
    private_metadata: requestId,
    title: plainText('Reject'),
    submit: plainText('Reject'),
    close: plainText('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: REJECT_FORM.block,
        label: plainText('Why? The requester sees it.'),
        element: { type: 'plain_text_input', action_id: REJECT_FORM.input, max_length: 1_000 },
      },
    ],
  };
}

function describeFacts(notice: Notice): string {
  const { subject, requester, reason, justification, classesTouched, reviewers, expiresAt } =
    notice;
  return [
    // Nothing of others stands before it.
    `Asks for: ${subject}`.slice(0, SUBJECT_LENGTH_MAX),
    `Who: ${requester.name} (${requester.id})`,
    `Target: ${describePlace(notice)}`,
    `Why: ${reason}`,
    `Touches: ${listRelations(notice)}`.slice(0, RELATIONS_LENGTH_MAX),
    `Data classes: ${classesTouched.join(', ') || 'none'}`,
    `Has to be approved by: ${reviewers}`,
    `Until: ${expiresAt}`,
    // Words of others come last: they are long enough to push out what stands behind them.
    `Justification: ${justification ?? 'none given'}`.slice(0, JUSTIFICATION_LENGTH_MAX),
    ...notice.reviews.map(
      ({ reviewer, verdict, comment }) =>
        `${reviewer}: ${verdict}${comment === '' ? '' : `, ${comment}`}`,
    ),
  ]
    .join('\n')
    .slice(0, TEXT_LENGTH_MAX);
}

function buttons({ requestId, url, isWhole }: Notice): Block {
  const approve = {
    type: 'button',
    style: 'primary',
    action_id: SLACK_ACTIONS.approve,
    value: requestId,
    text: plainText('Approve'),
  };
  return {
    type: 'actions',
    elements: [
      ...(isWhole ? [approve] : []),
      {
        type: 'button',
        style: 'danger',
        action_id: SLACK_ACTIONS.reject,
        value: requestId,
        text: plainText('Reject'),
      },
      ...(url === undefined ? [] : [openButton(url)]),
    ],
  };
}

function openButton(url: string): Block {
  return { type: 'button', action_id: 'sallyport-open', url, text: plainText('Open') };
}

function preformatted(text: string): Block {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
  };
}

function plainText(text: string): Block {
  return { type: 'plain_text', text, emoji: false };
}

/** The fallback text is markup, of which three characters are all there is to escape. */
function plainOf(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
