import type { AwsKeys } from './cloud-token.ts';
import { describeCloudError } from './describe-cloud-error.ts';

/** Which database, and as whom. */
export interface RdsLogin {
  readonly region: string;
  /** As RDS calls it: the token is for this name and no other. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Undefined: as whom the SDK finds the gateway to be. */
  readonly keys: AwsKeys | undefined;
}

/**
 * A password of PostgreSQL on RDS and Aurora: a signed request that lasts 15 minutes. It is made here, and nobody is
 * asked, unless the SDK has to find out who the gateway is.
 *
 * @throws {SourceError} If it cannot find that out.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export async function makeRdsToken({ region, host, port, user, keys }: RdsLogin): Promise<string> {
  const { Signer } = await import('@aws-sdk/rds-signer');
  const signer = new Signer({
    ...{ region, port },
    hostname: host,
    username: user,
    ...(keys !== undefined && { credentials: keys }),
  });
  try {
    return await signer.getAuthToken();
  } catch (error) {
    throw describeCloudError(error);
  }
}
