import type { OutputColumn } from '../postgres/output-column.ts';
import { type KeyedColumn, type KeyedForm, PREFIXED_VAULT_ID } from '../vault/keyed-form.ts';
import type { TokenLookups } from '../vault/token-lookups.ts';
import type { FieldMask, MaskedValue } from './field-mask.ts';
import { readTokenBytes, writeTokenBytes } from './token-bytes.ts';

/** `vk99_` and 16 digits: what tokens stand for, as the target spells it. */
const PREFIXED = /vk[1-9][0-9]?_[0-9a-f]{16}/gu;
const PREFIX: Buffer = Buffer.from('vk');
const DIGITS = /^[0-9a-f]+$/u;
const NUMBER = /^(?:0|[1-9][0-9]*)$/u;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;

/**
 * What puts vault tokens into a result, in place of what they stand for. While `isWanting`, what it made of a value is not to be shown.
 *
 * @param outputs Undefined where they are not known.
 * @param lookups Undefined: there are no tokens to be had, and NULL takes their place.
 * @returns One for each column; undefined: no column holds any.
 */
export function compileTokenMasks(
  formats: readonly { readonly isBinary: boolean }[],
  outputs: readonly OutputColumn[] | undefined,
  lookups: TokenLookups | undefined,
): readonly (FieldMask | undefined)[] | undefined {
  const known = outputs?.length === formats.length ? outputs : undefined;
  const masks = formats.map(({ isBinary }, index) => {
    const output = known?.[index];
    const keyed = output?.keyed;
    if (keyed?.purpose === 'vault') return maskColumn(keyed, isBinary, lookups);
    if (output?.inspect === 'none' || lookups === undefined) return undefined;
    return maskWithin(lookups);
  });
  return masks.every((mask) => mask === undefined) ? undefined : masks;
}

/** A column that holds nothing else. */
function maskColumn(
  keyed: KeyedColumn,
  isBinary: boolean,
  lookups: TokenLookups | undefined,
): FieldMask {
  if (lookups === undefined) return () => null;
  if (keyed.form.kind === 'prefixed') {
    const within = maskWithin(lookups);
    // Nothing else is in such a column, so what is not known for it is not shown.
    return (bytes, start, end) =>
      startsKeyed(bytes, start, end) ? within(bytes, start, end) : null;
  }
  return (bytes, start, end) => {
    const { id, form } = keyed;
    const text = readTokenBytes(bytes.subarray(start, end), form, isBinary);
    if (text === undefined || !isKeyedText(text, form)) return null;
    const token = lookups.find({ id, form, text });
    if (token === undefined) return undefined;
    return token === null ? null : writeTokenBytes(token, form, isBinary ? end - start : undefined);
  };
}

function startsKeyed(bytes: Buffer, start: number, end: number): boolean {
  return bytes.toString('latin1', start, Math.min(end, start + 24)).search(PREFIXED) === 0;
}

/** Puts tokens in place of what they stand for, wherever in a text, a document or the bytes of a composite value. Tokens are as long. */
export function maskWithin(lookups: TokenLookups): FieldMask {
  return (bytes, start, end): MaskedValue => {
    const value = bytes.subarray(start, end);
    if (!value.includes(PREFIX)) return undefined;
    let masked: Buffer | undefined;
    for (const { 0: text, index } of value.toString('latin1').matchAll(PREFIXED)) {
      const token = lookups.find({ id: PREFIXED_VAULT_ID, form: { kind: 'prefixed' }, text });
      if (token === undefined || token === null) continue;
      masked ??= Buffer.from(value);
      masked.write(token, index, 'latin1');
    }
    return masked;
  };
}

/** Whether the target may have masked a value to this one. */
function isKeyedText(text: string, form: KeyedForm): boolean {
  switch (form.kind) {
    case 'digits':
      return text.length === form.count && DIGITS.test(text);
    case 'number':
      return NUMBER.test(text);
    case 'uuid':
      return UUID.test(text);
    case 'prefixed':
    case 'other':
      return false;
  }
}
