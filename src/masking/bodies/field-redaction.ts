import type { ContentMasks, ShownClasses } from '../content/content-masks.ts';
import { FREE_TEXT } from '../content/content-plans.ts';
import type { QueryParameters } from './query-parameters.ts';

/** Fields whose values follow a grammar that has no room for anybody's data. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'accept-ranges',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'access-control-max-age',
  'age',
  'allow',
  'alt-svc',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-embedder-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'date',
  'expires',
  'grpc-encoding',
  'grpc-accept-encoding',
  'grpc-status',
  'pragma',
  'preference-applied',
  'referrer-policy',
  'retry-after',
  'server',
  'strict-transport-security',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
  'x-frame-options',
]);
/** Fields that hold URLs, with or without more around them. */
const URL_FIELDS: ReadonlySet<string> = new Set([
  'content-location',
  'link',
  'location',
  'refresh',
]);
const QUERY = /(?<path>[^?\s<>"]*)\?(?<query>[^#\s<>"]*)/gu;
/** A path as it stands behind scheme and authority. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/iu;
const ESCAPED = /%[0-9a-fA-F]{2}/u;

/** Looks through the fields of responses. */
export class FieldRedaction {
  readonly #masks: ContentMasks;
  readonly #parameters: QueryParameters;

  constructor(masks: ContentMasks, parameters: QueryParameters) {
    this.#masks = masks;
    this.#parameters = parameters;
  }

  /** What is shown of a field's value. @param name In lower case. */
  redact(name: string, value: string, shown: ShownClasses): string {
    if (shown.has(FREE_TEXT) || PLAIN_FIELDS.has(name)) return value;
    if (!URL_FIELDS.has(name)) return this.#redactText(value);
    const hidden = value.replaceAll(QUERY, (_all, path: string, query: string) => {
      const bare = path.replace(ORIGIN, '');
      return `${path}?${this.#parameters.hide({ method: 'GET', path: bare }, query, shown)}`;
    });
    return this.#redactText(hidden);
  }

  #redactText(value: string): string {
    const { textMasks } = this.#masks.parts;
    const bytes = Buffer.from(value, 'latin1');
    const redacted = textMasks.redact(bytes, 0, bytes.length);
    if (redacted !== undefined) return redacted.toString('latin1');
    if (!ESCAPED.test(value)) return value;
    // What is hidden by escapes is found in what they mean; then nothing of the value can be kept in its place.
    const meant = Buffer.from(unescapeAll(value), 'latin1');
    const found = textMasks.redact(meant, 0, meant.length);
    return found === undefined ? value : encodeURI(found.toString('latin1'));
  }
}

function unescapeAll(value: string): string {
  return value.replaceAll(/%([0-9a-fA-F]{2})/gu, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
