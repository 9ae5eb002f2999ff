/** Where SSH servers listen. */
const SSH_PORT = 22;
const LABEL = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/iu;

/**
 * The target that a client means by a host: `<target>.<suffix>` or `<target>` on port 22. Undefined for other
 * hosts.
 *
 * Targets that do not exist are found, too: who asks learns nothing, and is turned away like everybody
 * who may not connect.
 */
export function findTargetName(
  { host, port }: { readonly host: string; readonly port: number },
  suffix: string,
): string | undefined {
  if (port !== SSH_PORT) return undefined;
  const name = host.toLowerCase();
  const label = name.endsWith(`.${suffix}`) ? name.slice(0, -suffix.length - 1) : name;
  return LABEL.test(label) ? label : undefined;
}
