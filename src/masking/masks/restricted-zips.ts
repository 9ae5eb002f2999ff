/**
 * The three-digit ZIP codes whose area holds 20,000 people or fewer, which Safe Harbor wants changed to 000.
 *
 * Version 2010: by the ZIP Code Tabulation Areas of the 2010 census.
 *
 * @see 45 CFR 164.514(b)(2)(i)(B)
 * @see https://www.hhs.gov/hipaa/for-professionals/special-topics/de-identification/index.html "Guidance Regarding Methods
 *   for De-identification of Protected Health Information", question 2.2 (zip codes)
 */
export const RESTRICTED_ZIPS: readonly string[] = [
  '036',
  '059',
  '063',
  '102',
  '203',
  '556',
  '692',
  '790',
  '821',
  '823',
  '830',
  '831',
  '878',
  '879',
  '884',
  '890',
  '893',
];

/** Which census {@link RESTRICTED_ZIPS} goes by. */
export const RESTRICTED_ZIPS_VERSION = '2010';

/** What a restricted prefix becomes. */
export const RESTRICTED_ZIP_MASK = '000';
