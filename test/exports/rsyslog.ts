import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../../demo/find-free-port.ts';
import type { TestCertificate } from '../control-plane/test-certificate.ts';
import { untilListening } from '../e2e/until-listening.ts';

/** Messages that Debian's rsyslog has read. */
export interface Rsyslog extends AsyncDisposable {
  readonly port: number;
  /** One a line, as the receiver parsed it. */
  read(): Promise<readonly ReceivedMessage[]>;
  /** Waits until there are so many. */
  waitFor(count: number): Promise<readonly ReceivedMessage[]>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A message by its parts. */
export interface ReceivedMessage {
  readonly priority: string;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly messageId: string;
  readonly structuredData: string;
  readonly message: string;
}

/** Starts rsyslogd on a port of loopback, with TLS where a certificate is given. */
export async function startRsyslog(certificate: TestCertificate | undefined): Promise<Rsyslog> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-rsyslog-'));
  const port = await findFreePort();
  const output = join(directory, 'received');
  await writeFile(output, '');
  if (certificate !== undefined) {
    await writeFile(join(directory, 'ca.pem'), certificate.ca);
    await writeFile(join(directory, 'cert.pem'), certificate.cert);
    await writeFile(join(directory, 'key.pem'), certificate.key, { mode: 0o600 });
  }
  const configuration = join(directory, 'rsyslog.conf');
  await writeFile(configuration, configure({ directory, port, output, isTls: !!certificate }));
  let child: ChildProcess | undefined;

  const read = async (): Promise<readonly ReceivedMessage[]> => {
    const lines = (await readFile(output, 'utf8')).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ReceivedMessage);
  };
  const start = async (): Promise<void> => {
    child = spawn('/usr/sbin/rsyslogd', ['-n', '-f', configuration, '-i', join(directory, 'pid')], {
      stdio: 'ignore',
    });
    await untilListening(child, { host: '127.0.0.1', port });
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  };
  await start();
  return {
    port,
    read,
    start,
    stop,
    async waitFor(count) {
      for (;;) {
        const messages = await read();
        if (messages.length >= count) return messages;
        await wait(50);
      }
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configure({
  directory,
  port,
  output,
  isTls,
}: {
  readonly directory: string;
  readonly port: number;
  readonly output: string;
  readonly isTls: boolean;
}): string {
  const driver = isTls
    ? 'StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"'
    : '';
  return `
global(
  workDirectory="${directory}"
  maxMessageSize="64k"
  parser.escapeControlCharactersOnReceive="off"
  ${
    isTls
      ? `defaultNetstreamDriverCAFile="${directory}/ca.pem"
  defaultNetstreamDriverCertFile="${directory}/cert.pem"
  defaultNetstreamDriverKeyFile="${directory}/key.pem"`
      : ''
  }
)
module(load="imtcp" ${driver})
template(name="parts" type="list" option.jsonf="on") {
  property(outname="priority" name="pri" format="jsonf")
  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="hostname" name="hostname" format="jsonf")
  property(outname="appName" name="app-name" format="jsonf")
  property(outname="messageId" name="msgid" format="jsonf")
  property(outname="structuredData" name="structured-data" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
ruleset(name="received") { action(type="omfile" file="${output}" template="parts") }
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="received")
`;
}
