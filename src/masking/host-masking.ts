import type { Detectors } from './detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from './detectors/open-tail.ts';
import { type FileMasking, type FileMaskingParts, openFileMasking } from './files/file-masking.ts';
import type { TextMasks } from './rows/findings.ts';

/** What masking shares between the sessions on one host. */
export interface HostMasking {
  readonly files: FileMasking;
  /** The detectors, with the target's own. */
  readonly textMasks: TextMasks;
  /** What looks through what commands and terminals show; undefined where that passes as it is. */
  readonly outputDetectors: OutputDetectors | undefined;
}

export interface HostMaskingParts extends FileMaskingParts {
  /** With the target's own. */
  readonly detectors: Detectors;
}

/** Applies the data map of a host. */
export function openHostMasking(parts: HostMaskingParts): HostMasking {
  const { dataMap, detectors, textMasks } = parts;
  return {
    files: openFileMasking(parts),
    textMasks,
    outputDetectors:
      dataMap.output === 'pass'
        ? undefined
        : { detectors, findOpenTail: compileOpenTail(dataMap.detectors) },
  };
}
