import { signWebhook } from '../../exports/sinks/sign-webhook.ts';
import type { Channel } from './channel.ts';
import type { Notice } from './notice.ts';
import { postDocument } from './post-document.ts';

/** What a webhook is made of. */
export interface WebhookOptions {
  readonly name: string;
  readonly groups: readonly string[];
  readonly url: string;
  readonly secret: string;
  readonly ca: string | undefined;
  readonly nowMs: () => number;
}

/**
 * Posts signed JSON. The receiver computes HMAC-SHA-256 over `<sallyport-timestamp>.<body>` with the
 * shared secret, compares it with `sallyport-signature: v1=<hex>`, and refuses old timestamps.
 * `sallyport-delivery` is the same when a message is sent again.
 */
export function openWebhook(options: WebhookOptions): Channel {
  const { name, groups, url, secret, ca, nowMs } = options;
  return {
    name,
    groups,
    async deliver(notice, _receipt, signal) {
      const body = JSON.stringify({ version: 1, ...notice });
      const headers = {
        ...signWebhook(secret, body, nowMs()),
        'sallyport-delivery': deliveryOf(notice),
      };
      await postDocument({ channel: name, url, body, headers, ca }, signal);
      return undefined;
    },
    async warn(warning, signal) {
      const body = JSON.stringify({ version: 1, occasion: 'signal', ...warning });
      const headers = {
        ...signWebhook(secret, body, nowMs()),
        'sallyport-delivery': `${warning.alertId}.signal`,
      };
      await postDocument({ channel: name, url, body, headers, ca }, signal);
    },
  };
}

function deliveryOf({ requestId, occasion }: Notice): string {
  return `${requestId}.${occasion}`;
}
