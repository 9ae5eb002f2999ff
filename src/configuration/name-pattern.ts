/** Names of one part of a qualified name: the texts between its `*`, so a single text is that name and no other. */
export type NamePattern = readonly string[];

/** Why a text is no list of name patterns. */
export interface NamePatternError {
  readonly kind: 'invalid';
  readonly reason: string;
}

export type NamePatternReading =
  | { readonly kind: 'read'; readonly parts: readonly NamePattern[] }
  | NamePatternError;

/** Bytes of a name (`NAMEDATALEN` less its end). */
const NAME_BYTES_MAX = 63;

/** What PostgreSQL reads as it is written; other names stand in double quotes. */
const PLAIN = /^[a-z_\u0080-\uffff*][a-z0-9_$\u0080-\uffff*]*$/;

/**
 * Reads a qualified name, written as PostgreSQL would quote it, in which `*` outside quotes stands for any characters of one
 * part: `public.patients.ssn`, `public.*.mrn`, `clinic."Visit.Notes".*`.
 */
export function parseNamePatterns(text: string): NamePatternReading {
  const parts: NamePattern[] = [];
  const fail = (reason: string): NamePatternError => ({ kind: 'invalid', reason });
  let offset = 0;
  for (;;) {
    const token = /^(?:"((?:[^"\0]|"")+)"|([^".]+))(\.|$)/.exec(text.slice(offset));
    if (token === null)
      return fail('must be names with dots between them, as PostgreSQL quotes them');
    const [whole, quoted, plain = '', separator] = token;
    if (quoted === undefined && !PLAIN.test(plain)) {
      return fail(`must have names in double quotes unless they are lower-case, as in "Visits".id`);
    }
    const pattern = quoted === undefined ? plain.split('*') : [quoted.replaceAll('""', '"')];
    if (pattern.some((piece) => Buffer.byteLength(piece) > NAME_BYTES_MAX)) {
      return fail(`must have names of at most ${NAME_BYTES_MAX} bytes`);
    }
    parts.push(pattern);
    offset += whole.length;
    if (separator === '') return { kind: 'read', parts };
  }
}
