import { parseMediaType } from '../../../wire/http/media-type.ts';
import type { HttpRequestHead } from '../exchange.ts';

/** Bytes of the options of a DELETE that are looked at. */
export const DELETE_OPTIONS_BYTES_MAX: number = 64 * 1024;

const ALL = 'All';
const KEY = /"dryrun"/gi;

/**
 * Whether nothing is kept of what a request does. False where that cannot be told.
 *
 * @param body Of a DELETE: its options are those, if there are any, whatever the query says.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export function isDryRun(
  request: HttpRequestHead,
  query: URLSearchParams,
  body: Buffer | undefined,
): boolean {
  if (request.method === 'DELETE' && request.bodyBytes !== 0) {
    return body !== undefined && (body.length > 0 ? saysDryRun(request, body) : asksDryRun(query));
  }
  return asksDryRun(query);
}

function asksDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun');
  return values.length === 1 && values[0] === ALL;
}

/** JSON alone is read; of a key that is there twice, servers take either. */
function saysDryRun({ fields }: HttpRequestHead, body: Buffer): boolean {
  const type = parseMediaType(fields.get('content-type') ?? '');
  const text = body.toString('utf8');
  if (type?.essence !== 'application/json' || text.match(KEY)?.length !== 1) return false;
  const options = parseObject(text);
  const { dryRun } = options;
  return Array.isArray(dryRun) && dryRun.length === 1 && dryRun[0] === ALL;
}

/** Empty for what is none. */
function parseObject(text: string): { readonly dryRun?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
