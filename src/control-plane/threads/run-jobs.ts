import { parentPort } from 'node:worker_threads';
import type { JobAnswer, JobMessage } from './job-thread.ts';
import { JOBS } from './jobs.ts';

/** The other side of a `JobThread`: does what it is told, one thing after the other. */
parentPort?.on('message', ({ job, input }: JobMessage) => {
  const run = JOBS[job] as (input: unknown) => Promise<unknown>;
  run(input).then(
    (output) => answer({ output }),
    (error: unknown) => answer({ error }),
  );
});

function answer(message: JobAnswer): void {
  parentPort?.postMessage(message);
}
