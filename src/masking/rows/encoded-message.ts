import { isAscii, isUtf8 } from 'node:buffer';
import { fromUtf8, type TextEncoding, toUtf8 } from './text-encoding.ts';

/** Of the length, behind the type byte. */
const LENGTH_OFFSET = 1;
const NUL = 0;

/** Where in a message text begins, and how it is written. */
export interface MessageText {
  readonly encoding: TextEncoding;
  /** From there on, texts follow each other, each with a NUL behind it. */
  readonly textStart: number;
  /** Bytes in front of each text that say what it is. */
  readonly codeBytes: number;
  /** Stands for a text that nobody can read. */
  readonly withheld: string;
}

/**
 * Changes a whole message of texts in another encoding as if it were in UTF-8.
 *
 * @returns What `change` returns, in the message's encoding.
 */
export function changeEncoded<Changed extends Buffer | undefined>(
  message: Buffer,
  how: MessageText,
  change: (message: Buffer) => Changed,
): Changed | Buffer {
  const { encoding, textStart } = how;
  const text = message.subarray(textStart);
  if (isUtf8(text)) return change(message);
  const read = toUtf8(encoding, text);
  if (read === undefined) {
    const readable = withText(message, textStart, withoutUnreadable(text, how));
    return change(readable) ?? readable;
  }
  const changed = change(withText(message, textStart, read));
  if (changed === undefined || changed.length === 0) return changed;
  return withText(changed, textStart, fromUtf8(encoding, changed.subarray(textStart), text));
}

function withText(message: Buffer, textStart: number, text: Buffer): Buffer {
  const result = Buffer.concat([message.subarray(0, textStart), text]);
  result.writeInt32BE(result.length - LENGTH_OFFSET, LENGTH_OFFSET);
  return result;
}

function withoutUnreadable(texts: Buffer, { codeBytes, withheld }: MessageText): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < texts.length; ) {
    const nul = texts.indexOf(NUL, start);
    const end = nul === -1 ? texts.length : nul + 1;
    const text = texts.subarray(start, end);
    if (isAscii(text)) parts.push(text);
    else parts.push(text.subarray(0, codeBytes), Buffer.from(`${withheld}\0`));
    start = end;
  }
  return Buffer.concat(parts);
}
