import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findFreePort } from '../../demo/find-free-port.ts';
import { openBrowser } from '../console/open-browser.ts';
import { runProgram } from '../ssh/run-program.ts';
import { browseAs } from './browse-as.ts';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';
import type { UpstreamHandler } from './private-upstream.ts';

const OTHER_HOST = 'other.clinic.example';
const POLICIES = `
  @id("all") permit (principal, action, resource);
  @id("not-hidden") forbid (principal, action == Action::"connect", resource)
  when { resource.hasTag("hidden") };
`;

/** A target to which nobody may connect. */
const SECRET = `kind: http
address: 127.0.0.1:1
credential: {none: true}
labels: {hidden: "yes"}
`;

/** Cookies and methods of what reached the service, by path. */
const seen: { readonly path: string; readonly method: string; readonly cookie: string }[] = [];

const handler: UpstreamHandler = (request, response) => {
  const { url: path = '', method = '', headers } = request;
  seen.push({ path, method, cookie: String(headers['cookie'] ?? '') });
  response.setHeader('set-cookie', ['own=1; Path=/', '__Host-sallyport-site=evil; Path=/; Secure']);
  response.setHeader('content-type', 'text/html');
  response.end(`<!doctype html><title>ward</title><h1>Ward ${path}</h1>`);
};

let world: HttpEnvironment;
let browser: Browser;
let consoleOrigin: string;

/** A person who has not signed in, with one page. */
async function openPerson(): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(20_000);
  return { context, page: await context.newPage() };
}

describe('browsers at the hosts of targets', () => {
  before(async () => {
    const port = await findFreePort();
    consoleOrigin = `https://localhost:${port}`;
    world = await startHttpEnvironment({
      upstream: { handler },
      policies: POLICIES,
      gateway: [[['listeners', 'api', 'address'], `127.0.0.1:${port}`]],
      target: [[['hosts'], [OTHER_HOST]]],
      names: [OTHER_HOST],
      files: { 'targets/secret.yaml': SECRET },
    });
    const names = ['*.sallyport', '*.clinic.example'];
    browser = await openBrowser([
      `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(',')}`,
    ]);
  });
  after(async () => {
    await browser?.close();
    await world?.[Symbol.asyncDispose]();
  });

  it('sends a person to sign in and back to the page, with a cookie for that host alone', async () => {
    const { context, page } = await openPerson();
    await browseAs(page, 'Ana', `${world.url}/ward/7?view=beds`);
    assert.equal(await page.getByRole('heading').innerText(), 'Ward /ward/7?view=beds');
    const cookies = (await context.cookies(world.url)).filter(({ name }) => /sallyport/.test(name));
    assert.deepEqual(
      cookies.map(({ name, domain, path, httpOnly, secure, sameSite }) => ({
        ...{ name, domain, path, httpOnly, secure, sameSite },
      })),
      [
        {
          ...{ name: '__Host-sallyport-site', domain: TARGET_HOST, path: '/' },
          ...{ httpOnly: true, secure: true, sameSite: 'Lax' },
        },
      ],
    );
    assert.notEqual(cookies[0]?.value, 'evil');
    await page.goto(`${world.url}/again`);
    assert.equal(await page.getByRole('heading').innerText(), 'Ward /again');
    assert.equal(seen.find(({ path }) => path === '/again')?.cookie, 'own=1');
    const started = (await world.entries('session.start')).at(-1);
    assert.partialDeepStrictEqual(started?.['principal'], {
      id: 'clinic:ana',
      signIn: 'oidc-browser',
    });
    await context.close();
  });

  it('lets a person who is signed in go to another host by themselves', async () => {
    const { context, page } = await openPerson();
    await browseAs(page, 'Noor', `${world.url}/first`);
    const address = `https://${OTHER_HOST}:${world.address.port}/second`;
    // As by a link on a page of another site, with which the cookie of the console does not come along.
    await page.evaluate(`location.assign(${JSON.stringify(address)})`);
    await page.waitForURL(address);
    assert.equal(await page.getByRole('heading').innerText(), 'Ward /second');
    await context.close();
  });

  it('takes no cookie at another host than its own', async () => {
    const { context, page } = await openPerson();
    await browseAs(page, 'Ana', `${world.url}/`);
    const cookies = await context.cookies(world.url);
    const own = cookies.find(({ name }) => name.startsWith('__Host'));
    const headers = { cookie: `${own?.name}=${own?.value}` };
    assert.equal((await world.fetch('/mine', { headers })).status, 200);
    const elsewhere = `https://${OTHER_HOST}:${world.address.port}/mine`;
    assert.equal((await world.fetch(elsewhere, { headers })).status, 401);
    await context.close();
  });

  it('lets pages of the target change things, and those of a neighbour not', async () => {
    const { context, page } = await openPerson();
    await browseAs(page, 'Ana', `${world.url}/page`);
    const post = (url: string) =>
      page.evaluate(async (to) => {
        const options = { method: 'POST', credentials: 'include', mode: 'no-cors' } as const;
        const { status } = await fetch(to, options);
        return status;
      }, url);
    assert.equal(await post(`${world.url}/change`), 200);
    await page.goto(`https://${OTHER_HOST}:${world.address.port}/neighbour`);
    await page.waitForURL(/neighbour$/);
    await post(`${world.url}/forged`);
    assert(seen.some(({ path, method }) => path === '/change' && method === 'POST'));
    assert(!seen.some(({ path }) => path === '/forged'));
    await context.close();
  });

  it('finishes no sign-in that was not begun in this browser', async () => {
    const { context, page } = await openPerson();
    await browseAs(page, 'Ana', `${world.url}/`);
    const codes: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/.sallyport/signed-in')) codes.push(request.url());
    });
    await page.goto(`https://${OTHER_HOST}:${world.address.port}/`);
    await page.waitForURL(/clinic\.example:\d+\/$/);
    const [stolen] = codes;
    assert(stolen);
    const victim = await openPerson();
    const answer = await victim.page.goto(stolen);
    assert.equal(answer?.status(), 400);
    assert.deepEqual(await victim.context.cookies(stolen), []);
    await victim.context.close();
    await context.close();
  });

  it('sends nobody to where no target is, or to one that they may not connect to', async () => {
    const { context, page } = await openPerson();
    await browseAs(page, 'Ana', `${world.url}/`);
    const state = 'A'.repeat(43);
    const ask = (to: string) =>
      page.goto(`${consoleOrigin}/sign-in/site?${new URLSearchParams({ to, state }).toString()}`);
    const { port } = world.address;
    for (const to of ['evil.example', `nothing.sallyport:${port}`, `sallyport:${port}`]) {
      assert.equal((await ask(to))?.status(), 404, to);
    }
    assert.equal((await ask(`${TARGET_HOST}:1`))?.status(), 404);
    assert.equal((await ask(`secret.sallyport:${port}`))?.status(), 404);
    // Its code is not one that the browser asked for: it goes where it is signed in already.
    assert.equal((await ask(`${TARGET_HOST}:${port}`))?.url(), `${world.url}/`);
    for (const to of [
      '//evil.example',
      'evil.example/x',
      'a@evil.example',
      'https://evil.example',
      '',
    ]) {
      assert.equal((await ask(to))?.status(), 400, to);
    }
    await context.close();
  });

  it('leaves everything that is no page of a person as it is: 401, and no redirect', async () => {
    const answer = await world.fetch('/data', { headers: { accept: 'text/html' } });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('location'), null);
  });

  it('offers no sign-in at names that targets share', async () => {
    const fields = ['-H', 'Accept: text/html', '-H', 'Sec-Fetch-Mode: navigate'];
    const ask = async (url: string): Promise<string> => {
      const { hostname, port } = new URL(url);
      const resolve = ['--resolve', `${hostname}:${port}:127.0.0.1`];
      const written = ['-o', '/dev/null', '-w', '%{http_code} %{redirect_url}'];
      const { stdout, stderr } = await runProgram('curl', [
        ...world.curl,
        ...resolve,
        ...fields,
        ...written,
        url,
      ]);
      assert.equal(stderr, '');
      return stdout;
    };
    assert.equal(await ask(`https://sallyport:${world.address.port}/x`), '401 ');
    assert.match(await ask(`${world.url}/x`), /^303 https:\/\/localhost:\d+\/sign-in\/site\?to=/);
  });

  it('shows a target that is forbidden as one that does not exist', async () => {
    const { context, page } = await openPerson();
    await browseAs(page, 'Ana', `${world.url}/`);
    const texts = new Set<string>();
    for (const name of ['secret', 'nothing']) {
      await page.goto(`https://${name}.sallyport:${world.address.port}/`);
      texts.add(await page.getByText(/no such target/).innerText());
    }
    assert.equal(texts.size, 1);
    await context.close();
  });
});
