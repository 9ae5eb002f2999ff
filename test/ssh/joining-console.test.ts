import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { buildConsole } from '../../tools/build-console.ts';
import { findViolations, openBrowser, openPage } from '../console/open-browser.ts';
import { type SshEnvironment, startSshEnvironment } from './environment.ts';
import { findLiveSession } from './find-live-session.ts';
import { openPromptedShell } from './shell-session.ts';

let world: SshEnvironment;

before(async () => {
  await buildConsole();
  world = await startSshEnvironment();
});
after(() => world[Symbol.asyncDispose]());

describe('the console, where somebody joins a shell', () => {
  it('shows the terminal, types in it with the keyboard, and is left by key', async () => {
    await using shell = await openPromptedShell(world, 'ana');
    await using browser = await openBrowser();
    const { page, context, complaints } = await openPage(browser);
    await context.setExtraHTTPHeaders({ authorization: `Bearer ${world.tokenOf('noor')}` });
    const origin = `https://127.0.0.1:${world.process.api?.port}`;
    await page.goto(`${origin}/sessions/${await findLiveSession(world, 'ana')}`);
    await page.getByRole('tab', { name: 'Join' }).click();
    await page.getByRole('button', { name: 'Join it' }).click();
    const terminal = page.getByLabel('Terminal');
    await terminal.getByText('host$').first().waitFor();
    await shell.waitFor(/noor has joined/);

    await page.getByRole('button', { name: 'Take the keyboard' }).click();
    await page.getByText('You have the keyboard.').waitFor();
    await page.keyboard.type('echo typed "here"');
    await page.keyboard.press('Enter');
    await shell.waitFor(/^typed here$/m);
    await terminal.getByText('typed here', { exact: true }).waitFor();
    await page.keyboard.type('sleep 60');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+c');
    await shell.waitFor(/sleep 60\^?C?[\s\S]*\^C[\s\S]*host\$ *$/);
    assert.deepEqual(await findViolations(page), []);

    await page.keyboard.press('Shift+Tab');
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByText('You have left.').waitFor();
    await shell.waitFor(/noor has left/);
    assert.deepEqual(complaints, []);
  });
});
