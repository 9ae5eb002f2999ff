import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';

export interface DemoCommandOptions {
  readonly tour?: boolean;
  /** As it was given. */
  readonly patients?: string;
}

const PATIENTS_DEFAULT = 5_000;
const PATIENTS_MAX = 200_000;

/** `sallyport demo` */
export async function runDemo(host: CliHost, options: DemoCommandOptions): Promise<number> {
  const patients = options.patients === undefined ? PATIENTS_DEFAULT : Number(options.patients);
  if (!Number.isInteger(patients) || patients < 1 || patients > PATIENTS_MAX) {
    throw new CliError(EXIT.usage, `Patients must be a number from 1 to ${PATIENTS_MAX}`);
  }
  return host.programs.runDemo({ tour: options.tour === true, patients });
}
