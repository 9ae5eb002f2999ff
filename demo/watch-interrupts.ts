/**
 * Aborted once somebody ends the demo, or reads it no more. Whoever says so again meanwhile has it stop in order all the same: without a
 * terminal, Ctrl-C comes twice, from the process group and from the program that started the demo.
 */
export function watchInterrupts(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort());
  }
  // Who reads along goes first (`npm run demo | tee log`): what is said from then on is lost.
  process.stdout.on('error', () => interrupted.abort());
  return interrupted.signal;
}
