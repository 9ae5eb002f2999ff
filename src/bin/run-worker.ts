import { loadConfiguration } from '../configuration/load-configuration.ts';
import type { GuestAnswer } from '../gateway/session-guests.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import { openLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CancelRequest } from '../wire/postgres/cancel-request.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import type { Environment } from './open-services.ts';
import type { ProcessMessage } from './process-message.ts';
import { openMetrics } from './start-metrics.ts';

/** A process of several: serves sessions until the first process says stop, or is gone. */
export async function runWorker(directory: string, environment: Environment): Promise<number> {
  const log = openLog();
  const reply = (message: ProcessMessage): void => void process.send?.(message);
  // The first process ends its workers in order; signals of a terminal reach them, too.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  let own: GatewayProcess | undefined;
  let metrics: Metrics | undefined;
  const stopped = Promise.withResolvers<void>();
  process.once('disconnect', () => stopped.resolve());
  process.on('SIGHUP', () => void own?.reload());
  process.on('message', (message: ProcessMessage) => {
    if (message.kind === 'stop') stopped.resolve();
    if (message.kind === 'cancel') own?.cancel(readCancel(message));
    if (message.kind === 'metrics.ask') {
      void metrics?.snapshot().then((snapshot) => reply({ kind: 'metrics', snapshot }));
    }
    if (message.kind === 'guest.ask') void answerGuest(message);
    if (message.kind !== 'start') return;
    void startWorker(message).catch((error: unknown) => {
      logUnexpectedError(log, 'worker', error);
      stopped.resolve();
    });
  });
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
      configuration: await loadConfiguration(directory),
      environment,
      storeConnection: message.storeConnection,
      processName: message.name,
      isServing: true,
      log,
      passCancelOn: ({ processId, secretKey }) =>
        reply({ kind: 'cancel', processId, secretKey: secretKey.toString('base64') }),
    });
    metrics = openMetrics(own);
    reply({ kind: 'ready', addresses: own.addresses });
  };
  await stopped.promise;
  await own?.[Symbol.asyncDispose]();
  return 0;
}

function readCancel(message: ProcessMessage & { kind: 'cancel' }): CancelRequest {
  const secretKey = Buffer.from(message.secretKey, 'base64');
  return { type: 'CancelRequest', processId: message.processId, secretKey };
}
