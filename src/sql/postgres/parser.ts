import type { Node } from 'libpg-query';
import createInstance, { type PgQueryInstance } from 'libpg-query/wasm/libpg-query.js';
import { isTooDeep, nestingMax } from './nesting.ts';

/** UTF-8 bytes of text that are parsed on the caller's thread: about 15 ms at worst. */
export const textBytesMax = 65_536;

/** An instance starts with 128 MiB of (mostly untouched) memory; one that had to grow past this is replaced. */
const instanceBytesMax = 256 * 1024 * 1024;

/** One statement of a text. */
export interface ParsedStatement {
  readonly node: Node;
  /** In UTF-16 units of the text. */
  readonly start: number;
  readonly length: number;
}

/** What became of a text. */
export type ParseResult =
  | { readonly kind: 'tree'; readonly statements: readonly ParsedStatement[] }
  /** PostgreSQL's own message. The position is 1-based, in characters (code points), as the server reports it. */
  | { readonly kind: 'syntax-error'; readonly message: string; readonly position: number }
  /** Not given to the parser, or the parser broke on it: nothing is known of the text. */
  | { readonly kind: 'refused'; readonly reason: string };

/** PostgreSQL's own grammar. Synchronous; one text at a time, so one parser serves all sessions of a process. */
export interface SqlParser {
  /** @param bytesMax Larger texts are refused. Default: the parser's own limit, which is for what clients send. */
  parse(text: string, bytesMax?: number): ParseResult;
  /**
   * How many texts were refused only because others had broken the parser just before. What was found out while it rose is not to be
   * kept: it says nothing of the text.
   */
  readonly interruptions: number;
}

export interface ParserOptions {
  /** Larger texts are refused. Default: `textBytesMax`. */
  readonly textBytesMax?: number;
  /** Deeper texts are refused. Default: `nestingMax`. */
  readonly depthMax?: number;
}

/** Loads a parser, and a spare to take its place should a text break it. */
export async function loadParser(options: ParserOptions = {}): Promise<SqlParser> {
  const instances = await Promise.all([createInstance(), createInstance()]);
  return new WasmParser(instances, {
    textBytesMax: options.textBytesMax ?? textBytesMax,
    depthMax: options.depthMax ?? nestingMax,
  });
}

/**
 * Owns the WASM instances. A text that makes one fail other than by a syntax error may have left it corrupt for good, so it is
 * thrown away with everything in it; a new one is made ready in the background (about 8 ms).
 */
class WasmParser implements SqlParser {
  readonly #instances: PgQueryInstance[];
  readonly #textBytesMax: number;
  readonly #depthMax: number;
  #interruptions = 0;

  constructor(instances: PgQueryInstance[], options: Required<ParserOptions>) {
    this.#instances = instances;
    this.#textBytesMax = options.textBytesMax;
    this.#depthMax = options.depthMax;
  }

  get interruptions(): number {
    return this.#interruptions;
  }

  parse(text: string, bytesMax: number = this.#textBytesMax): ParseResult {
    const bytes = text.length > bytesMax ? Infinity : Buffer.byteLength(text);
    if (bytes > bytesMax) return refused(`text is larger than ${bytesMax} bytes`);
    // In C a NUL would end the text: what stands behind it would go unseen.
    if (text.includes('\0')) return refused('text contains a NUL character');
    if (isTooDeep(text, this.#depthMax)) return refused('text is nested too deeply');
    const instance = this.#instances[0];
    if (instance === undefined) {
      this.#interruptions += 1;
      return refused('the parser is being replaced');
    }

    let outcome: RawOutcome;
    try {
      outcome = parseWith(instance, text, bytes);
    } catch {
      this.#replace(instance);
      return refused('the parser failed on the text');
    }
    if (instance.HEAPU8.length > instanceBytesMax) this.#replace(instance);
    if (outcome.kind === 'tree') return readTree(outcome.json, text, bytes);
    if (isSyntaxError(outcome)) return { kind: 'syntax-error', ...outcome.error };
    this.#replace(instance);
    return refused('the parser ran out of resources on the text');
  }

  #replace(instance: PgQueryInstance): void {
    this.#instances.splice(this.#instances.indexOf(instance), 1);
    createInstance().then(
      (fresh) => this.#instances.push(fresh),
      // Without memory for a new instance the others go on, or texts are refused: both are safe.
      () => undefined,
    );
  }
}

type RawOutcome =
  | { readonly kind: 'tree'; readonly json: string }
  | {
      readonly kind: 'error';
      readonly error: { message: string; position: number };
      readonly file: string;
    };

/** One call into WASM. Layouts: PgQueryParseResult { tree, stderr, error }, PgQueryError { message, function, file, line, cursor }. */
function parseWith(instance: PgQueryInstance, text: string, bytes: number): RawOutcome {
  const input = instance._malloc(bytes + 1);
  if (input === 0) throw new Error('Cannot parse: out of memory');
  instance.stringToUTF8(text, input, bytes + 1);
  const result = instance._wasm_parse_query_raw(input);
  if (result === 0) throw new Error('Cannot parse: out of memory');
  const readString = (pointer: number): string => {
    const address = instance.getValue(pointer, 'i32');
    return address === 0 ? '' : instance.UTF8ToString(address);
  };
  const error = instance.getValue(result + 8, 'i32');
  const outcome: RawOutcome =
    error === 0
      ? { kind: 'tree', json: readString(result) }
      : {
          kind: 'error',
          error: {
            message: readString(error),
            position: Math.max(1, instance.getValue(error + 16, 'i32')),
          },
          file: readString(error + 8),
        };
  // Not in a finally block: after an exception the instance is thrown away whole.
  instance._free(input);
  instance._wasm_free_parse_result(result);
  return outcome;
}

/** Errors of the lexer and grammar leave the parser as it was; running out of stack or memory may not. */
function isSyntaxError(outcome: {
  readonly error: { readonly message: string };
  readonly file: string;
}): boolean {
  if (/^(memory exhausted|out of memory|stack depth|invalid memory)/.test(outcome.error.message))
    return false;
  return /^(src_backend_(parser|utils|nodes)_)?\w*(scan|gram|parser|scansup|keywords|mbutils|wchar|value|makefuncs|numutils)\.[cly]$/.test(
    outcome.file,
  );
}

interface RawTree {
  readonly stmts?: readonly {
    readonly stmt?: Node;
    readonly stmt_location?: number;
    readonly stmt_len?: number;
  }[];
}

function readTree(json: string, text: string, bytes: number): ParseResult {
  const tree = JSON.parse(json) as RawTree;
  const toUnits = bytes === text.length ? (offset: number): number => offset : unitsOfBytes(text);
  const statements: ParsedStatement[] = [];
  for (const { stmt, stmt_location: location = 0, stmt_len: length = 0 } of tree.stmts ?? []) {
    if (stmt === undefined) return refused('the parser left a statement out');
    const start = toUnits(location);
    // PostgreSQL's 0: to the end of the text.
    const end = length === 0 ? text.length : toUnits(location + length);
    statements.push({ node: stmt, start, length: end - start });
  }
  return { kind: 'tree', statements };
}

/** Offsets must be asked for in rising order: the text is walked once. */
function unitsOfBytes(text: string): (byteOffset: number) => number {
  let bytes = 0;
  let units = 0;
  return (byteOffset) => {
    while (bytes < byteOffset && units < text.length) {
      const point = text.codePointAt(units) ?? 0;
      units += point > 0xffff ? 2 : 1;
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    }
    return units;
  };
}

function refused(reason: string): ParseResult {
  return { kind: 'refused', reason };
}
