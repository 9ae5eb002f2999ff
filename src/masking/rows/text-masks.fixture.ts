import type { TextMasks } from './findings.ts';

/** What the masks of tests look for. */
export const SECRET = 'SECRET';

/** Masks that replace each `SECRET`, and count how often they were asked. */
export interface FakeMasks extends TextMasks {
  /** What they were asked to look through: `text:…` or `json:…`. */
  readonly asked: string[];
}

export function fakeMasks(replacement = 'MASKED'): FakeMasks {
  const asked: string[] = [];
  let found = 0;
  const replace = (kind: string, text: string): Buffer | undefined => {
    asked.push(`${kind}:${text}`);
    found = text.split(SECRET).length - 1;
    return found === 0 ? undefined : Buffer.from(text.replaceAll(SECRET, replacement), 'latin1');
  };
  return {
    asked,
    redact: (bytes, start, end) => replace('text', bytes.toString('latin1', start, end)),
    redactJson: (bytes, start, end) => replace('json', bytes.toString('latin1', start, end)),
    lastFound: () => Array.from({ length: found }, () => 'name'),
  };
}
