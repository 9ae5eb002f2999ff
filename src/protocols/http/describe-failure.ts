import type { HttpMessageError } from '../../wire/http/http-message-error.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Problem } from './problem.ts';

/** What a client is told of a request that cannot be read, or that servers read in different ways. */
export function describeMessageError({ status, messageName, reason }: HttpMessageError): Problem {
  return {
    status,
    title: 'Request cannot be read',
    detail: `The ${messageName} ${reason}. It was not passed on.`,
  };
}

/** Says what failed without telling where the target is or how the gateway proves itself there. */
export function describeUpstreamError({ code }: UpstreamError, target: string): Problem {
  switch (code) {
    case 'ERR_UPSTREAM_UNREACHABLE':
      return badGateway(`Target "${target}" does not answer.`);
    case 'ERR_UPSTREAM_TIMEOUT':
      return {
        status: 504,
        title: 'Target took too long',
        detail: `Target "${target}" does not answer in time.`,
      };
    case 'ERR_UPSTREAM_TLS':
    case 'ERR_UPSTREAM_HOST_KEY':
      return badGateway(`The certificate of target "${target}" does not pass, or the gateway's.`);
    case 'ERR_UPSTREAM_LOGIN':
      return badGateway(`The gateway has no credential for target "${target}" at present.`);
    case 'ERR_UPSTREAM_PROTOCOL':
      return badGateway(`Target "${target}" did not answer as HTTP has it.`);
  }
}

/** The target answered, and what it answered holds, or may hold, what the client may not see. */
export function describeUnmaskable(reason: string): Problem {
  return {
    status: 502,
    title: 'Response cannot be masked',
    detail: `The target has answered, but its response cannot be shown to you: ${reason}.`,
  };
}

function badGateway(detail: string): Problem {
  return { status: 502, title: 'Target cannot be reached', detail };
}
