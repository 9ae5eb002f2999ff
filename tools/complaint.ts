/** One place that breaks a rule. */
export interface Complaint {
  /** Relative to the checkout. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** What is wrong and what to do instead. */
  readonly message: string;
}

/**
 * Prints a checker's complaints and sets the exit code.
 *
 * A check that looked at nothing has proved nothing, so it fails as well.
 */
export function reportComplaints(
  filesChecked: number,
  complaints: readonly Complaint[],
  print: (line: string) => void = console.log,
): void {
  for (const { file, line, message } of complaints) print(`${file}:${line}: ${message}`);
  if (filesChecked === 0) print('found no file to check: is this the right directory?');
  else print(`${complaints.length} complaints in ${filesChecked} files`);
  if (complaints.length > 0 || filesChecked === 0) process.exitCode = 1;
}
