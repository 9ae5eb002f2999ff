import { foldParameterName } from '../../../wire/http/parameter-name.ts';

const FIELD = '_method';
/** What may be spelled so: by letters, or escaped. */
const MAY_BE = /method|%/i;
/** No framework takes more. Where there are more, any may be what counts. */
const FIELDS_MAX = 10_000;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Stands for every method that has no action of its own. */
const OTHER = 'OTHER';
const POST = 'POST';

/** What a form may make of its method that nobody has looked at. */
export const METHODS_OF_FORMS: readonly string[] = ['PUT', 'PATCH', 'DELETE'];

/**
 * The methods that a form says are meant in the place of its own, as Rails, Laravel and Symfony read it.
 *
 * @param form As `application/x-www-form-urlencoded` writes it.
 */
export function findFormMethods(form: Buffer): readonly string[] {
  const text = form.toString('latin1');
  const found = new Set<string>();
  let count = 0;
  for (let start = 0; start < text.length; count += 1) {
    if (count === FIELDS_MAX) return METHODS_OF_FORMS;
    const end = findEnd(text, start);
    const field = text.slice(start, end);
    start = end + 1;
    if (MAY_BE.test(field)) for (const method of readField(field)) found.add(method);
  }
  return [...found];
}

/** Some servers end fields at semicolons, too. */
function findEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '&' || sign === ';') return at;
  }
  return text.length;
}

function readField(field: string): readonly string[] {
  return [...new URLSearchParams(field)]
    .filter(([name]) => foldParameterName(name) === FIELD)
    .map(([, value]) => value.trim().toUpperCase())
    .filter((method) => method !== POST && method !== '')
    .map((method) => (METHODS.has(method) ? method : OTHER));
}
