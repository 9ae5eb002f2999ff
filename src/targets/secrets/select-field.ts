import type { SecretContent } from './secret-source.ts';

/** Why there is no such field, for the person who wrote the reference. Says nothing of what there is. */
export type MissingField =
  | 'is not JSON with fields'
  | 'has no such field'
  | 'is no text in that field';

/**
 * One field of what a source holds, or all of it: as it is, or as JSON where the source has fields itself.
 *
 * @returns A copy, which is the caller's.
 */
export function selectField(
  content: SecretContent,
  field: string | undefined,
): Buffer | MissingField {
  if (!Buffer.isBuffer(content)) {
    if (field === undefined) return Buffer.from(formatFields(content));
    const value = content.get(field);
    return value === undefined ? 'has no such field' : Buffer.from(value);
  }
  if (field === undefined) return Buffer.from(content);
  const fields = parseFields(content);
  if (fields === undefined) return 'is not JSON with fields';
  if (!Object.hasOwn(fields, field)) return 'has no such field';
  const value = fields[field];
  if (typeof value === 'string' || typeof value === 'number') return Buffer.from(String(value));
  return 'is no text in that field';
}

function formatFields(fields: ReadonlyMap<string, Buffer>): string {
  const texts = [...fields].map(([name, value]) => [name, value.toString('utf8')]);
  return JSON.stringify(Object.fromEntries(texts));
}

function parseFields(content: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
