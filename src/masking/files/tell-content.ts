/**
 * What the start of a file says of its content.
 *
 * - `text`: the detectors find in it what there is to find, whatever its encoding does with other letters.
 * - `wide-text`: letters take two bytes or four (UTF-16, UTF-32): no detector reads that.
 * - `binary`: anything else.
 */
export type FileContent = 'text' | 'wide-text' | 'binary';

/** Controls that texts have: backspace to carriage return, substitute (the end of files of DOS), escape. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([8, 9, 10, 11, 12, 13, 0x1a, 0x1b]);
/** Of the bytes at even or at odd offsets, those that are zero in a text of Latin letters that take two bytes. */
const ZEROS_OF_WIDE = 0.4;

/** Tells text from what is no text. @param start Some thousand bytes, or all there are. */
export function tellContent(start: Buffer): FileContent {
  const mark = start.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') return 'wide-text';
  const zeros = [0, 0];
  let hasOtherControl = false;
  for (const [offset, byte] of start.entries()) {
    if (byte === 0) zeros[offset % 2] = (zeros[offset % 2] as number) + 1;
    else if (byte < 0x20 && !TEXT_CONTROLS.has(byte)) hasOtherControl = true;
  }
  const [even = 0, odd = 0] = zeros;
  if (even + odd === 0) return hasOtherControl ? 'binary' : 'text';
  const isWide = Math.max(even, odd) >= (start.length / 2) * ZEROS_OF_WIDE;
  return isWide && !hasOtherControl ? 'wide-text' : 'binary';
}
