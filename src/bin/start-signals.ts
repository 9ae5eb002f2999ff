import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LedgerEntrySource } from '../audit/ledger-entry-source.ts';
import { LedgerWatch } from '../signals/ledger-watch.ts';
import { logAlertRaised, logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** Milliseconds between looks at the logs. */
const INTERVAL_MS = 2_000;

/** Watches the ledger of this machine for what somebody should look at, until it is disposed of. */
export function startSignals(own: GatewayProcess, log: Log): AsyncDisposable {
  const { configuration, services } = own;
  const { name, dataDirectory } = configuration.gateway;
  const watch = new LedgerWatch({
    gateway: name,
    source: new LedgerEntrySource(path.join(dataDirectory, 'ledger'), services.contentKeys),
    store: services.store.alerts,
    ledger: services.ledger,
    limits: configuration.signals,
    channels: configuration.signals.channels,
    nowMs: Date.now,
    onAlert: ({ id, rule }) => logAlertRaised(log, { alert: id, rule }),
  });
  const stopping = new AbortController();
  const running = run(watch, stopping.signal, log);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}

async function run(watch: LedgerWatch, signal: AbortSignal, log: Log): Promise<void> {
  while (!signal.aborted) {
    try {
      await watch.readOn();
    } catch (error) {
      // It goes on from where it was.
      logUnexpectedError(log, 'signals', error);
    }
    await wait(INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
