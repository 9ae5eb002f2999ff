import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openSallyportCommand, type SallyportCommand } from '../../demo/sallyport-command.ts';
import type { SessionList } from '../../src/api/session.ts';
import { buildConsole } from '../../tools/build-console.ts';
import { openBrowser, openPage } from '../console/open-browser.ts';
import { ApiClient } from '../control-plane/api-client.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';

const run = promisify(execFile);

/** A title, the clipboard, a question that a terminal answers, markup, and a colour. */
const EVIL = String.raw`printf '\033]0;root\007\033]52;c;eA==\007\033[6n<script>alert(1)</script>\033[31mred\033[0m\n'`;

let environment: SshEnvironment;
let directory: string;
let sallyport: SallyportCommand;
let sessionId: string;

before(async () => {
  await buildConsole();
  environment = await startSshEnvironment();
  directory = await mkdtemp(join(tmpdir(), 'sallyport-playback-'));
  sallyport = await openSallyportCommand(directory, 'ana');
  await sallyport.signIn(gatewayUrl(), authorityFile());
  const options = await environment.optionsFor('ana');
  await run('ssh', [...options, '-tt', `${TARGET}@127.0.0.1`, EVIL]);
  const { sessions } = await readList('--target', TARGET);
  sessionId = sessions[0]?.id ?? '';
});
after(async () => {
  await environment[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function gatewayUrl(): string {
  return `https://127.0.0.1:${environment.process.api?.port}`;
}

function authorityFile(): string {
  return join(environment.configurationDirectory, 'tls/ca.crt');
}

async function readList(...options: readonly string[]): Promise<SessionList> {
  const listed = await sallyport.run('sessions', 'list', '--json', ...options);
  return JSON.parse(listed.output) as SessionList;
}

describe('a recorded SSH session', () => {
  it('is found by the command that it ran', async () => {
    const { sessions } = await readList('--search', 'printf alert');
    assert.deepEqual(
      sessions.map(({ id }) => id),
      [sessionId],
    );
    const none = await readList('--search', 'printf never-said');
    assert.deepEqual(none.sessions, []);
  });

  it('is played with what it showed, as text where nothing draws', async () => {
    const played = await sallyport.run('sessions', 'play', sessionId);
    assert.equal(played.code, 0, played.errors);
    assert.match(played.output, /exec printf .* as /);
    assert.match(played.output, /<script>alert\(1\)<\/script>\\x1b\[31mred/);
    assert.match(played.output, /exit 0\n$/);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(played.output, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });

  it('is drawn for who watches it live, before it ends', async () => {
    const options = await environment.optionsFor('ana');
    const place = `${TARGET}@127.0.0.1`;
    const child = spawn('ssh', [...options, '-tt', place, 'echo now; sleep 60'], {
      stdio: 'ignore',
    });
    try {
      let id: string | undefined;
      while (id === undefined) id = (await readList('--live')).sessions[0]?.id;
      const client = new ApiClient(
        gatewayUrl(),
        await readFile(authorityFile(), 'utf8'),
        environment.tokenOf('ana'),
      );
      const live = await client.open('GET', `/v1/sessions/${id}/live?terminals=screens`);
      let text = '';
      for await (const chunk of live.setEncoding('utf8') as AsyncIterable<string>) {
        text += chunk;
        if (/event: screen\ndata: .*"now"/.test(text)) break;
      }
      live.destroy();
      assert.doesNotMatch(text, /event: output/);
    } finally {
      child.kill();
    }
  });

  it('is drawn in the console, where what the host wrote is text', async () => {
    await using browser = await openBrowser();
    const { page, context, complaints } = await openPage(browser);
    await context.setExtraHTTPHeaders({ authorization: `Bearer ${environment.tokenOf('ana')}` });
    page.on('dialog', () => complaints.push('a dialog'));
    await page.goto(`${gatewayUrl()}/sessions/${sessionId}`);
    await page.getByRole('tab', { name: 'Playback' }).click();
    await page.getByRole('button', { name: 'Watch the recording' }).click();
    const terminal = page.getByLabel('Terminal');
    await terminal.waitFor();
    const runs = await terminal.locator('span').allTextContents();
    assert.deepEqual(runs, ['<script>alert(1)</script>', 'red']);
    const colour = `getComputedStyle(document.querySelectorAll('.terminal span')[1]).color`;
    assert.equal(await page.evaluate(colour), 'rgb(205, 0, 0)');
    await page.getByLabel('Commands').getByText('printf').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('is exported for other players, without what would command a terminal', async () => {
    const file = join(directory, 'session.cast');
    const exported = await sallyport.run('sessions', 'export', sessionId, '--out', file);
    assert.equal(exported.code, 0, exported.errors);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const [header, ...events] = lines.map((line) => JSON.parse(line) as unknown);
    assert.partialDeepStrictEqual(header, { version: 2, title: EVIL });
    const output = (events as [number, string, string][])
      .filter(([, code]) => code === 'o')
      .map(([, , text]) => text)
      .join('');
    assert.equal(output, '<script>alert(1)</script>\u001b[31mred\u001b[0m\r\n');
    assert.deepEqual((events.at(-1) as unknown[]).slice(1), ['x', '0']);
  });
});
