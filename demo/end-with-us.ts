import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Waits until its input ends; unless a line came before, ends the process, at last by force. */
const WATCH = `read -r line && exit
kill -s "$2" "$1"
for second in $(seq "$3"); do
  kill -0 "$1" 2>/dev/null || exit
  sleep 1
done
kill -KILL "$1"`;

/** How a process is ended. */
export interface Ending {
  /** What it is told first. */
  readonly signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL';
  /** How long it may take. */
  readonly graceSeconds: number;
}

/**
 * Ends a process when this one is gone, whether it exits, is told to end or is killed.
 *
 * @returns To be called once the process has ended: its number may soon be another's.
 */
export function endWithUs(pid: number, { signal, graceSeconds }: Ending): () => void {
  const name = signal.slice('SIG'.length);
  const watch = spawn('/bin/sh', ['-c', WATCH, 'sh', `${pid}`, name, `${graceSeconds}`], {
    // What ends us must not end it, such as Ctrl-C.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.unref();
  watch.stdin.on('error', () => undefined);
  // A pipe is a socket to Node.js, and would keep us here.
  if (watch.stdin instanceof Socket) watch.stdin.unref();
  return () => void watch.stdin.end('ended\n');
}
