import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import {
  type Address,
  address,
  entityName,
  isLoopback,
  line,
  path,
  secretReference,
  section,
  uniqueNames,
  webUrl,
} from './fields.ts';

/** A way to tell people of access requests outside the console. */
export type ChannelSettings = WebhookSettings | SlackSettings | TeamsSettings | EmailSettings;

interface ChannelFields {
  readonly name: string;
  /** Only requests that members of one of these groups may review; all when empty. */
  readonly groups: readonly string[];
  /** PEM file of the authorities that the other side's certificate may be from; the system's when undefined. */
  readonly caFile: string | undefined;
}

/** Signed JSON to an URL. */
export interface WebhookSettings extends ChannelFields {
  readonly kind: 'webhook';
  readonly url: string;
  /** Reference to the key of the signatures. */
  readonly secret: string;
}

/** Messages with buttons in a Slack channel. */
export interface SlackSettings extends ChannelFields {
  readonly kind: 'slack';
  /** Reference to the bot's token. */
  readonly token: string;
  /** Reference to the secret that Slack signs its requests with. */
  readonly signingSecret: string;
  /** Id of the channel at Slack. */
  readonly channel: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** Principals by their ids at Slack: who is not here cannot review there. */
  readonly people: Readonly<Record<string, string>>;
}

/** Cards in a Microsoft Teams channel, by a workflow's webhook. */
export interface TeamsSettings extends ChannelFields {
  readonly kind: 'teams';
  /** Reference to the workflow's URL, which holds its own secret. */
  readonly url: string;
}

/** Mail by SMTP. */
export interface EmailSettings extends ChannelFields {
  readonly kind: 'email';
  readonly server: Address;
  /** `implicit`: from the first byte. `starttls`: required before anything is sent. `none`: on loopback only. */
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly user: string | undefined;
  /** Reference. */
  readonly password: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

const SLACK_API = 'https://slack.com/api';

/** The section `channels` of `sallyport.yaml`. Paths are relative to the directory of `root`. */
export function channelsSchema(root: ConfigurationRoot): z.ZodType<readonly ChannelSettings[]> {
  const fields = {
    name: entityName(),
    groups: z.array(line(256)).default([]),
    caFile: path(root).optional(),
  };
  const webhook = section({
    ...fields,
    kind: z.literal('webhook'),
    url: webUrl(),
    secret: secretReference(root),
  });
  const slack = section({
    ...fields,
    kind: z.literal('slack'),
    token: secretReference(root),
    signingSecret: secretReference(root),
    channel: line(64),
    apiUrl: webUrl().default(SLACK_API),
    people: z.record(line(64), line(512)).default({}),
  });
  const teams = section({ ...fields, kind: z.literal('teams'), url: secretReference(root) });
  const channel = z
    .discriminatedUnion(
      'kind',
      [webhook, slack, teams, emailSchema(root)],
      'must be one of webhook, slack, teams, email',
    )
    .transform((settings) => ({ ...settings, caFile: settings.caFile }));
  return z.array(channel).default([]).check(uniqueNames('channel'));
}

function emailSchema(root: ConfigurationRoot) {
  const mailbox = line(320).refine((text) => /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(text), {
    message: 'must be a mail address',
  });
  return section({
    name: entityName(),
    groups: z.array(line(256)).default([]),
    caFile: path(root).optional(),
    kind: z.literal('email'),
    server: address(465),
    tls: z.enum(['implicit', 'starttls', 'none']).default('implicit'),
    user: line().optional(),
    password: secretReference(root).optional(),
    from: mailbox,
    to: z.array(mailbox).min(1),
  })
    .check(({ value, issues }) => {
      if (value.tls === 'none' && !isLoopback(value.server)) {
        const message = 'must be implicit or starttls, unless the server is on loopback';
        issues.push({ code: 'custom', path: ['tls'], message, input: undefined });
      }
      if ((value.user === undefined) === (value.password === undefined)) return;
      const missing = value.user === undefined ? 'user' : 'password';
      const message = 'must be given too: user and password only work together';
      issues.push({ code: 'custom', path: [missing], message, input: undefined });
    })
    .transform((settings) => ({
      ...settings,
      user: settings.user,
      password: settings.password,
    }));
}
