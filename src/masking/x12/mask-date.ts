/** What a period of dates has between them. */
const DASH = '-';
const LENGTHS: Readonly<Record<number, (year: string) => string>> = {
  4: (year) => year,
  6: (year) => `${year.slice(2)}0101`,
  8: (year) => `${year}0101`,
  12: (year) => `${year}01010000`,
  14: (year) => `${year}0101000000`,
};

/** Writes years as the dates that they stand for are written: D8, RD8, D6, DT (X12 element 1250). */
export function maskX12Date(
  text: string,
  maskYear: (date: string) => string | undefined,
): string | undefined {
  const dates = text.split(DASH);
  const masked = dates.map((date) => {
    // Of a year of two digits, the century is that of the receiver.
    const year = maskYear(date.length === 6 ? `20${date}` : date);
    return year === undefined ? undefined : (LENGTHS[date.length] ?? LENGTHS[8])?.(year);
  });
  return masked.includes(undefined) ? undefined : masked.join(DASH);
}
