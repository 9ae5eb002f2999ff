import { createHmac } from 'node:crypto';

/** What a webhook's receiver checks: that we sent this body, now. */
export interface WebhookSignature {
  /** Seconds since 1970. */
  readonly 'sallyport-timestamp': string;
  /** `v1=` and the hexadecimal HMAC-SHA-256 of `<timestamp>.<body>`. */
  readonly 'sallyport-signature': string;
}

/** The headers that sign a body. @param nowMs Milliseconds since the Unix epoch. */
export function signWebhook(secret: string, body: string, nowMs: number): WebhookSignature {
  const timestamp = String(Math.floor(nowMs / 1000));
  const hmac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'sallyport-timestamp': timestamp, 'sallyport-signature': `v1=${hmac}` };
}
