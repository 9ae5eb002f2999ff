/**
 * Aborted once somebody ends the demo. Whoever says so again meanwhile has it stop in order all the same: without a
 * terminal, Ctrl-C comes twice, from the process group and from the program that started the demo.
 */
export function watchInterrupts(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => interrupted.abort());
  }
  return interrupted.signal;
}
