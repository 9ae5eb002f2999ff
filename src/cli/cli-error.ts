/** What the exit code of every command means. Documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notSignedIn: 3,
  refused: 4,
  unreachable: 5,
  /** What was compared is not the same. */
  differs: 6,
  /** 128 and the number of SIGINT, as shells count. */
  interrupted: 130,
  /** 128 and the number of SIGPIPE, as shells count. */
  brokenPipe: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command did not work. The message says what happened, the hint what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code = 'ERR_CLI';
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
