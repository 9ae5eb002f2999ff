import { readFile } from 'node:fs/promises';
import type { ChannelSettings, SlackSettings } from '../../configuration/channel-settings.ts';
import type { Channel } from './channel.ts';
import { openEmail } from './email-channel.ts';
import { openSlack, type SlackChannel } from './slack-channel.ts';
import { openTeams } from './teams-channel.ts';
import { openWebhook } from './webhook-channel.ts';

/** Channels that are open, and those of them in which people can press buttons. */
export interface OpenedChannels {
  readonly channels: readonly Channel[];
  readonly slack: readonly OpenedSlack[];
}

/** A Slack channel with what its buttons need. */
export interface OpenedSlack {
  readonly channel: SlackChannel;
  readonly signingSecret: string;
  readonly people: SlackSettings['people'];
}

/** What opening channels takes. */
export interface ChannelsOptions {
  readonly settings: readonly ChannelSettings[];
  readonly resolveSecret: (reference: string) => Promise<Buffer>;
  readonly nowMs: () => number;
}

/**
 * Reads the secrets of all channels. Nothing is sent.
 *
 * @throws If a secret or a file of authorities cannot be read.
 */
export async function openChannels(options: ChannelsOptions): Promise<OpenedChannels> {
  const channels: Channel[] = [];
  const slack: OpenedSlack[] = [];
  for (const settings of options.settings) {
    const opened = await openChannel(settings, options);
    if ('signingSecret' in opened) {
      slack.push(opened);
      channels.push(opened.channel);
    } else {
      channels.push(opened);
    }
  }
  return { channels, slack };
}

async function openChannel(
  settings: ChannelSettings,
  { resolveSecret, nowMs }: ChannelsOptions,
): Promise<Channel | OpenedSlack> {
  const secret = async (reference: string): Promise<string> =>
    (await resolveSecret(reference)).toString('utf8').trim();
  const ca = settings.caFile === undefined ? undefined : await readFile(settings.caFile, 'utf8');
  switch (settings.kind) {
    case 'webhook':
      return openWebhook({ ...settings, secret: await secret(settings.secret), ca, nowMs });
    case 'teams':
      return openTeams({ ...settings, url: await secret(settings.url), ca });
    case 'slack':
      return {
        channel: openSlack({ ...settings, token: await secret(settings.token), ca }),
        signingSecret: await secret(settings.signingSecret),
        people: settings.people,
      };
    case 'email': {
      const { user, password } = settings;
      const credential =
        user === undefined || password === undefined
          ? undefined
          : { user, password: await secret(password) };
      return openEmail({ ...settings, credential, ca });
    }
  }
}
