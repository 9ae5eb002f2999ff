import type { ServerResponse } from 'node:http';
import { type HttpReceiver, type Posted, startHttpReceiver } from './http-receiver.ts';

/** How Teams takes what is posted at that moment. */
export type TeamsMood =
  | 'well'
  /** Whoever connects is hung up on. */
  | 'down'
  /** More than four messages came in a second. */
  | 'throttling'
  /** The incoming webhook is well; what lies behind it is not, which it says in the answer's text alone. */
  | 'refusing-behind'
  /** The workflow was deleted. */
  | 'gone'
  /** Nothing is ever answered. */
  | 'silent';

/** The part of Microsoft Teams to which messages are posted: a workflow, or an incoming webhook. */
export interface TeamsStandIn extends HttpReceiver {
  mood: TeamsMood;
  /** Cards that were taken, in order. */
  readonly cards: readonly TeamsCard[];
  /** Waits for a card whose text has this in it, and takes it. */
  nextCard(text: string): Promise<TeamsCard>;
}

/** What people see. */
export interface TeamsCard {
  readonly title: string;
  readonly facts: ReadonlyMap<string, string>;
  /** What preformatted text there is. */
  readonly statement: string;
  /** Where its button leads. */
  readonly url: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** A message that Teams would not show; says why. */
class CardError extends Error {
  override readonly name = 'CardError';
}

/**
 * Bytes that Teams takes.
 *
 * @see https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 */
const MESSAGE_BYTES_MAX = 28 * 1024;
const CARD_TYPE = 'application/vnd.microsoft.card.adaptive';
/** Teams shows cards of up to this version. */
const VERSION_MAX = 1.5;
const RETRY_AFTER_SECONDS = 1;

/** Starts Teams' stand-in on loopback. It takes what Teams takes, and answers as Teams does. */
export async function startTeamsStandIn(): Promise<TeamsStandIn> {
  const cards = new Map<Posted, TeamsCard>();
  let mood: TeamsMood = 'well';
  const receiver = await startHttpReceiver((posted, answer) => {
    if (mood !== 'well') return refuse(mood, answer);
    try {
      cards.set(posted, readCard(posted));
      answer.writeHead(202).end();
    } catch (error) {
      if (!(error instanceof CardError)) throw error;
      const isTooLarge = Buffer.byteLength(posted.body) > MESSAGE_BYTES_MAX;
      answer.writeHead(isTooLarge ? 413 : 400).end(error.message);
    }
  });
  return {
    ...receiver,
    get mood() {
      return mood;
    },
    set mood(next: TeamsMood) {
      mood = next;
    },
    get cards() {
      return [...cards.values()];
    },
    async nextCard(text: string): Promise<TeamsCard> {
      const posted = await receiver.next((one) => cards.has(one) && one.body.includes(text));
      return cards.get(posted) ?? failAt('a card that was taken');
    },
  };
}

function refuse(mood: Exclude<TeamsMood, 'well'>, answer: ServerResponse): void {
  switch (mood) {
    case 'down':
      answer.destroy();
      break;
    case 'throttling':
      answer.writeHead(429, { 'retry-after': String(RETRY_AFTER_SECONDS) }).end();
      break;
    case 'refusing-behind':
      answer
        .writeHead(200)
        .end(
          'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x',
        );
      break;
    case 'gone':
      answer.writeHead(404).end();
      break;
    case 'silent':
      break;
  }
}

/**
 * Reads a message as Teams does, strictly: what its documentation and the schema of Adaptive Cards do not
 * have is not taken.
 *
 * @see https://adaptivecards.io/explorer/
 */
function readCard({ headers, body }: Posted): TeamsCard {
  if (Buffer.byteLength(body) > MESSAGE_BYTES_MAX) failAt('its size');
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) failAt('its content type');
  const message = objectAt(JSON.parse(body), 'the message');
  if (message['type'] !== 'message') failAt('type');
  const attachments = listAt(message['attachments'], 'attachments');
  if (attachments.length !== 1) failAt('attachments');
  const attachment = objectAt(attachments[0], 'the attachment');
  if (attachment['contentType'] !== CARD_TYPE) failAt('contentType');
  if (attachment['contentUrl'] !== null) failAt('contentUrl');
  const card = objectAt(attachment['content'], 'content');
  if (card['type'] !== 'AdaptiveCard') failAt('the card');
  const version = textAt(card['version'], 'version');
  if (!/^1\.\d$/.test(version) || Number(version) > VERSION_MAX) failAt('version');
  const [title, facts, statement] = listAt(card['body'], 'body');
  return {
    title: readTextBlock(title),
    facts: readFacts(facts),
    statement: statement === undefined ? '' : readRichText(statement),
    url: readAction(listAt(card['actions'], 'actions')),
  };
}

function readTextBlock(value: unknown): string {
  const block = elementAt(value, 'TextBlock');
  if (!['default', 'small', 'medium', 'large', 'extraLarge'].includes(String(block['size']))) {
    failAt('size');
  }
  if (!['default', 'lighter', 'bolder'].includes(String(block['weight']))) failAt('weight');
  if (typeof block['wrap'] !== 'boolean') failAt('wrap');
  return textAt(block['text'], 'text');
}

function readFacts(value: unknown): ReadonlyMap<string, string> {
  const facts = listAt(elementAt(value, 'FactSet')['facts'], 'facts').map((one) => {
    const fact = objectAt(one, 'a fact');
    return [textAt(fact['title'], 'title'), textAt(fact['value'], 'value')] as const;
  });
  return new Map(facts);
}

function readRichText(value: unknown): string {
  const inlines = listAt(elementAt(value, 'RichTextBlock')['inlines'], 'inlines');
  return inlines
    .map((one) => {
      const run = elementAt(one, 'TextRun');
      if (!['default', 'monospace'].includes(String(run['fontType']))) failAt('fontType');
      return textAt(run['text'], 'text');
    })
    .join('');
}

function readAction(actions: readonly unknown[]): string | undefined {
  if (actions.length === 0) return undefined;
  const action = elementAt(actions[0], 'Action.OpenUrl');
  textAt(action['title'], 'title');
  return new URL(textAt(action['url'], 'url')).href;
}

function elementAt(value: unknown, type: string): Json {
  const element = objectAt(value, type);
  if (element['type'] !== type) failAt(type);
  return element;
}

function objectAt(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) failAt(where);
  return value as Json;
}

function listAt(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : failAt(where);
}

function textAt(value: unknown, where: string): string {
  return typeof value === 'string' && value !== '' ? value : failAt(where);
}

function failAt(where: string): never {
  throw new CardError(`Cannot show the card: ${where} is not what Teams takes`);
}
