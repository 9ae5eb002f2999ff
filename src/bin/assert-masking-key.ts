import { createHmac } from 'node:crypto';
import type { PostgresGateways } from '../store/gateways.ts';

/**
 * Stops a gateway whose masking key is not that of the others: its pseudonyms would be others, its evidence would name
 * other patients, and what the store keeps sealed could not be read.
 *
 * @throws If the store was first used with another key.
 */
export async function assertMaskingKey(
  gateways: Pick<PostgresGateways, 'isSame'>,
  maskingKey: Buffer,
): Promise<void> {
  const fingerprint = createHmac('sha256', maskingKey).update('sallyport fingerprint');
  if (await gateways.isSame('masking-key', fingerprint.digest('hex'))) return;
  throw new Error(
    'Cannot use the store: the masking key is not the one that it was first used with; give every gateway the same',
  );
}
