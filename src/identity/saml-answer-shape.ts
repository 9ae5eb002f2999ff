/** Elements in one another; an answer's are ten or so deep. */
const DEPTH_MAX = 32;
/** Tags in all: room for the groups that somebody can be in. */
const TAGS_MAX = 1_500;
/** Characters of one tag with its attributes. */
const TAG_LENGTH_MAX = 8_192;

/** A declaration, a comment, an end or a beginning, whose attributes hold no `<`. */
const TAG = /<(?:\?xml\s[^<>]*\?|!--[^<]*?--|\/[^<>]*|[^<>"'!?/](?:[^<>"']|"[^"<]*"|'[^'<]*')*)>/y;

/**
 * Whether XML has the shape of a provider's answer. Anybody can post one, and the parser takes minutes for
 * some that are broken, very deep or of many elements, so those do not reach it. Nothing else is judged here.
 */
export function hasShapeOfAnswer(xml: string): boolean {
  let depth = 0;
  let tags = 0;
  for (let at = xml.indexOf('<'); at !== -1; at = xml.indexOf('<', TAG.lastIndex)) {
    TAG.lastIndex = at;
    const tag = TAG.exec(xml)?.[0];
    tags += 1;
    if (tag === undefined || tag.length > TAG_LENGTH_MAX || tags > TAGS_MAX) return false;
    if (tag.startsWith('</')) depth -= 1;
    else if (!/^<[?!]|\/>$/.test(tag)) depth += 1;
    if (depth < 0 || depth > DEPTH_MAX) return false;
  }
  return depth === 0 && tags > 0;
}
