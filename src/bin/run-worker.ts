import { readConfiguration } from '../configuration/local-settings.ts';
import { CarriedStreams } from '../gateway/peers/carried-streams.ts';
import type { GuestAnswer } from '../gateway/session-guests.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import { openLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { openProcessLinks, type ProcessLinks } from './open-process-links.ts';
import type { Environment } from './open-services.ts';
import { type ProcessMessage, readCancelMessage, toCancelMessage } from './process-message.ts';
import { openMetrics } from './start-metrics.ts';
import { VersionInForce } from './version-in-force.ts';

/** A process of several: serves sessions until the first process says drain or stop, or is gone. */
export async function runWorker(directory: string, environment: Environment): Promise<number> {
  const log = openLog();
  const reply = (message: ProcessMessage): void => void process.send?.(message);
  // The first process ends its workers in order; signals to all processes of a group reach them, too.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) {
    process.on(signal, () => undefined);
  }
  let own: GatewayProcess | undefined;
  let version: VersionInForce | undefined;
  let links: ProcessLinks | undefined;
  const carried = new CarriedStreams();
  let metrics: Metrics | undefined;
  let started: Promise<void> = Promise.resolve();
  const stopped = Promise.withResolvers<void>();
  process.once('disconnect', () => stopped.resolve());
  process.on('message', (message: ProcessMessage) => {
    if (message.kind === 'stop') stopped.resolve();
    if (message.kind === 'reload') void started.then(() => version?.reload());
    if (message.kind === 'drain') void drain();
    if (message.kind === 'cancel') own?.cancel(readCancelMessage(message));
    if (message.kind === 'metrics.ask') {
      void metrics?.snapshot().then((snapshot) => reply({ kind: 'metrics', snapshot }));
    }
    if (message.kind === 'guest.ask') void answerGuest(message);
    if (message.kind === 'places') links?.set(message.places);
    if (message.kind === 'current') void started.then(() => version?.hear(message.isCurrent));
    if (message.kind !== 'start') return;
    started = startWorker(message).catch((error: unknown) => {
      logUnexpectedError(log, 'worker', error);
      stopped.resolve();
    });
  });
  const drain = async (): Promise<void> => {
    void own?.beat.drain();
    await own?.dataPlane.drain();
    await carried.untilNone();
    stopped.resolve();
  };
  const answerGuest = async ({
    number,
    question,
  }: ProcessMessage & { kind: 'guest.ask' }): Promise<void> => {
    const gone: GuestAnswer = { kind: 'gone' };
    const answer = await own?.dataPlane.guests.ask(question).catch((error: unknown) => {
      logUnexpectedError(log, 'guest', error);
      return gone;
    });
    reply({ kind: 'guest.answer', number, answer: answer ?? gone });
  };
  const startWorker = async (message: ProcessMessage & { kind: 'start' }): Promise<void> => {
    own = await startGatewayProcess({
      configuration: await readConfiguration(directory, message.local),
      environment,
      storeConnection: message.storeConnection,
      passedSockets: message.passedSockets,
      processName: message.name,
      isServing: true,
      log,
      passCancelOn: (request) => reply(toCancelMessage(request)),
      findLink: (logName) => links?.find(logName),
    });
    version = new VersionInForce(own);
    links = await openProcessLinks(own, carried, log);
    metrics = openMetrics(own);
    reply({ kind: 'ready', addresses: own.addresses, port: links.port });
  };
  await stopped.promise;
  links?.[Symbol.dispose]();
  await own?.[Symbol.asyncDispose]();
  return 0;
}
