import { spawn } from 'node:child_process';

/**
 * Opens a page in the person's browser; false where there is none.
 *
 * @param platform `process.platform`.
 * @param hasDisplay Whether there is a desktop. Without one, xdg-open may start a browser inside
 *   the terminal.
 */
export function openBrowser(
  url: string,
  platform: NodeJS.Platform,
  hasDisplay: boolean,
): Promise<boolean> {
  const program = findOpener(platform, hasDisplay);
  if (program === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    // No shell: the address comes from a provider and is an argument, never a command.
    const child = spawn(program, [url], { detached: true, stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function findOpener(platform: NodeJS.Platform, hasDisplay: boolean): string | undefined {
  if (platform === 'darwin') return 'open';
  return hasDisplay && platform !== 'win32' ? 'xdg-open' : undefined;
}
