import type { Entry } from '../../audit/decode-entry.ts';
import { fieldsOf, textOf, textsOf } from '../../audit/entry-fields.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';
import { Tally } from '../tally.ts';

interface Sightings {
  results: number;
  raw: number;
  firstAt: string;
  lastAt: string;
}

const PAIRS_MAX = 50_000;
/** Fields of a result, and how its rows told whose they are. */
const SETS = [
  ['patients', 'patient'],
  ['pseudonyms', 'pseudonym'],
  ['named', 'condition'],
] as const;

/** Which patients' rows were shown to whom, as the keyed hashes that the ledger has. */
export function collectPatients(): SectionCollector {
  const sightings = new Tally<Sightings>(
    () => ({ results: 0, raw: 0, firstAt: '', lastAt: '' }),
    PAIRS_MAX,
  );
  const untold = new Tally<{ large: number; unseen: number }>(() => ({ large: 0, unseen: 0 }));
  return {
    add({ entry, isWithin, actor }) {
      if (!isWithin || entry.kind !== 'result') return;
      const { principalId, target } = actor ?? { principalId: '', target: '' };
      const isRaw = Object.keys(fieldsOf(entry['raw'])).length > 0;
      for (const [field, shownAs] of SETS) {
        const set = fieldsOf(entry[field]);
        const key = textOf(set['key']) ?? '';
        for (const hash of textsOf(set['hashes'])) {
          const figures = sightings.find(target, `${key}:${hash}`, shownAs, principalId);
          if (figures !== undefined) note(figures, entry, isRaw);
        }
      }
      const isLarge = SETS.some(([field]) => isSketch(entry[field]));
      if (!isLarge && entry['unseen'] !== true) return;
      const figures = untold.find(principalId, target);
      if (figures === undefined) return;
      if (isLarge) figures.large += 1;
      if (entry['unseen'] === true) figures.unseen += 1;
    },
    finish: () => ({
      id: 'patients',
      title: 'Whose data was shown to whom',
      rules: [RULES.accounting, RULES.auditControls],
      notes: [
        'Patients are keyed hashes: without the key of the masking they tell nobody who is meant. For one patient, `sallyport patients who-saw` finds the results by the id.',
        'Key shown as condition: the result did not show whose rows it read, and the statement asked for nobody else. The patient may have had no row.',
        'Results with more than a thousand patients hold a sketch, which can be asked about one patient and cannot be listed; results that did not show whose rows they read are counted as unseen.',
        'This is not an accounting of disclosures by itself: what was disclosed outside, to whom and why, is known to people.',
      ],
      tables: [
        {
          id: 'sightings',
          title: 'Patients and principals',
          columns: [
            'Target',
            'Patient (keyed)',
            'Key shown as',
            'Principal',
            'Results',
            'With raw classes',
            'First',
            'Last',
          ],
          rows: sightings.rows(({ results, raw, firstAt, lastAt }) => [
            results,
            raw,
            firstAt,
            lastAt,
          ]),
          omitted: sightings.omitted,
        },
        {
          id: 'unlisted-patients',
          title: 'Results whose patients cannot be listed',
          columns: ['Principal', 'Target', 'With more than 1 000 patients', 'Unseen'],
          rows: untold.rows(({ large, unseen }) => [large, unseen]),
          omitted: untold.omitted,
        },
      ],
    }),
  };
}

function isSketch(set: unknown): boolean {
  return fieldsOf(set)['form'] === 'sketch';
}

function note(figures: Sightings, { at }: Entry, isRaw: boolean): void {
  figures.results += 1;
  if (isRaw) figures.raw += 1;
  if (figures.firstAt === '' || at < figures.firstAt) figures.firstAt = at;
  if (at > figures.lastAt) figures.lastAt = at;
}
