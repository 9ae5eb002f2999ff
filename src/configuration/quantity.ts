const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE = /^(\d{1,9})(B|KiB|MiB|GiB)$/;
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Milliseconds of `50ms`, `30s`, `5m`, `8h` or `90d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, DURATION, MILLISECONDS);
}

/** Bytes of `512B`, `64KiB`, `16MiB` or `1GiB`; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, SIZE, BYTES);
}

/** A duration as people write it, in the largest unit that is exact. */
export function formatDuration(milliseconds: number): string {
  return formatQuantity(milliseconds, MILLISECONDS);
}

/** A size as people write it, in the largest unit that is exact. */
export function formatSize(bytes: number): string {
  return formatQuantity(bytes, BYTES);
}

function parseQuantity(
  text: string,
  pattern: RegExp,
  factors: Readonly<Record<string, number>>,
): number | undefined {
  const [, amount, unit] = pattern.exec(text) ?? [];
  const factor = factors[unit ?? ''];
  if (amount === undefined || factor === undefined) return undefined;
  const value = Number(amount) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}

function formatQuantity(value: number, factors: Readonly<Record<string, number>>): string {
  const descending = Object.entries(factors).toSorted(([, a], [, b]) => b - a);
  const [unit, factor] = descending.find(([, size]) => value >= size && value % size === 0) ?? [];
  return factor === undefined ? `${value}${descending.at(-1)?.[0]}` : `${value / factor}${unit}`;
}
