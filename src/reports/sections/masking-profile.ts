import { fieldsOf, numberOf, textOf } from '../../audit/entry-fields.ts';
import type { DetectorScore } from '../detector-scorecard.ts';
import type { Cell } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';

/** Which masks the data maps ask for, and how well the detectors do. */
export function collectMaskingProfile(scorecard: readonly DetectorScore[]): SectionCollector {
  const masks = new Map<string, Readonly<Record<string, unknown>>>();
  return {
    add({ entry }) {
      if (entry.kind !== 'configuration.target') return;
      masks.set(textOf(entry['target']) ?? '', fieldsOf(entry['masks']));
    },
    finish: () => ({
      id: 'masking',
      title: 'Masking profile',
      rules: [RULES.deidentification],
      notes: [
        'Masks that the data map asks for at the end of the period, for whoever has no policy to see a class. Pseudonyms are keyed; they can be undone by who holds the key.',
        'The scorecard was measured on labelled synthetic data when this version was made: other texts are read less well.',
      ],
      tables: [
        {
          id: 'masks',
          title: 'Masks by data class',
          columns: ['Target', 'Data class', 'Mask', 'Columns in the data map'],
          rows: [...masks].flatMap(([target, byClass]) =>
            Object.entries(byClass).flatMap(([className, byMask]) =>
              Object.entries(fieldsOf(byMask)).map(([mask, count]): readonly Cell[] => [
                target,
                className,
                mask,
                numberOf(count) ?? 0,
              ]),
            ),
          ),
          omitted: 0,
        },
        {
          id: 'scorecard',
          title: 'Detectors on labelled texts',
          columns: ['Texts', 'Values', 'Masked in full', 'Over-masked letters and digits'],
          rows: scorecard.map(({ texts, values, inFullPercent, overMaskedPercent }) => [
            texts,
            values,
            `${inFullPercent.toFixed(1)} %`,
            `${overMaskedPercent.toFixed(1)} %`,
          ]),
          omitted: 0,
        },
      ],
    }),
  };
}
