import { type JsonVisitor, walkJson } from './walk-json.ts';

/** A document, or why it cannot be said what it holds. */
export type JsonReading =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Arrays and objects within each other. Whoever looks through what was read calls itself for each, and some servers do. */
export const DEPTH_MAX = 500;

/**
 * Reads a document as every server does. One that has a key twice is not read: of two values each server takes
 * another. Nor is one that is nested more than 500 deep.
 */
export function readPlainJson(body: Buffer): JsonReading {
  const keys = new KeyVisitor(body);
  if (walkJson(body, { start: 0, end: body.length }, keys) !== 'done')
    return unreadable('is no JSON');
  if (keys.isTooDeep) return unreadable('is nested too deep');
  if (keys.hasTwins) return unreadable('has a key twice');
  try {
    return { kind: 'read', value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return unreadable('is no JSON');
  }
}

/** Looks how deep a document is, and whether an object has a key twice, however it is escaped. */
class KeyVisitor implements JsonVisitor {
  hasTwins = false;
  isTooDeep = false;
  readonly #body: Buffer;
  readonly #open: Set<string>[] = [];

  constructor(body: Buffer) {
    this.#body = body;
  }

  enter(): void {
    this.#open.push(new Set());
    this.isTooDeep ||= this.#open.length > DEPTH_MAX;
  }

  leave(): void {
    this.#open.pop();
  }

  key(start: number, end: number): void {
    const text = this.#body.toString('utf8', start, end);
    const key = text.includes('\\') ? unescape(text) : text;
    const known = this.#open.at(-1);
    if (known?.has(key) === true) this.hasTwins = true;
    known?.add(key);
  }

  string(): void {
    // Values are read later.
  }

  literal(): void {
    // Likewise.
  }
}

/** What no parser takes stays as it is: the document is not read then. */
function unescape(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

function unreadable(reason: string): JsonReading {
  return { kind: 'unreadable', reason };
}
