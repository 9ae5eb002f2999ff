import { UpstreamError } from '../upstream-error.ts';

/** The host has another key than those that the target is known by. No credential was sent. */
export class HostKeyError extends UpstreamError {
  /** SHA-256 of the key that was refused, as `ssh-keygen -l` writes it. */
  readonly fingerprint: string;

  constructor(fingerprint: string, cause: unknown) {
    super('ERR_UPSTREAM_HOST_KEY', `its key ${fingerprint} is not the target's`, { cause });
    this.fingerprint = fingerprint;
  }
}
