import type { KeyedForm } from './keyed-form.ts';

/** What tokens with a prefix look like, of any version. */
const PREFIXED = /^vt[1-9][0-9]?_[0-9a-f]{16}$/u;
const DIGITS = /^[0-9a-f]+$/u;
const NUMBER = /^(?:0|[1-9][0-9]{0,15})$/u;
/** PostgreSQL reads UUIDs with braces, and with hyphens behind any four digits. */
const UUID = /^\{?(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}\}?$/iu;

/** Values of each form that stand for nothing: no value is masked to them, and no token is one of them. */
export const NO_TOKEN: Readonly<Record<KeyedForm['kind'], string>> = {
  prefixed: 'vt0_0000000000000000',
  digits: '?',
  number: '-1',
  uuid: '00000000-0000-0000-0000-000000000000',
  other: '?',
};

/** The token that a client wrote, in the one spelling that is stored; undefined if it is none of the form. */
export function readToken(written: string, form: KeyedForm): string | undefined {
  const text = written.trim();
  switch (form.kind) {
    case 'prefixed':
      return PREFIXED.test(text) ? text : undefined;
    case 'digits':
      return text.length === form.count && DIGITS.test(text) ? text : undefined;
    case 'number':
      return NUMBER.test(text) && Number(text) < 2 ** form.bits ? text : undefined;
    case 'uuid':
      return UUID.test(text) ? hyphenate(text.toLowerCase().replaceAll(/[{}-]/gu, '')) : undefined;
    case 'other':
      return undefined;
  }
}

/** Makes a token of the form out of 32 random bytes. */
export function spellToken(form: KeyedForm, keyVersion: number, random: Buffer): string {
  const digits = random.toString('hex');
  switch (form.kind) {
    case 'prefixed':
      return `vt${keyVersion}_${digits.slice(0, 16)}`;
    case 'digits':
      return digits.slice(0, form.count);
    case 'number':
      return BigInt.asUintN(form.bits, random.readBigUInt64BE()).toString();
    case 'uuid':
      // Version 8 (RFC 9562, section 5.8), as pseudonyms are.
      return hyphenate(`${digits.slice(0, 12)}80${digits.slice(14, 16)}80${digits.slice(18, 32)}`);
    case 'other':
      return NO_TOKEN.other;
  }
}

/** 32 digits as PostgreSQL writes them. */
export function hyphenate(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/u, '$1-$2-$3-$4-');
}
