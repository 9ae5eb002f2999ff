import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { allowConsole, type Hospital, startHospital } from './hospital-stack.ts';
import { writeWaysIn } from './introduction.ts';
import { DEMO_PORTS } from './ports.ts';
import { changeYaml } from './write-configuration.ts';

/** The demo's, and where the image's health check asks the gateway. */
export const CONTAINER_PORTS: Readonly<Record<keyof typeof DEMO_PORTS | 'metrics', number>> = {
  ...DEMO_PORTS,
  metrics: 9464,
};

/** Volumes of `deploy/compose/compose.yaml`: the hospital's, and the gateway's. */
export const CONTAINER_DIRECTORY = '/demo';
export const GATEWAY_DATA_DIRECTORY = '/var/lib/sallyport';

/** What {@link startHospitalContainer} is told. */
export interface HospitalContainerOptions {
  /** Where configuration, tokens and the script `as` go, which is written last. */
  readonly directory: string;
  /** Of the gateway, as that sees it. */
  readonly dataDirectory: string;
  /** Default: those of the demo, and 9464 for metrics. */
  readonly ports?: typeof CONTAINER_PORTS;
  /** That gateway and provider listen at. Default: all, since a container's ports are published from one that is not loopback. */
  readonly address?: string;
  /** Default: 5000. */
  readonly patients?: number;
}

/**
 * Starts the demo's hospital and identity provider, and writes the configuration of a gateway that shares the
 * network of this container: for it all of this is on loopback.
 */
export async function startHospitalContainer({
  directory,
  dataDirectory,
  ports = CONTAINER_PORTS,
  address = '0.0.0.0',
  patients = 5000,
}: HospitalContainerOptions): Promise<Hospital> {
  // Of the container before: who waits for it would take us for ready.
  await rm(join(directory, 'as'), { force: true });
  const hospital = await startHospital({
    ...{ directory, dataDirectory, ports, address, hospital: { patients }, withService: true },
    progress: (what) => process.stdout.write(`${what}\n`),
  });
  await changeYaml(join(hospital.configurationDirectory, 'sallyport.yaml'), [
    [['metrics', 'address'], `127.0.0.1:${ports.metrics}`],
  ]);
  allowConsole(hospital.provider, { port: ports.api });
  await writeWaysIn(hospital.provider, ports.postgres, directory);
  return hospital;
}

if (import.meta.main) {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopping.abort());
  }
  const hospital = await startHospitalContainer({
    directory: CONTAINER_DIRECTORY,
    dataDirectory: GATEWAY_DATA_DIRECTORY,
  });
  process.stdout.write('Ready.\n');
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  await hospital.stop();
}
