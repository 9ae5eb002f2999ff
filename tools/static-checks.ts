import path from 'node:path';
import { runCommand } from './run-command.ts';
import { CHECKOUT } from './source-file.ts';

/** One check that reads the code without running it. */
export interface StaticCheck {
  readonly name: string;
  /** The program first, from `node_modules/.bin` if it is there, then its arguments. */
  readonly command: readonly string[];
}

/** Slowest first, so that two at a time end together. */
export const STATIC_CHECKS: readonly StaticCheck[] = [
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'console', command: ['tsc', '-p', 'console'] },
  { name: 'lint', command: ['oxlint', '--format=unix', '--deny-warnings'] },
  { name: 'unused', command: ['knip', '--no-progress', '--no-config-hints'] },
  { name: 'layers', command: ['node', 'tools/check-layers.ts'] },
  { name: 'names', command: ['node', 'tools/check-names.ts'] },
  { name: 'docs', command: ['node', 'tools/check-docs.ts'] },
  { name: 'size', command: ['node', 'tools/check-size.ts'] },
  { name: 'format', command: ['biome', 'check', '--colors=off', '--error-on-warnings'] },
];

/** As many as a small machine has cores. */
const PARALLEL = 2;

/**
 * Runs every check, two at a time, and prints a line for each, with its output if it failed.
 *
 * @returns The names of those that failed.
 */
export async function runStaticChecks(
  print: (line: string) => void,
  checks: readonly StaticCheck[] = STATIC_CHECKS,
): Promise<string[]> {
  const waiting = [...checks];
  const failed: string[] = [];
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const [program = '', ...args] = check.command;
      const { ok, output, seconds } = await runCommand([binary(program), ...args]);
      print(`${ok ? 'ok    ' : 'FAILED'} ${check.name.padEnd(8)} ${seconds.toFixed(1)} s`);
      if (ok) continue;
      failed.push(check.name);
      print(output.trimEnd().replaceAll(/^/gm, '       '));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return failed;
}

function binary(program: string): string {
  return path.join(CHECKOUT, 'node_modules', '.bin', program);
}
