import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import { duration, line, secretReference, section, size, webUrl } from './fields.ts';

/** Where recordings and the ledger are kept, beside the data directory. */
export type StorageSettings = { readonly kind: 'directory' } | S3Settings;

/** A bucket to which all that is finished is copied. */
export interface S3Settings {
  readonly kind: 's3';
  readonly bucket: string;
  /** Undefined: Amazon's of the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Begins the name of every object. */
  readonly prefix: string;
  /** The bucket stands in the path of a URL, and not in its host. */
  readonly isPathStyle: boolean;
  /** References to secrets. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Undefined: the bucket decides. */
  readonly objectLock:
    | { readonly mode: 'governance' | 'compliance'; readonly retentionMs: number }
    | undefined;
  readonly spool: {
    /** Bytes of what waits to be copied, and of recordings that go on. */
    readonly bytesMax: number;
    readonly whenFull: 'refuse' | 'end-recording';
  };
  /** What expired here goes there, too, once no lock keeps it. */
  readonly removeExpired: boolean;
  /** Milliseconds after which the copy here of a recording is removed. Undefined: never. */
  readonly keepLocalMs: number | undefined;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9_.-]{1,100}\/){0,8}$/;

/** The `storage` section of `sallyport.yaml`. */
export function storageSchema(root: ConfigurationRoot): z.ZodType<StorageSettings> {
  return z
    .discriminatedUnion(
      'kind',
      [section({ kind: z.literal('directory') }), s3Schema(root)],
      'must be one of directory, s3',
    )
    .prefault({ kind: 'directory' });
}

function s3Schema(root: ConfigurationRoot) {
  return section({
    kind: z.literal('s3'),
    bucket: z.string().regex(BUCKET, 'must be the name of a bucket'),
    endpoint: webUrl().optional(),
    region: line(64).default('us-east-1'),
    prefix: z
      .string()
      .regex(PREFIX, 'must be empty or end with a slash, such as sallyport/')
      .default(''),
    pathStyle: z.boolean().default(false),
    accessKeyId: secretReference(root),
    secretAccessKey: secretReference(root),
    objectLock: section({
      mode: z.enum(['governance', 'compliance']).default('compliance'),
      retention: duration('1d', '36500d'),
    }).optional(),
    spool: section({
      sizeMax: size('16MiB', '1000000GiB').prefault('10GiB'),
      whenFull: z.enum(['refuse', 'end-recording']).default('refuse'),
    }).prefault({}),
    removeExpired: z.boolean().default(true),
    keepLocal: duration('1m', '36500d').optional(),
  }).transform(({ pathStyle, objectLock, spool, keepLocal, endpoint, ...settings }) => ({
    ...settings,
    endpoint,
    isPathStyle: pathStyle,
    objectLock: objectLock && { mode: objectLock.mode, retentionMs: objectLock.retention },
    spool: { bytesMax: spool.sizeMax, whenFull: spool.whenFull },
    keepLocalMs: keepLocal,
  }));
}
