const NAME = /^[\p{L}_][\p{L}\p{M}\p{N}._·-]*(?::[\p{L}_][\p{L}\p{M}\p{N}._·-]*)?$/u;
const NAME_LENGTH_MAX = 256;

/** Whether a text is a name with at most one prefix (Namespaces in XML 1.0). */
export function isXmlName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && NAME.test(text);
}

/** A name without its prefix. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
