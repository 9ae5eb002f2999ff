import type { ChannelExit } from '../../../ssh/recorded-frame.ts';

/** Bytes of a status that is read. */
export const STATUS_BYTES_MAX: number = 64 * 1024;
const EXIT_CODE = 'ExitCode';
const UNKNOWN_EXIT: ChannelExit = { signal: 'unknown', coreDumped: false };

interface Status {
  readonly status?: unknown;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: unknown; readonly message?: unknown }[];
  };
}

/**
 * How a command ended, by what its server says on the stream `error`.
 *
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/util/remotecommand (NonZeroExitCodeReason)
 */
export function readCommandStatus(bytes: Buffer): ChannelExit {
  try {
    const { status, details } = JSON.parse(bytes.toString('utf8')) as Status;
    if (status === 'Success') return { status: 0 };
    const cause = details?.causes?.find(({ reason }) => reason === EXIT_CODE);
    const code = Number(cause?.message);
    return Number.isInteger(code) ? { status: code } : UNKNOWN_EXIT;
  } catch {
    return UNKNOWN_EXIT;
  }
}

/** What a server says of a command that ended with such a code. */
export function encodeCommandStatus(exitCode: number, message: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      ...{ metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode' },
      details: { causes: [{ reason: EXIT_CODE, message: String(exitCode) }] },
    }),
  );
}
