import { Worker } from 'node:worker_threads';
import type { Jobs } from './jobs.ts';

export type Job = keyof Jobs;
export type JobInput<Name extends Job> = Parameters<Jobs[Name]>[0];
export type JobOutput<Name extends Job> = Awaited<ReturnType<Jobs[Name]>>;

/** What became of a job. */
export type JobOutcome<Output> =
  | { readonly kind: 'done'; readonly output: Output }
  /** Too many jobs wait already. */
  | { readonly kind: 'busy' }
  /** It took too long, or more memory than it may have. */
  | { readonly kind: 'given-up' };

export interface JobThreadOptions {
  /** Milliseconds that one job may take. */
  readonly deadlineMs: number;
  /** Jobs that may wait behind the one that runs. */
  readonly waitingMax: number;
}

/** What a thread is told, and tells. */
export interface JobMessage {
  readonly job: Job;
  readonly input: unknown;
}
export type JobAnswer = { readonly output: unknown } | { readonly error: unknown };

interface Waiting extends JobMessage {
  readonly settle: (outcome: JobOutcome<unknown>) => void;
  readonly fail: (error: unknown) => void;
}

/** Milliseconds after which a thread without work ends: it has megabytes of WebAssembly. */
const IDLE_MS = 60_000;
const MEMORY_MIB_MAX = 512;

/**
 * A thread beside the event loop for what computes long: statements of sessions never wait for it. One job at a time, in
 * their order; one that takes too long takes its thread with it.
 */
export class JobThread implements AsyncDisposable {
  readonly #options: JobThreadOptions;
  readonly #waiting: Waiting[] = [];
  #running: Waiting | undefined;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: JobThreadOptions) {
    this.#options = options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    for (const { settle } of this.#waiting.splice(0)) settle({ kind: 'given-up' });
    this.#running?.settle({ kind: 'given-up' });
    await this.#worker?.terminate();
  }

  /** Rejects if the job throws. */
  run<Name extends Job>(job: Name, input: JobInput<Name>): Promise<JobOutcome<JobOutput<Name>>> {
    if (this.#waiting.length >= this.#options.waitingMax) return Promise.resolve({ kind: 'busy' });
    return new Promise((resolve, reject) => {
      const settle = (outcome: JobOutcome<unknown>): void =>
        resolve(outcome as JobOutcome<JobOutput<Name>>);
      this.#waiting.push({ job, input, settle, fail: reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running !== undefined) return;
    clearTimeout(this.#timer);
    this.#running = this.#waiting.shift();
    if (this.#running === undefined) {
      this.#timer = setTimeout(() => this.#end(), IDLE_MS).unref();
      return;
    }
    const { job, input } = this.#running;
    this.#timer = setTimeout(() => this.#end(), this.#options.deadlineMs);
    const message: JobMessage = { job, input };
    (this.#worker ??= this.#start()).postMessage(message);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./run-jobs.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB_MAX },
      // Nothing of it is for a job: a secret that is not there cannot be read.
      env: {},
    });
    worker.unref();
    worker.on('message', (answer: JobAnswer) => {
      const done = this.#running;
      this.#running = undefined;
      if ('error' in answer) done?.fail(answer.error);
      else done?.settle({ kind: 'done', output: answer.output });
      this.#next();
    });
    // Out of memory: the thread is gone, and so is the job.
    worker.on('error', () => this.#giveUp(worker));
    worker.on('exit', () => this.#giveUp(worker));
    return worker;
  }

  #end(): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#giveUp(worker);
    void worker.terminate();
  }

  #giveUp(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const given = this.#running;
    this.#running = undefined;
    given?.settle({ kind: 'given-up' });
    this.#next();
  }
}
