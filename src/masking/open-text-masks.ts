import type { Detectors } from './detectors/detectors.ts';
import type { TextMasks } from './rows/findings.ts';

/** Stands for a document that is not looked into. */
const WITHHELD_DOCUMENT: Buffer = Buffer.from('"[redacted]"');

/** The second net's masks by one set of detectors. */
export function openTextMasks(detectors: Detectors): TextMasks {
  let found: string[] = [];
  return {
    redact(bytes, start, end) {
      found = [];
      return detectors.redact(bytes, start, end, (className) => found.push(className));
    },
    redactJson() {
      found = ['json'];
      return WITHHELD_DOCUMENT;
    },
    lastFound: () => found,
  };
}
