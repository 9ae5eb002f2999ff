import type { ContentFields, EntryFields } from '../audit/ledger-port.ts';

/** Elements of each list that stay. */
const LISTED_MAX = 100;
/** Sets of patients: a part of one would clear those who are not in it. */
const SETS: ReadonlySet<string> = new Set(['patients', 'pseudonyms', 'named']);

/**
 * An entry with less in it, for one that is longer than an entry may be. It says so (`shortened`); and of a result whose sets of
 * patients are left out, that it may be of anybody (`unseen`).
 */
export function shortenEntry(entry: EntryFields): EntryFields {
  const fields = Object.entries(entry).flatMap(([name, value]): [string, unknown][] => {
    if (SETS.has(name)) return [];
    // Data classes, each with its policies.
    if (name === 'raw') return [[name, emptyLists(value)]];
    // The text itself is cut where it is sealed.
    if (name === 'content') return [[name, withoutParameters(entry.content)]];
    return [[name, Array.isArray(value) ? value.slice(0, LISTED_MAX) : value]];
  });
  const { kind } = entry;
  const doubt = kind === 'result' ? { unseen: true } : {};
  return { ...Object.fromEntries(fields), kind, ...doubt, shortened: true };
}

function withoutParameters(content: ContentFields | undefined): ContentFields {
  const { parameters: _, orTexts: __, ...rest } = content ?? {};
  return rest;
}

function emptyLists(value: unknown): Readonly<Record<string, readonly string[]>> {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return Object.fromEntries(names.map((name) => [name, []]));
}
