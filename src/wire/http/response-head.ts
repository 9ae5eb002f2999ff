import { type BodyFraming, frameResponse } from './body-framing.ts';
import type { FieldList } from './field-list.ts';
import { decodeFieldSection } from './field-section.ts';
import { isFieldText } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';
import { parseTokenList } from './list-value.ts';
import { reasonPhrase } from './reason-phrase.ts';

/** `HTTP/1.1 200`, the reason behind it may be missing with its blank. */
const STATUS_LINE = /^HTTP\/1\.[01] [1-5][0-9]{2}(?: |$)/;
/** Where they stand in it. */
const MINOR_AT = 7;
const STATUS_AT = 9;

export interface ResponseHead {
  /** From 100 to 599. The reason is not kept: it says nothing that a client may rely on. */
  readonly status: number;
  /** All of them, those between two hops too: see `connection-fields.ts`. */
  readonly fields: FieldList;
  readonly framing: BodyFraming;
  /** Whether another request may be sent on the connection once the body has ended. */
  readonly keepAlive: boolean;
  /** What the server speaks from here on, in lower case; with status 101 only. */
  readonly upgrade: string | undefined;
}

/**
 * Decodes the head of a response of HTTP/1.1 or 1.0 (RFC 9112).
 *
 * @param end Behind its empty line: see `head-end.ts`.
 * @param method Of the request that it answers.
 * @throws {HttpMessageError} If there is any doubt what it says.
 */
export function decodeResponseHead(
  bytes: Buffer,
  start: number,
  end: number,
  method: string,
): ResponseHead {
  const text = bytes.toString('latin1', start, end);
  const lineEnd = text.indexOf('\r\n');
  const line = text.slice(0, lineEnd);
  if (!STATUS_LINE.test(line) || !isFieldText(line)) {
    throw new HttpMessageError('response', 'does not start with a version and a status');
  }
  const status = Number(line.slice(STATUS_AT, STATUS_AT + 3));
  const fields = decodeFieldSection(text, lineEnd + 2, 'response');
  fields.checkSingular();
  const framing = frameResponse(method, status, fields);
  const isOld = line[MINOR_AT] === '0';
  if (isOld && framing.kind === 'chunked') {
    throw new HttpMessageError('response', 'has chunks in HTTP/1.0');
  }
  const connection = parseTokenList(fields.get('connection'), 'connection');
  const closes = isOld || framing.kind === 'until-close' || connection.includes('close');
  const isUpgraded = status === 101 && connection.includes('upgrade');
  return {
    status,
    fields,
    framing,
    keepAlive: !closes,
    upgrade: isUpgraded ? fields.get('upgrade')?.toLowerCase() : undefined,
  };
}

/** Encodes the head of a response: `fields` hold the framing of the body. */
export function encodeResponseHead(status: number, fields: FieldList): Buffer {
  const line = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
  return Buffer.from(`${line}${fields.format()}\r\n`, 'latin1');
}
