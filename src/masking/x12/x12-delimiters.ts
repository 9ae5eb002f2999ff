import { ContentFormatError } from '../content-masker.ts';

/** What separates the parts of an interchange. */
export interface X12Delimiters {
  readonly element: string;
  /** Empty before version 00402: there was none. */
  readonly repetition: string;
  readonly component: string;
  readonly segment: string;
}

/** An ISA segment has elements of fixed length, its terminator included. */
export const ISA_BYTES = 106;
const ELEMENT_AT = 3;
const ISA_ELEMENTS = 17;
const REPETITION_ELEMENT = 11;
const SIGN = /^[!-/:-@[-`{-~\x1c-\x1f\n\r]$/;

/**
 * Reads the delimiters off an ISA segment.
 *
 * @param isa Its {@link ISA_BYTES} bytes as latin1.
 * @throws {ContentFormatError} If they are not what others would take them for as well.
 * @see X12.5, section 3.1
 */
export function readX12Delimiters(isa: string): X12Delimiters {
  const element = isa.charAt(ELEMENT_AT);
  const elements = isa.slice(0, -1).split(element);
  const [component = '', segment] = [elements[ISA_ELEMENTS - 1], isa.charAt(ISA_BYTES - 1)];
  const said = elements[REPETITION_ELEMENT] ?? '';
  const repetition = /^[A-Z0-9 ]$/i.test(said) ? '' : said;
  const all = [element, component, segment, ...(repetition === '' ? [] : [repetition])];
  const isClear =
    isa.startsWith('ISA') &&
    elements.length === ISA_ELEMENTS &&
    new Set(all).size === all.length &&
    all.every((sign) => SIGN.test(sign));
  if (!isClear) throw new ContentFormatError('X12', 'does not start with an ISA segment');
  return { element, repetition, component, segment };
}
