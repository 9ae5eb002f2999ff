/** What a cloud gives the gateway for a while, to log in to something else with. */
export interface CloudToken<Value> {
  readonly value: Value;
  /** Milliseconds from when it was asked for. By its length and not by a date: clocks differ. */
  readonly lifetimeMs: number;
}

/** For whom a token is asked, where the cloud is told. */
export interface TokenHolder {
  readonly principalId: string;
  readonly target: string;
}

/** Asks a cloud for one. @throws {SourceError} */
export type GetCloudToken<Value> = (
  holder: TokenHolder,
  signal: AbortSignal,
) => Promise<CloudToken<Value>>;

/** Keys of AWS that end. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
