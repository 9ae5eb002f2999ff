import type { MediaType } from '../../wire/http/media-type.ts';
import type { ContentMasker, ContentPlan, OpenContentMasker } from '../content-masker.ts';
import type { MaskMessage, MessagePlan } from './body-subject.ts';

const JSON_TYPE: MediaType = { essence: 'application/json', parameters: new Map() };
const TEXT_TYPE: MediaType = { essence: 'text/plain', parameters: new Map() };
const JSON_STARTS: ReadonlySet<string> = new Set(['{', '[', '"']);

/**
 * Plans messages that do not say what they are: each is what it looks like, JSON or text.
 *
 * @param plan Of a body of this type.
 */
export function planMessages(plan: (mediaType: MediaType) => ContentPlan): MessagePlan {
  const ofJson = plan(JSON_TYPE);
  const ofText = plan(TEXT_TYPE);
  if (ofJson.kind === 'raw' && ofText.kind === 'raw') return { kind: 'raw' };
  if (ofJson.kind === 'refused') return ofJson;
  if (ofText.kind === 'refused') return ofText;
  const maskJson = ofJson.kind === 'raw' ? passMessage : maskWhole(ofJson.openMasker);
  const maskOther = ofText.kind === 'raw' ? passMessage : maskWhole(ofText.openMasker);
  return {
    kind: 'masked',
    mask: (message) => (looksLikeJson(message) ? maskJson(message) : maskOther(message)),
  };
}

/** Masks whole contents, one after the other. */
export function maskWhole(openMasker: OpenContentMasker): MaskMessage {
  return (message) => {
    const output: Buffer[] = [];
    const masker = openMasker((bytes) => void output.push(bytes));
    masker.push(message);
    if (masker.pending !== undefined) return finishLater(masker, output);
    masker.end();
    return masker.pending === undefined ? Buffer.concat(output) : finishEnd(masker, output);
  };
}

async function finishLater(masker: ContentMasker, output: readonly Buffer[]): Promise<Buffer> {
  await masker.pending;
  masker.end();
  return finishEnd(masker, output);
}

async function finishEnd(masker: ContentMasker, output: readonly Buffer[]): Promise<Buffer> {
  await masker.pending;
  return Buffer.concat(output);
}

function passMessage(message: Buffer): Buffer {
  return Buffer.from(message);
}

function looksLikeJson(message: Buffer): boolean {
  const start = message.toString('latin1', 0, 64).trimStart();
  return JSON_STARTS.has(start.charAt(0));
}
