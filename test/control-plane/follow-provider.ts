import assert from 'node:assert/strict';

/**
 * Goes through the demo provider's own pages as somebody who clicks on who they are.
 *
 * @param origin Where the provider sends the browser back to.
 * @returns The path, with query, to which it does.
 */
export async function followProvider(
  start: string,
  { origin, subject }: { readonly origin: string; readonly subject: string },
): Promise<string> {
  const cookies = new Map<string, string>();
  let next: { readonly url: string; readonly form?: URLSearchParams } = { url: start };
  for (let step = 0; step < 20; step++) {
    const response = await fetch(next.url, {
      method: next.form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(next.form && { body: next.form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', ...value] = (line.split(';')[0] ?? '').split('=');
      cookies.set(name, value.join('='));
    }
    const location = response.headers.get('location');
    const page = await response.text();
    if (location !== null) {
      const target = new URL(location, next.url);
      if (target.origin === origin) return target.pathname + target.search;
      next = { url: target.href };
      continue;
    }
    const action = /<form[^>]*\saction="([^"]*)"/.exec(page)?.[1];
    assert.ok(action !== undefined, page);
    const form = new URLSearchParams({ subject });
    for (const [, name = '', value = ''] of page.matchAll(
      /type="hidden" name="([^"]*)" value="([^"]*)"/g,
    ))
      form.set(name, value);
    next = { url: new URL(action, next.url).href, form };
  }
  assert.fail('the sign-in does not end');
}
