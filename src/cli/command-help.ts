/** `--gateway`, the same for every command that talks to one. */
export const GATEWAY_FLAG = '--gateway <url>';
export const GATEWAY_HELP = 'gateway to talk to (default: SALLYPORT_GATEWAY, or the last login)';
export const JSON_HELP = 'print JSON';

/** What `--help` shows at its end. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
