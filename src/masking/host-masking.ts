import type { FileDataMap } from '../configuration/file-data-map.ts';
import { type FileMasking, type FileMaskingParts, openFileMasking } from './files/file-masking.ts';
import type { TextMasks } from './rows/findings.ts';

/** What masking shares between the sessions on one host. */
export interface HostMasking {
  readonly files: FileMasking;
  /** The detectors, with the target's own. */
  readonly textMasks: TextMasks;
  /** Whether what commands and terminals show is looked through. */
  readonly output: FileDataMap['output'];
}

/** Applies the data map of a host. */
export function openHostMasking(parts: FileMaskingParts): HostMasking {
  return {
    files: openFileMasking(parts),
    textMasks: parts.textMasks,
    output: parts.dataMap.output,
  };
}
