import type { Browser, Page } from 'playwright-core';
import { type SshEnvironment, startSshEnvironment } from '../ssh/environment.ts';
import { findLiveSession } from '../ssh/find-live-session.ts';
import { openPromptedShell } from '../ssh/shell-session.ts';
import { type BrowserLooks, openPage } from './open-browser.ts';

/** Where pictures are taken, and how they are kept. */
export interface Pictures {
  readonly browser: Browser;
  readonly looks: Readonly<Record<string, BrowserLooks>>;
  readonly save: (page: Page, name: string, look: string) => Promise<void>;
}

/** Takes pictures of a shell while somebody takes part in it, and of its recording. */
export async function takeShellPictures(pictures: Pictures): Promise<void> {
  await using world = await startSshEnvironment();
  let path: string;
  {
    await using shell = await openPromptedShell(world, 'ana');
    shell.type('uptime\r');
    await shell.waitFor(/load average/);
    path = `/sessions/${await findLiveSession(world, 'ana')}`;
    await takePictures(pictures, world, { name: 'session-join', path, prepare: joinSession });
  }
  await takePictures(pictures, world, { name: 'session-shell', path, prepare: playSession });
}

async function takePictures(
  { browser, looks, save }: Pictures,
  world: SshEnvironment,
  {
    name,
    path,
    prepare,
  }: {
    readonly name: string;
    readonly path: string;
    readonly prepare: (page: Page) => Promise<void>;
  },
): Promise<void> {
  for (const [look, settings] of Object.entries(looks)) {
    const { page, context } = await openPage(browser, settings);
    await context.setExtraHTTPHeaders({ authorization: `Bearer ${world.tokenOf('noor')}` });
    await page.goto(`https://127.0.0.1:${world.process.api?.port}${path}`);
    await prepare(page);
    // The header stands above what is shown.
    await page.evaluate('scrollTo(0, 0)');
    await save(page, name, look);
    await context.close();
  }
}

async function joinSession(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Join' }).click();
  await page.getByRole('button', { name: 'Join it' }).click();
  await page.getByRole('button', { name: 'Take the keyboard' }).click();
  await page.getByText('You have the keyboard.').waitFor();
  await page.keyboard.type('clear; df -h .');
  await page.keyboard.press('Enter');
  const terminal = page.getByLabel('Terminal');
  await terminal.getByText('has joined').waitFor({ state: 'detached' });
  await terminal.getByText('Filesystem').waitFor();
}

async function playSession(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Playback' }).click();
  await page.getByRole('button', { name: 'Watch the recording' }).click();
  await page.getByLabel('Commands').getByText('df -h').first().waitFor();
}
