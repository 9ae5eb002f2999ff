import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LedgerEntrySource } from '../audit/ledger-entry-source.ts';
import { Exporter } from '../exports/exporter.ts';
import { openSink } from '../exports/open-sink.ts';
import type { Log } from '../telemetry/log.ts';
import { findSessionContext } from './find-session-context.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { openStatementMask } from './open-statement-mask.ts';
import { VERSION } from './version.ts';

/** Begins to send the ledger of this machine to the sinks of the configuration. */
export async function startExports(own: GatewayProcess, log: Log): Promise<Exporter> {
  const { configuration, services } = own;
  const { store, sessions, resolveSecret, contentKeys } = services;
  const { dataDirectory, name } = configuration.gateway;
  const exporter = new Exporter({
    source: new LedgerEntrySource(join(dataDirectory, 'ledger'), contentKeys),
    cursors: store.exportCursors,
    findSession: (id) => findSessionContext(sessions, id),
    maskStatement: openStatementMask({
      configuration: () => own.configuration,
      ways: own.ways,
      log,
    }),
    openSink: (settings) =>
      openSink(settings, {
        origin: { hostname: name, version: VERSION },
        resolveSecret,
        nowMs: Date.now,
      }),
    nowMs: Date.now,
    random: Math.random,
    wait: (ms, signal) => wait(ms, undefined, { signal }),
    log,
  });
  await exporter.apply(configuration.exports);
  return exporter;
}
