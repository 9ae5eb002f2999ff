import { once } from 'node:events';
import { formatWitnessKey } from '../../audit/cosignature.ts';
import { lockLog } from '../../audit/ledger-lock.ts';
import { serveWitness } from '../../audit/witness/serve-witness.ts';
import { Witness } from '../../audit/witness/witness.ts';
import { findListedKeys, loadWitnessKey } from '../../audit/witness/witness-files.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';

export interface WitnessOptions {
  readonly listen: string;
  readonly name: string;
}

/** `sallyport witness`: until it is told to stop. */
export async function runWitness(
  { terminal, signal, nowMs }: CliHost,
  directory: string,
  { listen, name }: WitnessOptions,
): Promise<void> {
  const [, host, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(listen) ?? [];
  if (host === undefined || port === undefined) {
    throw new CliError(EXIT.usage, `${listen} is no host:port`, 'Such as 127.0.0.1:7460.');
  }
  const key = await loadWitnessKey(directory, name);
  // Two of them on one directory would cosign two branches.
  await using _lock = await lockLog(directory);
  const witness = new Witness({
    directory,
    key,
    findLogKeys: (origin) => findListedKeys(directory, origin),
    nowMs,
  });
  await using served = await serveWitness(witness, {
    host,
    port: Number(port),
    onError: (error) => terminal.say(`Cannot answer: ${error.message}`),
  });
  terminal.print(`Witness key: ${formatWitnessKey(key)}`);
  terminal.print(`Listening on http://${served.host}:${served.port}`);
  terminal.print(`Keys of logs, one per line: ${directory}/logs`);
  if (!signal.aborted) await once(signal, 'abort');
}
