/** A field of an entry as text; undefined if it is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A field of an entry as a number; undefined if it is none. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The texts of a field that is a list of them; what is no text is left out. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The fields of a field that is an object; none if it is not. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** The numbers of a field that is an object of them, such as counts by data class. */
export function countsOf(value: unknown): readonly (readonly [name: string, count: number])[] {
  return Object.entries(fieldsOf(value)).flatMap(([name, count]) =>
    typeof count === 'number' ? [[name, count] as const] : [],
  );
}
