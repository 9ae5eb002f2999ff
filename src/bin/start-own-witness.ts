import path from 'node:path';
import { formatWitnessKey } from '../audit/cosignature.ts';
import { lockLog } from '../audit/ledger-lock.ts';
import { type NoteVerifier, parseVerifierKey } from '../audit/signed-note.ts';
import { serveWitness } from '../audit/witness/serve-witness.ts';
import { Witness } from '../audit/witness/witness.ts';
import { loadWitnessKey } from '../audit/witness/witness-files.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { logListening, logUnexpectedError, logWitnessKey } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Starts cosigning the logs of other gateways, if the configuration says so. */
export async function startOwnWitness(
  { audit, gateway }: Configuration,
  log: Log,
): Promise<AsyncDisposable | undefined> {
  if (audit.witness === undefined) return undefined;
  const { listen, logs } = audit.witness;
  const directory = path.join(gateway.dataDirectory, 'witness');
  const key = await loadWitnessKey(directory, gateway.name);
  await using opened = new AsyncDisposableStack();
  opened.use(await lockLog(directory));
  const keys = logs.flatMap((text): NoteVerifier[] => {
    const verifier = parseVerifierKey(text);
    return verifier === undefined ? [] : [verifier];
  });
  const witness = new Witness({
    directory,
    key,
    findLogKeys: async (origin) => keys.filter(({ name }) => name === origin),
    nowMs: Date.now,
  });
  const onError = (error: Error): void => logUnexpectedError(log, 'witness', error);
  const { host, port } = opened.use(await serveWitness(witness, { ...listen, onError }));
  logListening(log, { listener: 'witness', host, port });
  logWitnessKey(log, formatWitnessKey(key));
  return opened.move();
}
