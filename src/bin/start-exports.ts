import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LedgerEntrySource } from '../audit/ledger-entry-source.ts';
import { Exporter } from '../exports/exporter.ts';
import { openSink } from '../exports/open-sink.ts';
import type { SessionContext } from '../exports/session-contexts.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { openStatementMask } from './open-statement-mask.ts';
import { VERSION } from './version.ts';

/** Begins to send the ledger of this machine to the sinks of the configuration. */
export async function startExports(own: GatewayProcess, log: Log): Promise<Exporter> {
  const { configuration, services } = own;
  const { store, resolveSecret, contentKeys } = services;
  const { dataDirectory, name } = configuration.gateway;
  const exporter = new Exporter({
    source: new LedgerEntrySource(join(dataDirectory, 'ledger'), contentKeys),
    cursors: store.exportCursors,
    findSession: (id) => findSession(own, id),
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

/** A session that began before what is exported now, by the store's list. */
async function findSession(
  { services }: GatewayProcess,
  id: string,
): Promise<SessionContext | undefined> {
  const found = await services.store.sessions.find(id).catch(() => undefined);
  if (found === undefined) return undefined;
  const { principalId, principalName, target, database, clientAddress, applicationName } = found;
  return {
    principalId,
    principalName,
    groups: [],
    target,
    database,
    clientAddress: clientAddress.replace(/:\d+$/, ''),
    applicationName,
  };
}
