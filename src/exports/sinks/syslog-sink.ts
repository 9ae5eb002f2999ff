import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Address } from '../../configuration/fields.ts';
import type { ExportRecord } from '../export-record.ts';
import { frameSyslogMessage } from '../formats/syslog-message.ts';
import { ALL_TAKEN, type Delivery, type Sink, SinkError } from '../sink.ts';
import { formatRecords } from './format-records.ts';
import { describeConnectionError } from './http-poster.ts';

export interface SyslogSinkOptions {
  readonly name: string;
  readonly server: Address;
  /** Undefined: plain TCP. */
  readonly tls: SyslogTls | undefined;
  readonly format: (record: ExportRecord) => string;
}

/** PEM texts. */
export interface SyslogTls {
  /** The system's authorities when undefined. */
  readonly ca: string | undefined;
  /** By which the receiver knows us. */
  readonly client: { readonly certificate: string; readonly key: string } | undefined;
}

/**
 * Sends to a syslog receiver over TCP or TLS, framed by length.
 *
 * Syslog has no acknowledgement, and what a connection has taken is lost if its receiver dies. So each batch has a connection of
 * its own, and counts as delivered only when the receiver has read it to the end and closed its side in order.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6587 (framing)
 * @see https://www.rfc-editor.org/rfc/rfc5425 (TLS)
 */
export class SyslogSink implements Sink {
  readonly name: string;
  readonly #options: SyslogSinkOptions;

  constructor(options: SyslogSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { format } = this.#options;
    const frames = await formatRecords(records, (record) => frameSyslogMessage(format(record)));
    try {
      await this.#send(Buffer.concat(frames), signal);
    } catch (cause) {
      throw new SinkError('ERR_SINK_UNAVAILABLE', describeConnectionError(cause), { cause });
    }
    return ALL_TAKEN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing stays open between two batches.
  }

  #send(bytes: Buffer, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = this.#connect();
      let isReadToEnd = false;
      const abort = (): void => {
        socket.destroy(new DOMException('This operation was aborted', 'AbortError'));
      };
      signal.addEventListener('abort', abort, { once: true });
      socket
        // An end that comes before ours does not say that everything was read.
        .on('end', () => (isReadToEnd = socket.writableFinished))
        .on('error', reject)
        .on('close', () => {
          signal.removeEventListener('abort', abort);
          if (isReadToEnd) resolve();
          else reject(new Error('the connection was cut'));
        });
      // What a receiver says is nothing that syslog knows; it is read so that its end is seen.
      socket.resume();
      socket.end(bytes);
    });
  }

  #connect(): Socket {
    const { server, tls } = this.#options;
    const { host, port } = server;
    if (tls === undefined) return connect({ host, port, allowHalfOpen: true });
    const { ca, client } = tls;
    return connectTls({
      host,
      port,
      servername: /^[\d.:]+$/.test(host) ? '' : host,
      minVersion: 'TLSv1.2',
      ...(ca !== undefined && { ca }),
      ...(client !== undefined && { cert: client.certificate, key: client.key }),
    });
  }
}
