import type { SourceEntry } from '../audit/entry-source.ts';

/**
 * Puts what several logs say in the order of its times, as far as each log is in that order.
 *
 * @param onFailure Told of a log that cannot be read on; the others go on.
 */
export async function* mergeLogs(
  logs: readonly AsyncGenerator<SourceEntry, void>[],
  onFailure: (error: unknown) => void,
): AsyncGenerator<SourceEntry, void> {
  const heads = new Map<AsyncGenerator<SourceEntry, void>, SourceEntry>();
  const advance = async (log: AsyncGenerator<SourceEntry, void>): Promise<void> => {
    heads.delete(log);
    try {
      const { value } = await log.next();
      if (value !== undefined) heads.set(log, value);
    } catch (error) {
      onFailure(error);
    }
  };
  try {
    for (const log of logs) await advance(log);
    while (heads.size > 0) {
      const [log, earliest] = [...heads].reduce((a, b) => (b[1].entry.at < a[1].entry.at ? b : a));
      yield earliest;
      await advance(log);
    }
  } finally {
    // Whoever has read enough leaves files open otherwise.
    for (const log of heads.keys()) await log.return();
  }
}
