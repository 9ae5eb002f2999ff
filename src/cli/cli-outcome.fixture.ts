import assert from 'node:assert/strict';
import type { CliHost, Programs } from './command-context.ts';
import { runCli } from './run-cli.ts';
import { Terminal } from './terminal.ts';

/** What a command printed, and how it ended. */
export interface CliOutcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Programs that do nothing. */
export const IDLE_PROGRAMS: Programs = {
  runGateway: async () => 0,
  runConnector: async () => 0,
  runDemo: async () => 0,
  signalGateway: async () => false,
  discoverColumns: async () => undefined,
  findTargetProblems: async () => [],
  unsealTrack: () => assert.fail('nothing is unsealed'),
  inspectTargets: async () => [],
};

/** Runs a command with nobody at the terminal, in an environment without variables unless some are given. */
export async function runForOutcome(
  args: readonly string[],
  given: Partial<CliHost> = {},
): Promise<CliOutcome> {
  const said = { out: '', err: '' };
  const terminal = new Terminal({
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    colours: false,
    interactive: false,
  });
  const code = await runCli(args, {
    environment: {},
    terminal,
    programs: IDLE_PROGRAMS,
    version: '1.2.3',
    nowMs: () => Date.UTC(2026, 0, 2),
    signal: new AbortController().signal,
    readInput: async () => Buffer.alloc(0),
    keys: () => (async function* () {})(),
    ask: () => Promise.reject(new Error('nobody to ask')),
    ...given,
  });
  return { code, ...said };
}
