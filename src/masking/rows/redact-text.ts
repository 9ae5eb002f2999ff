import type { TextMasks } from './findings.ts';

/** Masks what the detectors find in a text. */
export function redactText(text: string, masks: TextMasks): string {
  const bytes = Buffer.from(text);
  return masks.redact(bytes, 0, bytes.length)?.toString('utf8') ?? text;
}
