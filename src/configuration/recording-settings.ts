import { z } from 'zod';
import { section } from './fields.ts';

/** What is kept of sessions beside the recording that people watch. */
export interface RecordingSettings {
  /** Who can open sealed raw tracks: public keys of `age`. The gateway cannot. */
  readonly rawRecipients: readonly string[];
}

const RECIPIENTS_MAX = 20;
/** The kinds that `age` knows itself. The letters are those of Bech32; a mistyped key is found when it is used first. */
const RECIPIENT = /^age1(?:pq1|tag1|tagpq1)?[02-9ac-hj-np-z]{50,4000}$/;

/** The `recordings` section of `sallyport.yaml`. */
export function recordingsSchema(): z.ZodType<RecordingSettings> {
  const recipient = z.string().regex(RECIPIENT, 'must be a public key of age, such as age1…');
  return section({
    rawRecipients: z.array(recipient).max(RECIPIENTS_MAX).default([]),
  }).prefault({});
}
