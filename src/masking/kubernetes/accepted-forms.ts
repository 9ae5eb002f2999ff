import { parseMediaType } from '../../wire/http/media-type.ts';

const JSON_TYPE = 'application/json';

/** Of the forms that a client takes those that can be masked: JSON, as objects or as a Table. */
export function chooseAccepted(accept: string | undefined): string {
  const kept = (accept ?? '')
    .split(',')
    .map((form) => form.trim())
    .filter((form) => parseMediaType(form)?.essence === JSON_TYPE);
  return kept.length === 0 ? JSON_TYPE : kept.join(', ');
}
