import { DECODABLE_CODINGS } from '../../../wire/http/content-coding.ts';
import { type Field, FieldList } from '../../../wire/http/field-list.ts';
import type { EntityTags } from './entity-tags.ts';
import { isHarmless, showHarmless } from './harmless-fields.ts';

/** What asks for a part of a body, or for one in another form than it is masked in. */
const DROPPED_OF_REQUESTS: readonly string[] = [
  'a-im',
  'if-modified-since',
  'if-range',
  'range',
  'want-content-digest',
  'want-repr-digest',
];

/** What decides, beside those, whether there is an answer, and what is written: masks look at no other spelling of it. */
const CONDITIONS: ReadonlySet<string> = new Set([
  ...DROPPED_OF_REQUESTS,
  'accept-encoding',
  'if-none-exist',
  'x-provenance',
]);

/** What a request hangs on; stores say the same of what is copied: `x-amz-copy-source-if-match`. */
const CONDITION =
  /^(?:(?:x-(?:[a-z]+-){1,4})?(?<kind>if-match|if-none-match|if-modified-since|if-unmodified-since)|(?<kind>if))$/;
/** In brackets; what stands there and is no tag is taken for one, too, but not the address of a host in a URL. */
const LISTED_TAG = /<[^<>"()\s]*>|\[[ \t]*(?:((?:W\/)?"[^"]*")[ \t]*\]|[^\]]*\]?)/g;

/** What is true of the bytes that the target sent, and of no others. */
const DROPPED_OF_RESPONSES: ReadonlySet<string> = new Set([
  'accept-ranges',
  'alt-svc',
  'content-length',
  'content-range',
  'delta-base',
  'im',
  // When a record was changed is hidden in FHIR, too.
  'last-modified',
  'server',
  'signature',
  'signature-input',
]);

/** Names of fields that hold a digest: of what the target sent, by which what is hidden could be guessed. */
const DIGEST =
  /digest|hash|checksum|chksum|md5|(?<![a-z])sha-?(?:1|224|256|384|512)|(?<![a-z])crc-?(?:32|64)|[-_]etag$/;
/** The same among other things that a field of a store or tool says. */
const NAMED_DIGEST = /(?<![a-z0-9])(?:md5|sha-?(?:1|224|256|384|512)|crc-?(?:32c?|64))[:=]/i;

/** A request of somebody from whom something is hidden, as the target is asked. */
export function maskRequestFields(fields: FieldList, tags: EntityTags): FieldList {
  const kept = fields
    .filter((name) => !isTwin(name))
    .without(...DROPPED_OF_REQUESTS, 'accept-encoding')
    .append('accept-encoding', DECODABLE_CODINGS);
  const isConditional = [...kept].some(([name]) => CONDITION.test(name));
  if (!isConditional) return kept;
  return FieldList.of([...kept].flatMap((field) => restoreCondition(field, tags)));
}

/** The condition as the target knows it; none where nobody was shown what it names. */
function restoreCondition([name, value]: Field, tags: EntityTags): readonly Field[] {
  const kind = CONDITION.exec(name)?.groups?.['kind'] ?? '';
  switch (kind) {
    case 'if':
      return [[name, restoreLists(value, tags)]];
    case 'if-match':
      // A write that must not happen unless the client has seen the latest must not happen unless it has.
      return [[name, tags.restore(value) ?? UNMATCHED]];
    case 'if-none-match': {
      const restored = tags.restore(value);
      return restored === undefined ? [] : [[name, restored]];
    }
    case 'if-modified-since':
      return [];
    // Nobody was shown a date of the target's.
    case 'if-unmodified-since':
      return [[name, LONG_AGO]];
    default:
      return [[name, value]];
  }
}

/** The lists of WebDAV: tokens of locks stay, tags are restored one by one. @see RFC 4918, section 10.4 */
function restoreLists(value: string, tags: EntityTags): string {
  return value.replaceAll(LISTED_TAG, (all, tag: string | undefined) =>
    all.startsWith('<') ? all : `[${(tag && tags.restore(tag)) ?? UNMATCHED}]`,
  );
}

/** Many servers read `if_match` as `If-Match`. */
function isTwin(name: string): boolean {
  if (!name.includes('_')) return false;
  const meant = name.replaceAll('_', '-');
  return CONDITIONS.has(meant) || CONDITION.test(meant);
}

/** A condition that nothing meets: its outcome says nothing of when. */
const LONG_AGO = 'Thu, 01 Jan 1970 00:00:00 GMT';
/** A tag that no target has made. */
const UNMATCHED = '"sallyport-unknown"';

/** A response as it is shown to somebody from whom something is hidden. @param redact See `BodyMasking.redactField`. */
export function maskResponseFields(
  fields: FieldList,
  tags: EntityTags,
  redact: (name: string, value: string) => string,
): FieldList {
  const shown: Field[] = [];
  for (const [name, value] of fields) {
    if (isDropped(name, value)) continue;
    if (isHarmless(name)) {
      const harmless = showHarmless(name, value);
      if (harmless !== undefined) shown.push([name, harmless]);
    } else if (name === 'etag') {
      const tag = tags.show(redact(name, value));
      if (tag !== undefined) shown.push([name, tag]);
    } else {
      shown.push([name, escapeValue(redact(name, value))]);
    }
  }
  shown.push(['accept-ranges', 'none'], ['cache-control', 'private']);
  return FieldList.of(shown);
}

/** Trailers, of which none is needed to read the body. */
export function maskTrailers(
  trailers: FieldList,
  redact: (name: string, value: string) => string,
): FieldList {
  const shown: Field[] = [];
  for (const [name, value] of trailers) {
    if (isDropped(name, value) || name === 'etag') continue;
    const text = isHarmless(name) ? showHarmless(name, value) : escapeValue(redact(name, value));
    if (text !== undefined) shown.push([name, text]);
  }
  return FieldList.of(shown);
}

/** Of gRPC, metadata that ends in `-bin` is Base64 of any message, such as details of an error: nobody can look through it. */
function isDropped(name: string, value: string): boolean {
  const isDigest = DIGEST.test(name) || (name.startsWith('x-') && NAMED_DIGEST.test(value));
  return isDigest || DROPPED_OF_RESPONSES.has(name) || name.endsWith('-bin');
}

/** What a mask writes may be of any script; a field holds bytes. */
function escapeValue(value: string): string {
  return value.replaceAll(/[^\t -~\x80-\xff]/gu, '?').trim();
}
