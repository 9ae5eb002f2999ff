import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Of one request; more is nothing a person would answer. */
const PROMPTS_MAX = 64;

export interface Prompt {
  readonly text: string;
  /** Whether what is typed may be shown. */
  readonly echo: boolean;
}

export interface UserauthInfoRequest {
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly Prompt[];
}

/** Decodes `SSH_MSG_USERAUTH_INFO_REQUEST` (RFC 4256 section 3.2). */
export function decodeUserauthInfoRequest(payload: Buffer): UserauthInfoRequest {
  const reader = readMessage(payload, MessageNumber.UserauthInfoRequest, 'USERAUTH_INFO_REQUEST');
  const name = reader.text();
  const instruction = reader.text();
  reader.string();
  const count = reader.uint32();
  if (count > PROMPTS_MAX) throw reader.error(`${count} prompts`);
  const prompts: Prompt[] = [];
  for (let index = 0; index < count; index++) {
    prompts.push({ text: reader.text(), echo: reader.boolean() });
  }
  reader.expectEnd();
  return { name, instruction, prompts };
}

/** Encodes `SSH_MSG_USERAUTH_INFO_REQUEST`. */
export function encodeUserauthInfoRequest(message: UserauthInfoRequest): Buffer {
  const writer = writeMessage(MessageNumber.UserauthInfoRequest).text(message.name);
  writer.text(message.instruction).text('').uint32(message.prompts.length);
  for (const prompt of message.prompts) writer.text(prompt.text).boolean(prompt.echo);
  return writer.toBuffer();
}
