import type { z } from 'zod';
import { findSimilar } from './find-similar.ts';

/** Zod's code for keys that a schema does not have. */
export const UNKNOWN_KEYS = 'unrecognized_keys';

/**
 * Says what a value must be, never what it was: it could be a secret in the wrong place.
 *
 * @param value What stands there; undefined when nothing does.
 */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined || value === null
        ? 'is missing'
        : `must be ${nameType(issue.expected)}`;
    case 'invalid_value':
      return value === undefined ? 'is missing' : `must be one of ${issue.values.join(', ')}`;
    case 'unrecognized_keys':
      return describeUnknownKey(issue.keys[0] ?? '', issue.message.split(' '));
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'number' ? '' : ' long'}`;
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message;
  }
}

/** The error option of an object's schema: how `describeIssue` learns which keys there are. */
export function listKeys(shape: object): { readonly error: z.core.$ZodErrorMap } {
  const keys = Object.keys(shape).join(' ');
  return { error: (issue) => (issue.code === UNKNOWN_KEYS ? keys : undefined) };
}

function describeUnknownKey(key: string, known: readonly string[]): string {
  const similar = findSimilar(key, known);
  return similar !== undefined
    ? `unknown key; did you mean ${similar}?`
    : `unknown key; must be one of ${known.join(', ')}`;
}

function nameType(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a section with keys',
    record: 'a section with keys',
  };
  return names[expected] ?? expected;
}
