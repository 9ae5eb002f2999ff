/** Why a text does not show all that it would run, or where it would write. */
export type OpaqueReason = keyof typeof REASONS;

const REASONS = {
  unreadable: 'the shell may read it as other characters',
  'too-large': 'it is too long or nested too deeply to be looked through',
  syntax: 'it does not parse as a shell command',
  dialect: 'shells differ in how they read it',
  name: 'the name of a program or of its subcommand is computed when it runs',
  evaluation: 'a text is evaluated as a command when it runs',
  arithmetic: 'arithmetic with variables can evaluate commands',
  variable: 'a variable is set that changes what commands do',
  function: 'a function or an alias is defined',
  script: 'a program is named by a path outside the directories of the system',
  interpreter: 'an interpreter runs what the gateway cannot read',
  launcher: 'a program can start others as its arguments or files say',
  options: 'options of a program that starts another are not understood',
  write: 'it writes or deletes where the text does not show',
} as const;

/** As the end of a sentence that begins with "opaque:". */
export function describeOpaqueReason(reason: OpaqueReason): string {
  return REASONS[reason];
}
