import type { ShownText } from '../api/shown-operation.ts';
import type {
  TimelineDecision,
  TimelineEntry,
  TimelineResult,
  TimelineTransfer,
} from '../api/timeline.ts';
import type { Entry } from '../audit/decode-entry.ts';
import type { StoredEntry } from '../audit/read-entries.ts';
import { redactValues } from '../protocols/postgres/redact-literals.ts';

/** Kinds of entries that say what a session did; the rest is about its recording and its bytes. */
const KINDS: ReadonlySet<string> = new Set([
  'session.start',
  'session.end',
  'operation',
  'operation.refuse',
  'result',
  'file',
  'forward',
  'target-key',
  'review.request',
  'review.verdict',
  'review.end',
  'pseudonym.use',
  'cancel',
]);

/** How a redacted constant stands in a text. */
const REDACTED = /'…'/gu;

/** A page of what a session did, behind the entry with the number `after`. */
export async function readTimelinePage(
  stored: AsyncIterable<StoredEntry>,
  {
    after,
    limit,
    signal,
  }: { readonly after: number; readonly limit: number; readonly signal: AbortSignal },
): Promise<{
  readonly entries: readonly TimelineEntry[];
  readonly nextCursor: string | undefined;
}> {
  const entries: TimelineEntry[] = [];
  for await (const one of stored) {
    signal.throwIfAborted();
    if ((one.entry.n ?? 0) <= after) continue;
    const entry = describeTimelineEntry(one, true);
    if (entry === undefined) continue;
    if (entries.length === limit) return { entries, nextCursor: String(entries.at(-1)?.number) };
    entries.push(entry);
  }
  return { entries, nextCursor: undefined };
}

/**
 * A ledger entry as a line of a session's timeline; undefined for what a timeline leaves out.
 *
 * @param showsConstants Whether the reader may see the constants of statements.
 */
export function describeTimelineEntry(
  { logName, entry, content }: Pick<StoredEntry, 'logName' | 'entry' | 'content'>,
  showsConstants: boolean,
): TimelineEntry | undefined {
  if (!KINDS.has(entry.kind)) return undefined;
  const decision = readDecision(entry);
  const result = entry.kind === 'result' ? readResult(entry) : undefined;
  const request = textOf(entry['request']) ?? textOf(entry['review']);
  return {
    number: entry.n ?? 0,
    at: entry.at,
    kind: entry.kind,
    ...(entry.text !== undefined && {
      statement: showEntryText(entry, entry.text, showsConstants),
    }),
    ...(content !== 'none' && content !== 'open' && { withheld: content }),
    actions: textsOf(entry['actions']),
    relations: textsOf(entry['relations']),
    ...(decision && { decision }),
    ...(result && { result }),
    ...((entry.kind === 'file' || entry.kind === 'forward') && { transfer: readTransfer(entry) }),
    ...(request !== undefined && { requestId: request }),
    ledger: { log: logName, index: entry.seq },
  };
}

function showEntryText(entry: Entry, text: string, showsConstants: boolean): ShownText {
  const isSql = textsOf(entry['actions']).every((action) => action.startsWith('sql.'));
  return isSql || showsConstants ? showText(text, showsConstants) : showBeginning(text);
}

/**
 * Of a request, its method and whom it went to; of a command, the program. Everything else may be a value, quoted or not:
 * patients stand in paths.
 */
const BEGINNING = /^(?:[A-Z]+ https?:\/\/[^/?\s]+|[A-Za-z][\w.-]*(?=\s|$))/;

function showBeginning(text: string): ShownText {
  const beginning = BEGINNING.exec(text)?.[0] ?? '';
  if (beginning === text) return { text, hidden: [] };
  const start = beginning === '' ? 0 : beginning.length + 1;
  return { text: `${beginning} '…'`.trimStart(), hidden: [{ start, end: start + 3 }] };
}

/** A text with its constants, or without them. */
export function showText(text: string, showsConstants: boolean): ShownText {
  if (showsConstants) return { text, hidden: [] };
  const redacted = redactValues(text);
  const hidden = [...redacted.matchAll(REDACTED)].map(({ index }) => ({
    start: index,
    end: index + 3,
  }));
  return { text: redacted, hidden };
}

function readDecision(entry: Entry): TimelineDecision | undefined {
  const policies = textsOf(entry['policies']);
  if (entry.kind === 'operation') return { kind: 'allow', policies };
  if (entry.kind !== 'operation.refuse') return undefined;
  const said = entry['decision'];
  const kind = said === 'review' || said === 'allow' ? said : 'deny';
  const reason = textOf(entry['reason']);
  return { kind, policies, ...(reason !== undefined && { reason }) };
}

function readResult(entry: Entry): TimelineResult {
  const masked: Record<string, number> = {};
  for (const field of ['masked', 'found']) {
    for (const [name, count] of Object.entries(recordOf(entry[field]))) {
      if (typeof count === 'number') masked[name] = (masked[name] ?? 0) + count;
    }
  }
  const rows = entry['rows'];
  return {
    rows: typeof rows === 'number' ? rows : 0,
    masked,
    raw: Object.keys(recordOf(entry['raw'])),
  };
}

function readTransfer(entry: Entry): TimelineTransfer {
  const [action, outcome] = [
    textOf(entry['action']) ?? textOf(entry['operation']),
    textOf(entry['outcome']),
  ];
  const [host, port] = [textOf(entry['host']), entry['port']];
  const sha256 = textOf(entry['sha256']);
  const counts = [entry['bytes'], entry['bytesSent'], entry['bytesShown']].filter(
    (count) => typeof count === 'number',
  );
  return {
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
    ...(host !== undefined && { place: `${host}:${String(port)}` }),
    ...(counts.length > 0 && { bytes: counts.reduce((sum, count) => sum + count, 0) }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
