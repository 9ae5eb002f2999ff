import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';

/** What is to be removed from a bucket. */
export interface RemovedVersions {
  readonly bucket: string;
  /** With the prefix of the archive. */
  readonly prefix: string;
  readonly keep: 'nothing' | 'newest';
  readonly nowMs: number;
}

/** A version of an object; without an id where the bucket keeps none. */
interface Version {
  readonly key: string;
  readonly id: string | undefined;
}

const CANNOT_LIST_VERSIONS: ReadonlySet<string> = new Set(['NotImplemented', 'MethodNotAllowed']);

/**
 * Removes versions of objects by their ids, so that no delete marker hides what is still there.
 *
 * @returns Until when locks keep what is left, in milliseconds since the Unix epoch; undefined if nothing is.
 */
export async function removeVersions(
  client: S3Client,
  removed: RemovedVersions,
  signal: AbortSignal,
): Promise<number | undefined> {
  let lockedUntilMs: number | undefined;
  // What is listed is listed before anything of it goes: pages are not to move.
  for (const version of await listVersions(client, removed, signal)) {
    const untilMs = await removeVersion(client, removed, version, signal);
    if (untilMs !== undefined) lockedUntilMs = Math.max(lockedUntilMs ?? 0, untilMs);
  }
  return lockedUntilMs;
}

async function listVersions(
  client: S3Client,
  removed: RemovedVersions,
  signal: AbortSignal,
): Promise<readonly Version[]> {
  const { bucket, prefix, keep } = removed;
  const versions: Version[] = [];
  let page: Partial<ListObjectVersionsCommandOutput> = {};
  try {
    do {
      const command = new ListObjectVersionsCommand({
        Bucket: bucket,
        Prefix: prefix,
        KeyMarker: page.NextKeyMarker,
        VersionIdMarker: page.NextVersionIdMarker,
      });
      page = await client.send(command, { abortSignal: signal });
      for (const { Key, VersionId, IsLatest } of [
        ...(page.Versions ?? []),
        ...(page.DeleteMarkers ?? []),
      ]) {
        const isKept = keep === 'newest' && IsLatest === true;
        if (Key !== undefined && !isKept) versions.push({ key: Key, id: VersionId });
      }
    } while (page.IsTruncated === true);
  } catch (error) {
    if (!(error instanceof S3ServiceException) || !CANNOT_LIST_VERSIONS.has(error.name))
      throw error;
    return keep === 'newest' ? [] : listObjects(client, removed, signal);
  }
  return versions;
}

/** On servers that keep no versions. */
async function listObjects(
  client: S3Client,
  { bucket, prefix }: RemovedVersions,
  signal: AbortSignal,
): Promise<readonly Version[]> {
  const objects: Version[] = [];
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ContinuationToken: token,
    });
    const page = await client.send(command, { abortSignal: signal });
    for (const { Key } of page.Contents ?? []) {
      if (Key !== undefined) objects.push({ key: Key, id: undefined });
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return objects;
}

/** @returns Until when a lock keeps it; undefined once it is gone. */
async function removeVersion(
  client: S3Client,
  { bucket, nowMs }: RemovedVersions,
  { key, id }: Version,
  signal: AbortSignal,
): Promise<number | undefined> {
  const place = { Bucket: bucket, Key: key, VersionId: id };
  try {
    await client.send(new DeleteObjectCommand(place), { abortSignal: signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof S3ServiceException) || id === undefined) throw error;
    // Servers say in different ways that it is locked, and in the same ways other things.
    const untilMs = await findLock(client, place, signal);
    if (untilMs === undefined || untilMs <= nowMs) throw error;
    return untilMs;
  }
}

async function findLock(
  client: S3Client,
  place: { readonly Bucket: string; readonly Key: string; readonly VersionId: string | undefined },
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const command = new GetObjectRetentionCommand(place);
    const { Retention } = await client.send(command, { abortSignal: signal });
    return Retention?.RetainUntilDate?.getTime();
  } catch (error) {
    if (error instanceof S3ServiceException) return undefined;
    throw error;
  }
}
