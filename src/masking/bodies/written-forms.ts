/** Writes a text as some format has it. */
type Write = (text: string) => string;

/** Of texts in XML and HTML, beside the signs that all of them escape: serializers differ in quotes. */
const QUOTES: readonly (readonly [double: string, single: string])[] = [
  ['"', "'"],
  ['&quot;', "'"],
  ['&quot;', '&#39;'],
  ['&quot;', '&#x27;'],
  ['&quot;', '&apos;'],
  ['&#34;', '&#39;'],
];
const BEYOND_ASCII = /[^\0-\x7f]/gu;
const UNITS_BEYOND_ASCII = /[^\0-\x7f]/g;
const KEPT: Write = (text) => text;

/** Serializers that leave nothing but ASCII write the rest by its numbers. */
const XML_WIDE: readonly Write[] = [
  KEPT,
  (text) => text.replace(BEYOND_ASCII, (sign) => `&#${sign.codePointAt(0)};`),
  (text) => text.replace(BEYOND_ASCII, (sign) => `&#x${sign.codePointAt(0)?.toString(16)};`),
];
const JSON_WIDE: readonly Write[] = [
  KEPT,
  (text) => text.replace(UNITS_BEYOND_ASCII, (unit) => escapeUnit(unit)),
];
/** What could end a script that JSON stands in. */
const JSON_MARKUP: readonly Write[] = [
  KEPT,
  (text) => text.replace(/[<>&]/g, (sign) => escapeUnit(sign)),
  (text) => text.replace(/[<>&']/g, (sign) => escapeUnit(sign)),
];
const JSON_SLASHES: readonly Write[] = [KEPT, (text) => text.replaceAll('/', '\\/')];

const WRITINGS: readonly Write[] = [
  ...QUOTES.flatMap(([double, single]) =>
    XML_WIDE.map(
      (wide): Write =>
        (text) =>
          wide(inMarkup(text, double, single)),
    ),
  ),
  ...JSON_MARKUP.flatMap((markup) =>
    JSON_SLASHES.flatMap((slashes) =>
      JSON_WIDE.map(
        (wide): Write =>
          (text) =>
            wide(slashes(markup(JSON.stringify(text).slice(1, -1)))),
      ),
    ),
  ),
  encodeURI,
  encodeURIComponent,
  (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  inStrictUrl,
  (text) => inStrictUrl(text).replaceAll('%20', '+'),
  (text) => inStrictUrl(text).replaceAll('%2F', '/'),
];

/**
 * How texts of several formats write a value: each form once, in lower case, as latin1 of its UTF-8. Whoever compares them
 * with bytes regardless of the case of ASCII finds the value in any case.
 */
export function writtenForms(value: string): readonly string[] {
  const cases = [value, value.toLowerCase(), value.toUpperCase()];
  const forms = cases.flatMap((text) => {
    // Of texts that are not well-formed nothing but JSON keeps all.
    const wellFormed = text.toWellFormed();
    return [
      ...[text, ...WRITINGS.map((write) => write(wellFormed))],
      ...(wellFormed === text ? [] : [JSON.stringify(text).slice(1, -1)]),
    ];
  });
  return [...new Set(forms.map((form) => Buffer.from(form).toString('latin1').toLowerCase()))];
}

function inMarkup(text: string, double: string, single: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', double)
    .replaceAll("'", single);
}

/** @param unit Of UTF-16. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** With what RFC 3986 reserves, and `encodeURIComponent` leaves. */
function inStrictUrl(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
}
