import { type Field, FieldList } from '../../wire/http/field-list.ts';

/** How paths of one side of the gateway are called on the other. */
export interface PathMapping {
  /** Of a URL that clients are led to, absolute or relative. */
  readonly url: (url: string) => string;
  /** Beneath which a browser sends a cookie back; undefined where the field does not say. */
  readonly cookiePath: (path: string | undefined) => string | undefined;
}

const LOCATIONS: ReadonlySet<string> = new Set(['location', 'content-location']);
const FIELDS: readonly string[] = [...LOCATIONS, 'link', 'refresh', 'set-cookie'];
/** RFC 8288, section 3. */
const LINK_TARGET = /<([^<>]*)>/g;
const REFRESH_URL = /^(\s*[\d.]+\s*[;,]\s*url\s*=\s*["']?)([^"']*)/i;
/** RFC 6265, section 5.2.4. */
const PATH_ATTRIBUTE = /^\s*path\s*(?:=\s*(.*?)\s*)?$/i;

/** The fields of a response with the paths in them called otherwise: where it leads, and where its cookies go. */
export function mapPaths(fields: FieldList, mapping: PathMapping): FieldList {
  if (!FIELDS.some((name) => fields.has(name))) return fields;
  return FieldList.of(
    [...fields].map(([name, value]): Field => [name, mapField(name, value, mapping)]),
  );
}

function mapField(name: string, value: string, { url, cookiePath }: PathMapping): string {
  if (LOCATIONS.has(name)) return url(value.trim());
  if (name === 'link')
    return value.replaceAll(LINK_TARGET, (_, to: string) => `<${url(to.trim())}>`);
  if (name === 'refresh')
    return value.replace(REFRESH_URL, (_, before: string, to: string) => before + url(to.trim()));
  return name === 'set-cookie' ? mapCookie(value, cookiePath) : value;
}

/** Of several, browsers take the last; one that does not begin with a slash says nothing. */
function mapCookie(value: string, map: PathMapping['cookiePath']): string {
  const [pair = '', ...attributes] = value.split(';');
  const paths = attributes.map((attribute) => PATH_ATTRIBUTE.exec(attribute));
  const said = paths.findLast((found) => found !== null)?.[1] ?? '';
  const path = map(said.startsWith('/') ? said : undefined);
  const others = attributes.filter((_, index) => paths[index] === null);
  return [pair, ...others, ...(path === undefined ? [] : [` Path=${path}`])].join(';');
}

/** Whether a URL is a path of the server that it comes from, which no program takes for the name of another server. */
export function isPath(url: string): boolean {
  return /^\/(?![/\\])/.test(url);
}

/** What is beneath a path, with its slash; undefined for what is not. @param base Without a slash at its end. */
export function beneath(base: string, path: string): string | undefined {
  if (!path.startsWith(base)) return undefined;
  const rest = path.slice(base.length);
  return rest === '' || /^[/?#]/.test(rest) ? rest : undefined;
}
