import type * as Sts from '@aws-sdk/client-sts';
import type { AwsRole } from '../../configuration/cloud-credential.ts';
import { unavailable } from '../secrets/request-service.ts';
import { awsHandler, type RequestService } from './cloud-requests.ts';
import type { AwsKeys, CloudToken, GetCloudToken } from './cloud-token.ts';
import { describeCloudError } from './describe-cloud-error.ts';
import { describeRoleSession } from './role-session.ts';

/** How AWS is asked. */
export interface AwsParts {
  readonly request?: RequestService | undefined;
  /** Default: what the SDK finds in the environment, a web identity, files or the instance. */
  readonly credentials?: AwsKeys | undefined;
}

/** The shortest longest session that a role can be configured to have. */
const SESSION_SECONDS = 3_600;

/**
 * Keys of a role, in sessions that are named and tagged after the principal: what is done with them is told apart in
 * CloudTrail, and can be told apart in AWS policies.
 */
export function assumeRole(role: AwsRole, parts: AwsParts = {}): GetCloudToken<AwsKeys> {
  let client: Sts.STSClient | undefined;
  return async ({ principalId, target }, signal) => {
    const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
    client ??= new STSClient({
      region: role.region,
      requestHandler: awsHandler(parts.request),
      maxAttempts: 2,
      ...(role.endpoint !== undefined && { endpoint: role.endpoint }),
      ...(parts.credentials !== undefined && { credentials: parts.credentials }),
    });
    const { name, tags } = describeRoleSession(principalId, target);
    const command = new AssumeRoleCommand({
      RoleArn: role.arn,
      RoleSessionName: name,
      DurationSeconds: SESSION_SECONDS,
      ...(role.sessionTags && { Tags: [...tags] }),
      ...(role.externalId !== undefined && { ExternalId: role.externalId }),
    });
    try {
      return readKeys(await client.send(command, { abortSignal: signal }));
    } catch (error) {
      throw describeCloudError(error);
    }
  };
}

function readKeys({ Credentials }: Sts.AssumeRoleCommandOutput): CloudToken<AwsKeys> {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw unavailable('its answer has no keys');
  }
  return {
    value: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    },
    lifetimeMs: SESSION_SECONDS * 1_000,
  };
}
