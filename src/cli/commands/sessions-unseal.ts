import { createReadStream } from 'node:fs';
import { playbackEventSchema } from '../../api/playback-event.ts';
import { rawTrackPieceSchema } from '../../api/raw-track.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { PlaybackPrinter } from '../playback-printer.ts';
import { readNamedText } from '../read-named-file.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';

export interface SessionUnsealOptions extends GatewayOption, JsonOption {
  /** Files with keys of `age`. */
  readonly identity: readonly string[];
  /** A raw track that is here already; the gateway is not asked. */
  readonly file?: string;
}

/** `sallyport sessions unseal`: the keys stay here; the gateway only hands out what is encrypted. */
export async function runSessionsUnseal(
  host: CliHost,
  id: string,
  { gateway, json, identity, file }: SessionUnsealOptions,
): Promise<void> {
  const identities = (await Promise.all(identity.map(readIdentities))).flat();
  if (identities.length === 0) {
    throw new CliError(
      EXIT.usage,
      'There is no key in the identity files',
      'age-keygen makes one.',
    );
  }
  const source = file === undefined ? fetchTrack(host, id, gateway) : createReadStream(file);
  const { terminal } = host;
  const onCut = (): void =>
    terminal.say('The track ends here without its end: the gateway was killed, or it was cut.');
  const printer = new PlaybackPrinter(terminal, {
    speed: Number.POSITIVE_INFINITY,
    idleMaxMs: 0,
  });
  for await (const event of host.programs.unsealTrack(source, { identities, onCut })) {
    if (json === true) terminal.print(JSON.stringify(playbackEventSchema.parse(event)));
    else await printer.show(event, host.signal);
  }
  printer.finish();
}

async function* fetchTrack(
  host: CliHost,
  id: string,
  gateway: string | undefined,
): AsyncGenerator<Buffer> {
  const opened = await SignedInGateway.open(host, gateway);
  const path = `/v1/sessions/${encodeURIComponent(id)}/raw-track`;
  for await (const { bytes } of opened.getLines(rawTrackPieceSchema, { path })) {
    yield Buffer.from(bytes, 'base64');
  }
}

/** The keys of a file as `age-keygen` writes it. */
async function readIdentities(path: string): Promise<readonly string[]> {
  const lines = (await readNamedText(path)).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
