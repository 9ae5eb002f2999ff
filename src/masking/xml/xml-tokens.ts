import { isUtf8 } from 'node:buffer';
import { KeptBytes } from '../content/kept-bytes.ts';
import { ContentFormatError } from '../content-masker.ts';
import { parseEndTag, parseStartTag, type XmlStartTag } from './xml-tag.ts';
import { checkXmlCharacters, decodeXmlText } from './xml-text.ts';

/** Told of a document as it comes, each part as it is written. */
export interface XmlListener {
  startTag(tag: XmlStartTag, written: string): void;
  /** @param written Empty for elements that are one tag. */
  endTag(written: string): void;
  /** All between two tags, whatever it is written in: character data, CDATA sections, comments, instructions. */
  content(run: XmlRun): void;
}

/** What stands between two tags. */
export interface XmlRun {
  readonly written: string;
  /** What the element holds: character data, without comments and instructions. */
  readonly text: string;
  /** What comments and instructions say. */
  readonly asides: readonly string[];
}

/** Longest piece of markup, and longest run between two tags. */
const MARKUP_BYTES_MAX = 1024 * 1024;
const RUN_BYTES_MAX = 4 * 1024 * 1024;
const DEPTH_MAX = 256;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);
const NO_BYTES: Buffer = Buffer.alloc(0);
const DECLARATION =
  /^<\?xml[\t\n\r ]+version[\t\n\r ]*=[\t\n\r ]*(["'])1\.\d\1(?:[\t\n\r ]+encoding[\t\n\r ]*=[\t\n\r ]*(["'])(?<encoding>[A-Za-z0-9._-]+)\2)?(?:[\t\n\r ]+standalone[\t\n\r ]*=[\t\n\r ]*(["'])(?:yes|no)\4)?[\t\n\r ]*\?>$/;
const ENCODINGS: ReadonlySet<string> = new Set(['utf-8', 'us-ascii', 'ascii']);
/** A CDATA section. */
const SECTION = { start: '<![CDATA[', end: ']]>' } as const;

/**
 * Cuts a document into tags and what stands between them, as it streams by. Strict: UTF-8 only, no document type, no entities but
 * the five that XML has, one root; what other parsers may read otherwise is refused.
 *
 * @see https://www.w3.org/TR/xml/
 */
export class XmlTokens {
  readonly #listener: XmlListener;
  readonly #open: string[] = [];
  readonly #kept = new KeptBytes();
  /** Of the bytes kept: looked at without an end in sight. */
  #looked = 0;
  /** Within a tag: the quote that was opened last among them; 0 if none is open. */
  #quote = 0;
  #isMarkPassed = false;
  #isStart = true;
  #hasRoot = false;
  #run: { readonly written: string[]; readonly text: string[]; readonly asides: string[] } =
    emptyRun();
  #runBytes = 0;

  constructor(listener: XmlListener) {
    this.#listener = listener;
  }

  /** @throws {ContentFormatError} If the bytes are no such document. */
  push(bytes: Buffer): void {
    this.#read(bytes, false);
  }

  end(): void {
    this.#read(NO_BYTES, true);
    if (this.#kept.length > 0 || this.#open.length > 0 || !this.#hasRoot) {
      throw malformed('ends too early');
    }
    this.#tellRun();
  }

  #read(bytes: Buffer, isEnd: boolean): void {
    const all = this.#kept.join(bytes);
    let start = this.#passMark(all, isEnd);
    while (this.#isMarkPassed && start < all.length) {
      const end =
        all[start] === LESS_THAN
          ? this.#findMarkupEnd(all, start)
          : this.#findTextEnd(all, start, isEnd);
      if (end === -1) break;
      this.#looked = 0;
      this.#token(decodeUtf8(all.subarray(start, end)));
      start = end;
    }
    if (
      all.length - start > MARKUP_BYTES_MAX &&
      all[start] === LESS_THAN &&
      !isSection(all, start)
    ) {
      throw malformed(`markup of more than ${MARKUP_BYTES_MAX} bytes`);
    }
    if (this.#runBytes + all.length - start > RUN_BYTES_MAX) {
      throw malformed(`text of more than ${RUN_BYTES_MAX} bytes`);
    }
    this.#kept.keep(all, start);
  }

  /** Passes over a byte order mark; where the document starts, or behind the end if that cannot be told yet. */
  #passMark(all: Buffer, isEnd: boolean): number {
    if (this.#isMarkPassed) return 0;
    if (all.length < BYTE_ORDER_MARK.length && !isEnd) return 0;
    this.#isMarkPassed = true;
    if (!all.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) return 0;
    this.#add('\ufeff');
    return BYTE_ORDER_MARK.length;
  }

  #token(written: string): void {
    const isFirst = this.#isStart;
    this.#isStart = false;
    if (!written.startsWith('<')) return this.#text(written);
    if (written.startsWith('<?')) return this.#instruction(written, isFirst);
    if (written.startsWith('<!--')) return this.#comment(written);
    if (written.startsWith(SECTION.start)) return this.#section(written);
    if (written.startsWith('<!')) throw malformed('a document type');
    this.#tellRun();
    if (written.startsWith('</')) return this.#endTag(written);
    const tag = parseStartTag(written);
    if (this.#open.length === 0 && this.#hasRoot) throw malformed('more than one root');
    if (this.#open.length === DEPTH_MAX) throw malformed('more elements within each other');
    this.#hasRoot = true;
    this.#listener.startTag(tag, written);
    if (tag.isEmpty) this.#listener.endTag('');
    else this.#open.push(tag.name);
  }

  #endTag(written: string): void {
    if (this.#open.pop() !== parseEndTag(written)) throw malformed('tags that do not match');
    this.#listener.endTag(written);
  }

  #text(written: string): void {
    if (written.includes(SECTION.end)) throw malformed('the end of a section that has no start');
    this.#addText(written, decodeXmlText(written));
  }

  #section(written: string): void {
    const text = written.slice(SECTION.start.length, -SECTION.end.length);
    checkXmlCharacters(text);
    if (this.#open.length === 0) throw malformed('text outside of the root');
    this.#addText(written, text);
  }

  #addText(written: string, text: string): void {
    const isBlank = /^[\t\n\r ]*$/.test(text);
    if (this.#open.length === 0 && !isBlank) throw malformed('text outside of the root');
    this.#add(written);
    this.#run.text.push(text);
  }

  #comment(written: string): void {
    const text = written.slice('<!--'.length, -'-->'.length);
    checkXmlCharacters(text);
    if (text.includes('--') || text.endsWith('-')) throw malformed('a comment with two dashes');
    this.#add(written);
    this.#run.asides.push(text);
  }

  #instruction(written: string, isFirst: boolean): void {
    checkXmlCharacters(written);
    if (/^<\?xml[\t\n\r ?]/i.test(written)) {
      const declaration = isFirst ? DECLARATION.exec(written) : null;
      const encoding = declaration?.groups?.['encoding'] ?? 'utf-8';
      if (declaration === null || !ENCODINGS.has(encoding.toLowerCase())) {
        throw malformed('a declaration of something else than UTF-8');
      }
    } else {
      this.#run.asides.push(written.slice(2, -2));
    }
    this.#add(written);
  }

  #add(written: string): void {
    this.#run.written.push(written);
    this.#runBytes += written.length;
  }

  #tellRun(): void {
    const { written, text, asides } = this.#run;
    if (written.length === 0) return;
    this.#run = emptyRun();
    this.#runBytes = 0;
    this.#listener.content({ written: written.join(''), text: text.join(''), asides });
  }

  /** Where the markup that starts here ends; -1 if that has not come. */
  #findMarkupEnd(all: Buffer, start: number): number {
    const known = all.subarray(start, start + SECTION.start.length).toString('latin1');
    const lookedBefore = this.#looked;
    const from = start + Math.max(lookedBefore - SECTION.end.length, 0);
    this.#looked = all.length - start;
    if (known.startsWith('<!--')) return findBehind(all, '-->', Math.max(from, start + 4));
    if (known.startsWith('<?')) return findBehind(all, '?>', Math.max(from, start + 2));
    if (known === SECTION.start)
      return findBehind(all, SECTION.end, Math.max(from, start + known.length));
    // `<!` and what follows has to be known.
    if (known.startsWith('<!') && known.length < SECTION.start.length && !known.includes('>')) {
      this.#looked = 0;
      return -1;
    }
    return this.#findTagEnd(all, start, lookedBefore);
  }

  /** Quotes in a tag may hold the sign that ends it. */
  #findTagEnd(all: Buffer, start: number, lookedBefore: number): number {
    for (let at = start + Math.max(1, lookedBefore); at < all.length; at += 1) {
      const byte = all[at] as number;
      if (this.#quote !== 0) this.#quote = byte === this.#quote ? 0 : this.#quote;
      else if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) this.#quote = byte;
      else if (byte === GREATER_THAN) return at + 1;
      else if (byte === LESS_THAN) throw malformed('a tag within a tag');
    }
    return -1;
  }

  /** Text ends where markup starts: a reference in it may not have come whole before that. */
  #findTextEnd(all: Buffer, start: number, isEnd: boolean): number {
    const end = all.indexOf(LESS_THAN, start + this.#looked);
    this.#looked = all.length - start;
    return end === -1 && isEnd ? all.length : end;
  }
}

function findBehind(all: Buffer, sign: string, from: number): number {
  const at = all.indexOf(sign, from, 'latin1');
  return at === -1 ? -1 : at + sign.length;
}

function isSection(all: Buffer, start: number): boolean {
  return all.toString('latin1', start, start + SECTION.start.length) === SECTION.start;
}

function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw malformed('is not UTF-8');
  return bytes.toString('utf8');
}

function emptyRun(): { written: string[]; text: string[]; asides: string[] } {
  return { written: [], text: [], asides: [] };
}

function malformed(reason: string): ContentFormatError {
  return new ContentFormatError('XML', reason);
}
