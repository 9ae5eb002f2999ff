import { parse } from 'yaml';

/** Templates of one document. */
const TEMPLATES_MAX = 20_000;

/** What an OpenAPI document says of paths. */
export interface OpenapiPaths {
  /** As written: `/patients/{id}`. */
  readonly templates: readonly string[];
  /** Paths of servers, before every template: `/v1`; "" first, for gateways and tests leave it out. */
  readonly bases: readonly string[];
}

/**
 * Reads an OpenAPI document of version 3, in YAML or JSON.
 *
 * @returns Undefined if it is none.
 * @see https://spec.openapis.org/oas/v3.1.1.html#paths-object
 */
export function readOpenapiPaths(document: Buffer): OpenapiPaths | undefined {
  const root = parseDocument(document.toString('utf8'));
  const { openapi, paths = {}, servers = [] } = asRecord(root) ?? {};
  const items = asRecord(paths);
  if (typeof openapi !== 'string' || !openapi.startsWith('3.') || items === undefined) {
    return undefined;
  }
  const templates = Object.keys(items).filter((path) => path.startsWith('/'));
  if (templates.length > TEMPLATES_MAX) return undefined;
  const urls = Array.isArray(servers) ? servers.map((server) => asRecord(server)?.['url']) : [];
  const bases = urls.filter((url) => typeof url === 'string').map(pathOf);
  return { templates, bases: [...new Set(['', ...bases])] };
}

function parseDocument(text: string): unknown {
  try {
    return text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text);
  } catch {
    return undefined;
  }
}

/** The path of a server's URL, which may be relative, without a slash at its end. */
function pathOf(url: string): string {
  const parsed = URL.parse(url, 'https://server.invalid');
  return (parsed?.pathname ?? '').replace(/\/+$/, '');
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : undefined;
}
