import type { ContentMasker } from '../content-masker.ts';
import type { Counters } from './content-masks.ts';
import type { FormatMasking } from './content-plans.ts';
import { type ValueClass, ValueMasks } from './value-masks.ts';

/** What is to be masked in messages that are made of segments. */
export interface SegmentContent {
  /** What the data map says, by place. */
  readonly fields: ReadonlyMap<string, ValueClass>;
  /** The place of what says whose message it is. */
  readonly patientKey: string;
}

/** Masks one content. */
export interface SegmentMaskerParts {
  readonly content: SegmentContent;
  readonly masks: ValueMasks;
  readonly evidence: Counters['evidence'];
  readonly write: (bytes: Buffer) => void;
}

/** A format made of segments, which says by place what their parts hold. */
export function segmentFormat({
  classNames,
  patientKey: standardKey,
  toPlace,
  open,
}: {
  readonly classNames: readonly string[];
  /** Where the data map names none. */
  readonly patientKey: string;
  /** A place, as the data map may write it, in its one form. */
  readonly toPlace: (path: string) => string;
  readonly open: (parts: SegmentMaskerParts) => ContentMasker;
}): FormatMasking {
  return {
    classNames,
    open({ content: { fields, patientKey = standardKey }, classNames: all }, shown, masks) {
      const content = {
        fields: new Map(fields.map((field) => [toPlace(field.path), field])),
        patientKey: toPlace(patientKey),
      };
      return (write) => {
        const counters = masks.begin(all, shown, true);
        const values = new ValueMasks(masks, shown, counters);
        return open({ content, masks: values, evidence: counters.evidence, write });
      };
    },
  };
}
