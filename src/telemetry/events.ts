/**
 * Everything the gateway says in its operational log: one function per event, so that what may be
 * logged is decided here, once. No function takes a token, a secret, a statement or row data.
 */
import type { Log } from './log.ts';

/** The gateway takes connections. */
export function logGatewayStarted(
  log: Log,
  fields: { readonly version: string; readonly configurationSha256: string; readonly pid: number },
): void {
  log.write('info', 'gateway.started', fields);
}

/** @param reason Signal name or what went wrong, such as `SIGTERM`. */
export function logGatewayStopping(log: Log, reason: string): void {
  log.write('info', 'gateway.stopping', { reason });
}

/** A process that serves sessions left its place to another; what runs in it may go on for a while. */
export function logWorkerReplaced(
  log: Log,
  fields: { readonly worker: string; readonly by: string },
): void {
  log.write('info', 'worker.replaced', fields);
}

/** One listener was opened. */
export function logListening(
  log: Log,
  fields: { readonly listener: string; readonly host: string; readonly port: number },
): void {
  log.write('info', 'listener.open', fields);
}

/** Another version of the configuration is in force. */
export function logConfigurationApplied(log: Log, configurationSha256: string): void {
  log.write('info', 'configuration.applied', { configurationSha256 });
}

/** Places of a configuration that are logged when it is rejected. */
const REJECTED_PLACES_MAX = 10;

/** The configuration in force stays. Problems are counted, and the first have their places: their text may quote the files. */
export function logConfigurationRejected(
  log: Log,
  problems: readonly { readonly file: string; readonly line: number; readonly column: number }[],
): void {
  const places = problems
    .slice(0, REJECTED_PLACES_MAX)
    .map(({ file, line, column }) => `${file}:${line}:${column}`)
    .join(' ');
  log.write('error', 'configuration.rejected', { problems: problems.length, places });
}

/** Before a session exists: an unreadable handshake, no TLS, too many connections. */
export function logConnectionRefused(
  log: Log,
  fields: { readonly clientAddress: string; readonly reason: string },
): void {
  log.write('warn', 'connection.refused', fields);
}

/** A token was turned away, or `count` of them since an instant. `reason` is one of ours, never text of the client. */
export function logSignInRefused(
  log: Log,
  fields: {
    readonly clientAddress: string;
    readonly reason: string;
    readonly count?: number;
    readonly since?: string;
  },
): void {
  log.write('warn', 'sign-in.refused', fields);
}

/** A principal reached a target. */
export function logSessionStarted(
  log: Log,
  fields: { readonly session: string; readonly principal: string; readonly target: string },
): void {
  log.write('info', 'session.started', fields);
}

/** A session is over. `durationMs` is in milliseconds. */
export function logSessionEnded(
  log: Log,
  fields: { readonly session: string; readonly reason: string; readonly durationMs: number },
): void {
  log.write('info', 'session.ended', fields);
}

/** A target could not be reached. `code` is an error code, never a message. */
export function logUpstreamUnreachable(
  log: Log,
  fields: { readonly target: string; readonly code: string },
): void {
  log.write('error', 'upstream.unreachable', fields);
}

/** Whether operations can be sealed has changed. */
export function logLedgerHealth(log: Log, health: 'healthy' | 'slow' | 'failing'): void {
  log.write(health === 'healthy' ? 'info' : 'error', 'ledger.health', { health });
}

/** The store knows more, or other, entries of a log than there are: it was cut, or is not the only one of its name. */
export function logLedgerContradicted(
  log: Log,
  fields: { readonly log: string; readonly size: number },
): void {
  log.write('error', 'ledger.contradicted', fields);
}

/** Another key signs the ledger from now on: witnesses and those who verify must be given it. */
export function logLedgerKeyChanged(log: Log, key: string): void {
  log.write('info', 'ledger.key-changed', { key });
}

/** This gateway cosigns the logs of others, with this key: they, and those who verify, need it. */
export function logWitnessKey(log: Log, key: string): void {
  log.write('info', 'witness.key', { key });
}

/** Whether a witness cosigns has changed. `contradicted`: it knows more, or other, entries than there are. */
export function logWitness(
  log: Log,
  fields: {
    readonly witness: string;
    readonly kind: string;
    readonly size?: number;
    readonly status?: number;
    readonly reason?: string;
  },
): void {
  log.write(fields.kind === 'cosigned' ? 'info' : 'error', 'ledger.witness', fields);
}

/** Whether enough witnesses have cosigned the ledger lately has changed. */
export function logWitnessing(log: Log, state: 'fresh' | 'stale'): void {
  log.write(state === 'fresh' ? 'info' : 'error', 'ledger.witnessing', { state });
}

/** At start: what a crash had cut of the last record, which nobody was told was safe. */
export function logLedgerTailDropped(log: Log, bytes: number): void {
  log.write('warn', 'ledger.tail-dropped', { bytes });
}

/** The embedded PostgreSQL answers. */
export function logStoreStarted(log: Log, fields: { readonly durationMs: number }): void {
  log.write('info', 'store.started', fields);
}

/** The embedded PostgreSQL ended although nobody asked it to. */
export function logStoreLost(log: Log, fields: { readonly reason: string }): void {
  log.write('error', 'store.lost', fields);
}

/** A message about an access request was not taken; it is tried again. */
export function logChannelFailed(
  log: Log,
  fields: { readonly channel: string; readonly attempts: number },
): void {
  log.write('warn', 'channel.failed', fields);
}

/** Whether a sink takes the ledger's entries has changed. `problem` holds nothing of them. */
export function logExportState(
  log: Log,
  fields: {
    readonly sink: string;
    readonly state: 'working' | 'failing';
    readonly problem: string | undefined;
  },
): void {
  log.write(fields.state === 'working' ? 'info' : 'error', 'export.state', fields);
}

/** A sink will never take an entry; the export goes on behind it. */
export function logExportRefused(
  log: Log,
  fields: { readonly sink: string; readonly entry: string },
): void {
  log.write('error', 'export.refused', fields);
}

/** Entries were gone before a sink had them: it was away for longer than the ledger is kept. */
export function logExportGap(
  log: Log,
  fields: { readonly sink: string; readonly ledgerLog: string; readonly missing: number },
): void {
  log.write('error', 'export.gap', fields);
}

/** @param route The route's pattern, not the path: a path can hold identifiers. */
export function logApiRequest(
  log: Log,
  fields: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
  },
): void {
  log.write('debug', 'api.request', fields);
}

/** Keys of the next days cannot be made: when those that there are have been used up, nothing can be written. */
export function logKeysUnavailable(log: Log, reason: string): void {
  log.write('error', 'keys.unavailable', { reason });
}

/** It is used until its lease ends, and read anew by who needs it then. `secret` is the source's name and what it is called there. */
export function logSecretNotRenewed(
  log: Log,
  fields: { readonly secret: string; readonly reason: string },
): void {
  log.write('warn', 'secret.not-renewed', fields);
}

/** Rows that an earlier version put into the store without a seal were taken as they stood there. */
export function logEarlierRowsSealed(
  log: Log,
  fields: { readonly kind: string; readonly rows: number },
): void {
  log.write('info', 'store.earlier-sealed', fields);
}

/** Nothing expires for now. */
export function logClockInDoubt(log: Log): void {
  log.write('warn', 'retention.clock-in-doubt', {});
}

/** A segment's header names a day that was over before its entries were written: nothing of it is erased. */
export function logMisdatedSegment(log: Log, segment: string): void {
  log.write('warn', 'retention.misdated', { segment });
}

/** Keys of days were destroyed: what they encrypted is gone. */
export function logExpired(
  log: Log,
  days: {
    readonly contentDays: number;
    readonly recordingDays: number;
    readonly entryDays: number;
  },
): void {
  log.write('info', 'retention.expired', days);
}

/**
 * A failure nobody foresaw. The message stays out, because libraries quote data in theirs (PostgreSQL
 * shows whole rows); name, code and stack frames say where to look. Of a ledger, the message tells what is damaged.
 */
export function logUnexpectedError(log: Log, where: string, error: unknown): void {
  log.write('error', 'unexpected-error', { where, ...describeError(error) });
}

function describeError(error: unknown): {
  readonly name: string;
  readonly code: string | undefined;
  readonly reason?: string;
  readonly frames: string | undefined;
} {
  if (!(error instanceof Error)) return { name: typeof error, code: undefined, frames: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  // It names files and positions, never content.
  const reason = error.name === 'LedgerError' && { reason: error.message };
  return { name: error.name, code, ...reason, frames: frames?.slice(0, 8).join('\n') };
}

/** Copies of recordings and of the ledger cannot be stored; it is tried again. */
export function logArchiveFailed(log: Log, fields: { readonly reason: string }): void {
  log.write('error', 'archive.failed', fields);
}

/** They can be stored again. */
export function logArchiveRecovered(log: Log): void {
  log.write('info', 'archive.recovered', {});
}

/** So much waits for the archive that operations are refused, or recording ends. */
export function logStorageFull(
  log: Log,
  fields: { readonly pendingBytes: number; readonly consequence: string },
): void {
  log.write('error', 'storage.full', fields);
}

/** No more than may waits for the archive. */
export function logStorageRecovered(log: Log): void {
  log.write('info', 'storage.recovered', {});
}

/** A rule over the ledger found something that somebody should look at. */
export function logAlertRaised(
  log: Log,
  fields: { readonly alert: string; readonly rule: string },
): void {
  log.write('warn', 'alert.raised', fields);
}

/** A connector's tunnel ends in this process now. */
export function logConnectorAttached(
  log: Log,
  fields: {
    readonly connector: string;
    readonly remoteAddress: string;
    readonly process: string;
  },
): void {
  log.write('info', 'connector.attached', fields);
}

/** A tunnel is over, or did not begin. `reason` is one of ours. */
export function logConnectorDetached(
  log: Log,
  fields: { readonly connector: string; readonly reason: string },
): void {
  log.write('warn', 'connector.detached', fields);
}

/** A connector serves a gateway, or does no longer. */
export function logTunnel(
  log: Log,
  fields: { readonly gateway: string; readonly state: 'open' | 'suspect' | 'ended' },
): void {
  log.write(fields.state === 'open' ? 'info' : 'warn', 'tunnel', fields);
}

/** A gateway could not be connected to. `code` is an error code, never a message of the other side. */
export function logGatewayUnreachable(
  log: Log,
  fields: { readonly gateway: string; readonly code: string },
): void {
  log.write('warn', 'gateway.unreachable', fields);
}

/** A connector has another certificate. */
export function logCertificateIssued(log: Log, fields: { readonly expiresAt: string }): void {
  log.write('info', 'certificate.issued', fields);
}

/** A connector is at work. */
export function logConnectorStarted(
  log: Log,
  fields: { readonly connector: string; readonly version: string; readonly pid: number },
): void {
  log.write('info', 'connector.started', fields);
}

/** @param signal Its name. */
export function logConnectorStopping(log: Log, signal: string): void {
  log.write('info', 'connector.stopping', { signal });
}
