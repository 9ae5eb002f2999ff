/**
 * Whether a URL stays on this machine, where plain HTTP is acceptable.
 *
 * `localhost` counts because RFC 6761 section 6.3 says
 * that it is never looked up elsewhere.
 */
export function isLoopback(url: URL): boolean {
  const host = url.hostname;
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
