import type { FieldList } from '../../wire/http/field-list.ts';

/**
 * The fields with one that is the gateway's alone to set. Whatever else a target could take for it goes: many
 * servers read `x_user` as `X-User`.
 *
 * @param name Lower case.
 * @throws {HttpMessageError} If the value is none that a field may have.
 */
export function withField(fields: FieldList, name: string, value: string): FieldList {
  return withoutTwins(fields, [name]).append(name, value);
}

/** The fields without those that a target could take for one of the names, which are in lower case. */
export function withoutTwins(fields: FieldList, names: readonly string[]): FieldList {
  const wanted = names.map(dashed);
  return fields.filter((name) => !wanted.includes(dashed(name)));
}

/**
 * The query with one parameter that is the gateway's alone to set.
 *
 * @param query Behind the question mark, its escapes checked.
 */
export function withParameter(query: string, name: string, value: string): string {
  const own = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  const wanted = name.toLowerCase();
  const others = query
    .split('&')
    .filter((pair) => pair !== '' && parameterName(pair).toLowerCase() !== wanted);
  return [...others, own].join('&');
}

/** As servers read it. */
function parameterName(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  return unescape(name);
}

/** As servers read it: a plus sign is a blank. */
function unescape(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Escapes of bytes that are no UTF-8 stand for themselves.
    return spaced;
  }
}

function dashed(name: string): string {
  return name.includes('_') ? name.replaceAll('_', '-') : name;
}
