const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/**
 * The origin of our own pages, for a request that came to `host`. What a client says in `Host` counts
 * on loopback only, where nobody has to configure an address; everywhere else an attacker could have
 * it point elsewhere. Undefined: no page of ours can be there.
 *
 * @param configured `https://…` without a path.
 */
export function findOwnOrigin(
  host: readonly string[],
  configured: string | undefined,
): string | undefined {
  if (configured !== undefined) return configured;
  const [name] = host;
  return host.length === 1 && name !== undefined && LOOPBACK_HOST.test(name)
    ? `https://${name}`
    : undefined;
}
