const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})/;

/** The newest of some versions of Sallyport. What is none is left out; undefined if nothing is left. */
export function findNewestVersion(versions: readonly string[]): string | undefined {
  return versions
    .filter((version) => VERSION.test(version))
    .reduce<string | undefined>(
      (newest, version) =>
        newest === undefined || isOlderVersion(newest, version) ? version : newest,
      undefined,
    );
}

/** Whether one version came before another. Not known of what is no version: then it did not. */
export function isOlderVersion(one: string, other: string): boolean {
  const [ones, others] = [VERSION.exec(one), VERSION.exec(other)];
  if (ones === null || others === null) return false;
  for (const part of [1, 2, 3]) {
    const difference = Number(ones[part]) - Number(others[part]);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
