import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { playbackEventSchema } from '../../api/playback-event.ts';
import { sessionViewSchema } from '../../api/session.ts';
import { formatAsciicast } from '../asciicast.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption } from '../command-context.ts';
import { parseChannel } from '../parse-channel.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';

export interface SessionExportOptions extends GatewayOption {
  readonly format: string;
  /** Which of several channels, by its number. */
  readonly channel?: string;
  /** Where to; default: standard output. */
  readonly out?: string;
}

/** `sallyport sessions export` */
export async function runSessionsExport(
  host: CliHost,
  id: string,
  { gateway, format, channel, out }: SessionExportOptions,
): Promise<void> {
  if (format !== 'asciicast') throw new CliError(EXIT.usage, 'The format must be asciicast');
  const wanted = parseChannel(channel);
  const opened = await SignedInGateway.open(host, gateway);
  const path = `/v1/sessions/${encodeURIComponent(id)}`;
  const { startedAt } = await opened.get(sessionViewSchema, { path });
  const events = opened.getLines(playbackEventSchema, { path: `${path}/recording` });
  const lines = formatAsciicast(events, { startedAtMs: Date.parse(startedAt), channel: wanted });
  const first = await lines.next();
  if (first.done === true) {
    const hint = 'Statements and requests have none: sallyport sessions play shows them.';
    throw new CliError(EXIT.failure, 'There is no such channel in the recording', hint);
  }
  const file = async function* (): AsyncGenerator<string, void> {
    yield `${first.value}\n`;
    for await (const line of lines) yield `${line}\n`;
  };
  if (out === undefined) for await (const line of file()) host.terminal.write(line);
  else await pipeline(file(), createWriteStream(out, { mode: 0o600, flags: 'wx' }));
}
