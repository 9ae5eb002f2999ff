/** How pseudonyms of a column are spelled, and vault tokens in their place. */
export type KeyedForm =
  /** `ps1_`, `vt1_` and 16 digits: wherever it is met, it is known for what it is. */
  | { readonly kind: 'prefixed' }
  /** Hexadecimal digits alone, in a column too narrow for more. */
  | { readonly kind: 'digits'; readonly count: number }
  /** A number of so many bits that is not negative. */
  | { readonly kind: 'number'; readonly bits: number }
  | { readonly kind: 'uuid' }
  /** Any other value of the column's type: no vault token is spelled so. */
  | { readonly kind: 'other' };

/** What a column shows that is a keyed function of its value. */
export interface KeyedColumn {
  readonly purpose: 'pseudonym' | 'vault';
  readonly form: KeyedForm;
  /** Equal ids: equal values look equal, and have one token. */
  readonly id: string;
}

/** What stands for the values of a column under a keyed mask. */
export function describeKeyed(
  purpose: KeyedColumn['purpose'],
  domain: string,
  form: KeyedForm,
): KeyedColumn {
  return { purpose, form, id: `${purpose} ${describeForm(form, domain)}` };
}

/** Behind its prefix, a keyed value has digits enough to belong to one domain only. */
function describeForm(form: KeyedForm, domain: string): string {
  switch (form.kind) {
    case 'prefixed':
      return 'prefixed';
    case 'digits':
      return `digits-${form.count} ${domain}`;
    case 'number':
      return `number-${form.bits} ${domain}`;
    case 'uuid':
    case 'other':
      return `${form.kind} ${domain}`;
  }
}

/** What tokens and what they stand for have for an id where they are known by their prefix. */
export const PREFIXED_VAULT_ID = 'vault prefixed';
