import type { Detectors } from './detectors/detectors.ts';
import type { JsonPathMask } from './detectors/redact-json.ts';
import type { MaskContext } from './masks/mask-context.ts';
import { maskText } from './masks/mask-text.ts';
import type { JsonPaths, TextMasks } from './rows/findings.ts';

/** What takes the place of a value whose mask leaves nothing. */
const NOTHING_LEFT = '';

/** The second net's masks by one set of detectors. @param context Asked for every document with paths. */
export function openTextMasks(detectors: Detectors, context: () => MaskContext): TextMasks {
  let found: string[] = [];
  const report = (className: string): void => void found.push(className);
  const masksOf = new WeakMap<JsonPaths, readonly JsonPathMask[]>();
  const masksFor = (paths: JsonPaths): readonly JsonPathMask[] => {
    let masks = masksOf.get(paths);
    if (masks === undefined) {
      masks = paths.map(({ path, className, mask }) => ({
        path,
        className,
        mask: (text) => maskText(mask, text, context()) ?? NOTHING_LEFT,
      }));
      masksOf.set(paths, masks);
    }
    return masks;
  };
  return {
    redact(bytes, start, end, table) {
      found = [];
      return detectors.redact(bytes, start, end, { report, table });
    },
    redactJson(bytes, start, end, paths) {
      found = [];
      return detectors.redactJson(bytes, start, end, { paths: masksFor(paths), report });
    },
    lastFound: () => found,
    openTable: () => detectors.openTable,
  };
}
