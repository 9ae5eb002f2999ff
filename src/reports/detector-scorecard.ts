/** How the detectors did on one labelled set of texts. */
export interface DetectorScore {
  /** Which texts. */
  readonly texts: string;
  /** Labelled values in them. */
  readonly values: number;
  /** Of the values, of how many every letter and digit was masked: percent. */
  readonly inFullPercent: number;
  /** Of the other letters and digits, how many were masked: percent. */
  readonly overMaskedPercent: number;
}

/** As `npm run score -- --write` left it in `docs/masking-score.md`; a test compares them. */
export const DETECTOR_SCORECARD: readonly DetectorScore[] = [
  score('clinical notes and terminal captures', 3656, 99.9, 0.0),
  score('transcriptions, a quarter of them clean', 527, 99.6, 0.0),
  score('HL7 v2, X12 and C-CDA messages', 1908, 99.9, 2.6),
  score('one entity in a short text, United States and global', 264, 91.3, 4.5),
  score('the same, other countries', 274, 12.8, 5.5),
  score('right and wrong check digits', 210, 100.0, 0.0),
];

function score(
  texts: string,
  values: number,
  inFullPercent: number,
  overMaskedPercent: number,
): DetectorScore {
  return { texts, values, inFullPercent, overMaskedPercent };
}
