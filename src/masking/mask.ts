/** How a value is changed before it is shown. Every mask yields a valid value of the column's own type; NULL stays NULL. */
export type Mask =
  /** Replaced by something that says nothing, of the same type. */
  | { readonly kind: 'redact' }
  | { readonly kind: 'null' }
  | { readonly kind: 'fixed'; readonly value: string }
  /** Keeps characters at the start and the end; the others become `*`. Values that would be shown whole are redacted. */
  | { readonly kind: 'partial'; readonly keepStart: number; readonly keepEnd: number }
  | { readonly kind: 'year' }
  /** An age in years: over 89 becomes 90. */
  | { readonly kind: 'age' }
  | { readonly kind: 'zip3' }
  | { readonly kind: 'email-domain' }
  | { readonly kind: 'ip-prefix' }
  /** A number becomes the lower bound of its bucket. */
  | { readonly kind: 'bucket'; readonly size: number }
  /** A date moves by a number of days that is the same for all dates of one patient. */
  | { readonly kind: 'date-shift' }
  /** Equal values get equal pseudonyms within a domain, across tables, targets and protocols. */
  | { readonly kind: 'pseudonym'; readonly domain: string }
  /** A random token that stands for the value within a domain. */
  | { readonly kind: 'vault'; readonly domain: string };
