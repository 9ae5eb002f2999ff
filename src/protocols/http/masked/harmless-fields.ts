import { parseMediaType } from '../../../wire/http/media-type.ts';

const NUMBER = /^\d{1,15}$/;
/** RFC 9110 section 5.6.7; what is over already is written as a number. */
const DATE = /^(?:[a-z]{3}, \d{2} [a-z]{3} \d{4} \d{2}:\d{2}:\d{2} gmt|0|-1)$/i;
const RETRY = new RegExp(`${NUMBER.source}|${DATE.source}`, 'i');
const TOKENS = /^[\w*.-]+(?:[ \t]*,[ \t]*[\w*.-]+)*$/;
const LANGUAGES = /^[a-z]{2,3}(?:-[a-z0-9]{2,4})*(?:, ?[a-z]{2,3}(?:-[a-z0-9]{2,4})*)*$/i;
const MEDIA_TYPES = /^[\w.+*/;=, -]+$/;
const ORIGIN = /^(?:\*|null|https?:\/\/[\w.:-]+)$/;
const DIRECTIVES =
  /^[\w-]+(?:=(?:\d+|"[\w*, -]*"))?(?:[ \t]*[,;][ \t]*[\w-]+(?:=(?:\d+|"[\w*, -]*"))?)*;?$/;
/** No query, no name of a user, nothing encoded. */
const POLICY = /^[\w:;,'"*./+=() -]+$/;

/** How fields are written that say something of the service and nothing of anybody's record. */
const HARMLESS: ReadonlyMap<string, RegExp> = new Map(
  (
    [
      ['access-control-max-age age grpc-status', NUMBER],
      ['date expires', DATE],
      ['retry-after', RETRY],
      ['accept accept-patch accept-post', MEDIA_TYPES],
      ['access-control-allow-origin', ORIGIN],
      [
        'access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-expose-headers',
        TOKENS,
      ],
      ['allow content-encoding grpc-encoding referrer-policy vary', TOKENS],
      ['pragma x-content-type-options x-frame-options', TOKENS],
      ['content-language', LANGUAGES],
      ['cache-control strict-transport-security', DIRECTIVES],
      ['clear-site-data content-security-policy cross-origin-opener-policy', POLICY],
      ['cross-origin-resource-policy permissions-policy', POLICY],
    ] as const
  ).flatMap(([names, pattern]) => names.split(' ').map((name) => [name, pattern] as const)),
);

/** What parameters of media types may say: those that say how a body is written. */
const PARAMETERS: ReadonlyMap<string, RegExp> = new Map([
  ...['as', 'charset', 'fhirversion', 'g', 'header', 'stream', 'v', 'version'].map(
    (name) => [name, /^[\w.:+-]{1,40}$/] as const,
  ),
  ['boundary', /^[\w'()+,./:=? -]{1,70}$/],
  ['profile', /^https?:\/\/[\w.:/~-]{1,200}$/],
]);

/** Whether a field is of those that say nothing of anybody. @param name In lower case. */
export function isHarmless(name: string): boolean {
  return name === 'content-type' || HARMLESS.has(name);
}

/** What is shown of a field that says nothing of anybody; undefined if it is not written as such fields are. */
export function showHarmless(name: string, value: string): string | undefined {
  if (name === 'content-type') return showMediaType(value);
  return HARMLESS.get(name)?.test(value) === true ? value : undefined;
}

function showMediaType(value: string): string | undefined {
  const type = parseMediaType(value);
  if (type === undefined) return undefined;
  const parameters = [...type.parameters];
  const shown = parameters.filter(([name, text]) => PARAMETERS.get(name)?.test(text) === true);
  if (shown.length === parameters.length) return value;
  return [type.essence, ...shown.map(([name, text]) => `${name}="${text}"`)].join('; ');
}
