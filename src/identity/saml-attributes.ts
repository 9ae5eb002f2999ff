import type { Claims } from './claims.ts';

/** A statement of attributes, as the library parses XML: elements are lists, `$` has attributes, `_` the text. */
export interface AttributeStatementXml {
  readonly Attribute?: readonly AttributeXml[];
  readonly EncryptedAttribute?: unknown;
}

interface AttributeXml {
  readonly $?: { readonly Name?: string };
  /** An element without anything is "". */
  readonly AttributeValue?: readonly (string | Readonly<Record<string, unknown>>)[];
}

/**
 * Reads all attributes of an assertion: those with one value as such, others as lists. Of several with one name all
 * values count, as some providers send a group in each. Undefined if not everything can be read: what is left out could be
 * the group that a policy forbids something to.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf section 2.7.3
 */
export function readSamlAttributes(
  statements: readonly AttributeStatementXml[],
): Claims | undefined {
  const found = new Map<string, Set<unknown>>();
  for (const { Attribute: attributes = [], EncryptedAttribute: encrypted } of statements) {
    if (encrypted !== undefined) return undefined;
    for (const { $, AttributeValue: values = [] } of attributes) {
      if ($?.Name === undefined) return undefined;
      const known = found.get($.Name) ?? new Set();
      for (const value of values) known.add(readValue(value));
      if (known.size > 0) found.set($.Name, known);
    }
  }
  return Object.fromEntries(
    [...found].map(([name, [first, ...others]]) => [
      name,
      others.length === 0 ? first : [first, ...others],
    ]),
  );
}

/** Its text; the whole of an element with others in it, which is nothing that a claim can be. */
function readValue(value: string | Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string') return undefined;
  const hasElements = Object.keys(value).some((key) => key !== '_' && key !== '$');
  return hasElements ? value : value['_'];
}
