import type { ContentMasks, ShownClasses } from '../content/content-masks.ts';
import { FREE_TEXT } from '../content/content-plans.ts';
import { classOfKey } from '../detectors/field-names.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
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
/** Fields that are a URL. */
const LOCATIONS: ReadonlySet<string> = new Set(['content-location', 'location']);
/** A URL among other texts (RFC 8288, section 3). */
const LINK_TARGET = /(<[^<>]*>)/u;
const REFRESH = /^(\s*[\d.]*\s*[;,]\s*url\s*=\s*["']?)(.*)$/iu;
/** A URL in its parts: what names a server, a path, a query, a fragment. */
const URL_PARTS =
  /^(?<origin>[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?(?<path>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/isu;
/** Ids by which clients follow links. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
const ESCAPED = /%[0-9a-fA-F]{2}/u;

/** Looks through the fields of responses. */
export class FieldRedaction {
  readonly #masks: ContentMasks;
  readonly #parameters: QueryParameters;

  constructor(masks: ContentMasks, parameters: QueryParameters) {
    this.#masks = masks;
    this.#parameters = parameters;
  }

  /** What is shown of a field's value. @param name In lower case. @param from Path of the request, if that is known. */
  redact(name: string, value: string, shown: ShownClasses, from?: string): string {
    if (PLAIN_FIELDS.has(name)) return value;
    if (name === 'link') return this.#hideLinks(value, shown, from);
    const refresh = name === 'refresh' ? REFRESH.exec(value) : null;
    if (refresh !== null) return `${refresh[1]}${this.hideUrl(refresh[2] ?? '', shown, from)}`;
    if (LOCATIONS.has(name)) return this.hideUrl(value, shown, from);
    if (this.#isHiddenByName(name, shown)) return REDACTED_TEXT;
    return this.#redactText(value, shown);
  }

  /** Whether a field is called like what it holds: `x-patient-name`. */
  #isHiddenByName(name: string, shown: ShownClasses): boolean {
    const dataClass = classOfKey(name.replace(/^x-/u, ''));
    return dataClass !== undefined && !shown.has(dataClass) && !shown.has(FREE_TEXT);
  }

  /** A link says in texts what it leads to, too. */
  #hideLinks(value: string, shown: ShownClasses, from: string | undefined): string {
    return value
      .split(LINK_TARGET)
      .map((part) =>
        LINK_TARGET.test(part)
          ? `<${this.hideUrl(part.slice(1, -1), shown, from)}>`
          : this.#redactText(part, shown),
      )
      .join('');
  }

  /** Hides in a URL what its query asks by that is hidden, and what detectors find in its parts. */
  hideUrl(url: string, shown: ShownClasses, from?: string): string {
    const { origin = '', path = '', query, fragment } = URL_PARTS.exec(url)?.groups ?? {};
    const segments = path.split('/').map((segment) => this.#redactPart(segment, shown));
    const asked = query && this.#parameters.hide({ method: 'GET', path }, query, shown, from);
    return [
      ...[origin, segments.join('/')],
      asked === undefined ? '' : `?${this.#redactQuery(asked, shown)}`,
      fragment === undefined ? '' : `#${this.#redactPart(fragment, shown)}`,
    ].join('');
  }

  #redactQuery(query: string, shown: ShownClasses): string {
    return query
      .split('&')
      .map((pair) =>
        pair
          .split('=')

          .map((part) => this.#redactPart(part, shown))
          .join('='),
      )
      .join('&');
  }

  /** Looks through a part of a URL; what is found in it is written as URLs have it. */
  #redactPart(part: string, shown: ShownClasses): string {
    if (shown.has(FREE_TEXT) || UUID.test(part)) return part;
    const meant = ESCAPED.test(part) ? unescapeAll(part.replaceAll('+', ' ')) : part;
    const found = this.#find(meant);
    return found === undefined ? part : encodeURIComponent(found);
  }

  #redactText(value: string, shown: ShownClasses): string {
    if (shown.has(FREE_TEXT)) return value;
    const redacted = this.#find(value);
    if (redacted !== undefined || !ESCAPED.test(value)) return redacted ?? value;
    // What escapes hide is found in what they mean; then the value stays as it is meant.
    const found = this.#find(unescapeAll(value));
    return found === undefined ? value : encodeURI(found);
  }

  /** The text, in latin1 as fields are, without what the detectors find; undefined if that is nothing. */
  #find(text: string): string | undefined {
    const bytes = Buffer.from(text, 'latin1');
    return this.#masks.parts.textMasks.redact(bytes, 0, bytes.length)?.toString('latin1');
  }
}

function unescapeAll(value: string): string {
  return value.replaceAll(/%([0-9a-fA-F]{2})/gu, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
