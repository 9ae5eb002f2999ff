import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  startElasticsearch,
  startFhir,
  startOtlp,
  startSplunk,
  startWebhook,
} from '../exports/receivers.ts';

/** Receivers of every kind and format that entries are exported in. */
export interface PlantedExports extends AsyncDisposable {
  /** Section `exports` of `sallyport.yaml`. */
  readonly settings: readonly object[];
  /** What it refers to. */
  readonly environment: Readonly<Record<string, string>>;
  /** All that came so far, by the export's name. */
  read(): Promise<ReadonlyMap<string, Buffer>>;
}

const WEBHOOK_SECRET = 'webhook-secret-of-the-tests-0123456789';
const FILE_FORMATS = ['json', 'ocsf', 'cef', 'fhir'] as const;

/** Starts them. @param directory Where exports to files go. */
export async function startPlantedExports(directory: string): Promise<PlantedExports> {
  await using started = new AsyncDisposableStack();
  const splunk = started.use(await startSplunk());
  const elasticsearch = started.use(await startElasticsearch());
  const otlp = started.use(await startOtlp());
  const webhook = started.use(await startWebhook(WEBHOOK_SECRET, Date.now));
  const fhir = started.use(await startFhir());
  const syslog = started.use(await startLines());
  const files = FILE_FORMATS.map((format) => ({
    ...{ name: `file-${format}`, kind: 'file', format },
    path: join(directory, `export.${format}`),
  }));
  const settings = [
    ...files,
    { kind: 'syslog', server: `127.0.0.1:${syslog.port}`, tls: false },
    { kind: 'splunk', url: splunk.url, token: 'env:EXPORT_SPLUNK' },
    {
      ...{ kind: 'elasticsearch', url: elasticsearch.url, index: 'sallyport' },
      authorization: 'env:EXPORT_ELASTICSEARCH',
    },
    { kind: 'otlp', url: otlp.url },
    { kind: 'webhook', url: webhook.url, secret: 'env:EXPORT_WEBHOOK' },
    { kind: 'fhir', url: fhir.url },
  ].map((settings) => ({ name: settings.kind, ...settings, statements: 'whole' }));
  const cleanUp = started.move();
  return {
    settings,
    environment: {
      EXPORT_SPLUNK: 'hec-token',
      EXPORT_ELASTICSEARCH: 'ApiKey es-key',
      EXPORT_WEBHOOK: WEBHOOK_SECRET,
    },
    async read() {
      const received = new Map<string, Buffer>();
      for (const { name, path } of files) {
        received.set(name, await readFile(path).catch(() => Buffer.alloc(0)));
      }
      received.set('syslog', syslog.read());
      for (const [name, documents] of Object.entries({
        splunk: splunk.events,
        elasticsearch: [...elasticsearch.documents.values()],
        otlp: otlp.records,
        webhook: webhook.bodies,
        fhir: [...fhir.resources.values()],
      })) {
        received.set(name, Buffer.from(JSON.stringify(documents)));
      }
      return received;
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** Takes what comes over TCP. */
async function startLines(): Promise<AsyncDisposable & { readonly port: number; read(): Buffer }> {
  const chunks: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => socket.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    read: () => Buffer.concat(chunks),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
