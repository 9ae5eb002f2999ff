import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Change } from '../demo/write-configuration.ts';
import { type HttpEnvironment, startHttpEnvironment } from '../test/http/environment.ts';
import { makeBundle } from './fhir-bundle.ts';
import { startHttpServer } from './http-server.ts';

/** A way to the same service for clients of HTTPS: through nginx, or through a gateway. */
export interface HttpContestant {
  readonly name: string;
  readonly port: number;
  /** The process in the middle. */
  readonly pid: number;
  /** What a request needs beside its path, as `name: value`. */
  readonly fields: readonly string[];
  /** PEM file that it is trusted by. */
  readonly authorityFile: string;
}

/** A service, and the ways to it. */
export interface HttpContestants extends AsyncDisposable {
  readonly nginx: HttpContestant;
  /** As it is unless somebody configures it otherwise: each request sealed before it goes on, and recorded. */
  readonly gateway: HttpContestant;
  /** Sealed in time, not before each request, and not recorded. */
  readonly written: HttpContestant;
  /** Of what it lets through, names and all else that identifies patients is masked. */
  readonly masking: HttpContestant;
  /** Bytes of `/bundle.json`. */
  readonly bundleBytes: number;
}

/** Paths of the service. */
export const SMALL_PATH = '/small.json';
export const LARGE_PATH = '/large.bin';
export const BUNDLE_PATH = '/bundle.json';

/** About 1 kB of JSON in which nothing is an identifier. */
const SMALL: string = JSON.stringify({
  items: Array.from({ length: 21 }, (_, index) => ({ id: index, state: 'in stock', count: 12 })),
});

/** Only values of types that FHIR knows are hidden. */
const HIDE = `
@id("all") permit (principal, action, resource);
@id("hide") forbid (principal, action == Action::"reveal", resource);
`;

/** A file of so many bytes, served by nginx without TLS; before it nginx and gateways with TLS. */
export async function startHttpContestants(
  largeBytes: number,
  bundleBytes: number,
): Promise<HttpContestants> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-bench-http-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const bundle = makeBundle(bundleBytes);
  await writeFile(path.join(directory, SMALL_PATH), SMALL);
  await writeFile(path.join(directory, BUNDLE_PATH), bundle);
  await writeFile(path.join(directory, LARGE_PATH), '');
  // Without blocks on the disk: it is read as zeros.
  await truncate(path.join(directory, LARGE_PATH), largeBytes);
  const service = started.use(await startHttpServer(`root ${directory};`));
  const open = async (
    target: readonly Change[],
    changes: Partial<Parameters<typeof startHttpEnvironment>[0]> = {},
  ): Promise<HttpEnvironment> =>
    started.use(
      await startHttpEnvironment({
        upstreamPort: service.port,
        target: [[['tls'], { mode: 'disable' }], ...target],
        ...changes,
      }),
    );
  const gateway = await open([]);
  const written = await open([
    [['seal'], 'written'],
    [['recording', 'enabled'], false],
  ]);
  const masking = await open([[['fhir'], '/']], { dataMap: {}, policies: HIDE });
  const proxy = started.use(
    await startHttpServer(
      `location / {
         proxy_pass http://service;
         proxy_http_version 1.1;
         proxy_set_header Connection "";
       }`,
      {
        tls: {
          certificate: path.join(gateway.configurationDirectory, 'tls/server.crt'),
          key: path.join(gateway.configurationDirectory, 'tls/server.key'),
        },
        upstream: `upstream service { server 127.0.0.1:${service.port}; keepalive 64; }`,
      },
    ),
  );
  const cleanUp = started.move();
  return {
    nginx: {
      name: 'nginx',
      port: proxy.port,
      pid: proxy.pid,
      fields: [],
      authorityFile: gateway.authorityFile,
    },
    gateway: describeGateway('gateway', gateway),
    written: describeGateway('gateway, written, not recorded', written),
    masking: describeGateway('gateway, masking', masking),
    bundleBytes: bundle.length,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function describeGateway(name: string, world: HttpEnvironment): HttpContestant {
  const fields = [`authorization: Bearer ${world.tokenOf('ana')}`];
  const { address, process, authorityFile } = world;
  return { name, port: address.port, pid: process.pid, fields, authorityFile };
}
