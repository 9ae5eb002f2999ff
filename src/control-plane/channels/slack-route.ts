import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessRequest } from '../../access/access-request.ts';
import type { AccessService } from '../../access/access-service.ts';
import type { KnownPerson } from '../../access/person.ts';
import { plainAddress } from '../../identity/client-address.ts';
import type { PrincipalId } from '../../identity/principal.ts';
import { logApiRequest, logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { ChannelError } from './channel.ts';
import type { OpenedSlack } from './open-channels.ts';
import { actOnSlack, type SlackOutcome } from './slack-interactions.ts';

/** What buttons in channels need. */
export interface ChannelServices {
  readonly access: Pick<AccessService, 'review'>;
  /** Slack channels that are open; another list after the configuration changed. */
  readonly slackChannels: () => readonly OpenedSlack[];
  readonly findRequest: (id: string) => Promise<AccessRequest | undefined>;
  readonly findPerson: (id: PrincipalId) => Promise<KnownPerson | undefined>;
  readonly isDisabled: (id: PrincipalId) => boolean;
  readonly nowMs: () => number;
  readonly log: Log;
}

type Request = Pick<FastifyRequest, 'raw' | 'body' | 'ip' | 'params'>;
type Reply = Pick<FastifyReply, 'statusCode' | 'code' | 'header' | 'send'> & {
  readonly raw: Pick<FastifyReply['raw'], 'once'>;
};

/** The path that Slack is told to send interactions to. */
const SLACK_PATH = '/channels/:name/slack';
/** Bytes; Slack sends the whole message back. */
const BODY_BYTES_MAX = 256 * 1024;

/**
 * The route that takes what people press in Slack. The signature is over the body as it came, so the body must reach it
 * as text, not parsed.
 */
export function describeSlackRoute(services: ChannelServices): SlackRoute {
  return {
    method: 'POST',
    url: SLACK_PATH,
    bodyLimit: BODY_BYTES_MAX,
    async handler(request, reply) {
      const startedMs = services.nowMs();
      const isTaken = await takeSlackCall(services, request, reply);
      // Whoever is not Slack learns nothing, not even which channels there are.
      reply
        .code(isTaken ? 200 : 404)
        .header('content-type', 'text/plain')
        .send('');
      logApiRequest(services.log, {
        method: 'POST',
        route: SLACK_PATH,
        status: reply.statusCode,
        durationMs: services.nowMs() - startedMs,
      });
      return reply;
    },
  };
}

interface SlackRoute {
  readonly method: 'POST';
  readonly url: string;
  readonly bodyLimit: number;
  handler(request: Request, reply: Reply): Promise<Reply>;
}

async function takeSlackCall(
  services: ChannelServices,
  { raw, body, ip, params }: Request,
  reply: Reply,
): Promise<boolean> {
  const { name } = params as Readonly<Record<string, string>>;
  const slack = services.slackChannels().find(({ channel }) => channel.name === name);
  if (slack === undefined || typeof body !== 'string') return false;
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const call = {
    body,
    timestamp: only(raw.headersDistinct['x-slack-request-timestamp']),
    signature: only(raw.headersDistinct['x-slack-signature']),
    clientAddress: plainAddress(ip),
    signal: gone.signal,
  };
  const outcome: SlackOutcome = await actOnSlack({ ...services, ...slack }, call).catch(
    (error: unknown) => {
      // The verdict stands, or was never given; only the words about it did not arrive.
      if (!(error instanceof ChannelError)) throw error;
      logUnexpectedError(services.log, 'channels', error);
      return { kind: 'ignored' };
    },
  );
  return outcome.kind !== 'refused';
}

/** A header that is there once. */
function only(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}
