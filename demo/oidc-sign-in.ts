/** Steps a sign-in may take before it is stuck. */
const STEPS_MAX = 20;

/**
 * Signs in at the demo provider as a browser with a person in front of it would: follows redirects,
 * keeps cookies, submits forms, and clicks on the person. For the tour and for tests.
 *
 * @param url Where the sign-in starts: the URL that `sallyport login` prints.
 * @param subject Whom to click on.
 * @returns The last page's text, the provider's or the one a redirect led to.
 * @throws {Error} If a page is an error or the sign-in does not end.
 */
export async function signInAs(subject: string, url: string, signal: AbortSignal): Promise<string> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(url);
  let request: { readonly url: string; readonly form?: URLSearchParams } = { url };
  for (let step = 0; step < STEPS_MAX; step++) {
    const ours = new URL(request.url).origin === origin;
    const response = await fetch(request.url, {
      method: request.form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      signal,
      // Cookies and forms are the provider's; the redirect to the client gets neither.
      ...(ours ? { headers: { cookie: formatCookies(cookies) } } : {}),
      ...(request.form === undefined ? {} : { body: request.form }),
    });
    if (ours) keepCookies(cookies, response);
    const body = await response.text();
    const location = response.headers.get('location');
    if (location !== null) {
      request = { url: new URL(location, request.url).href };
      continue;
    }
    if (!response.ok) throw new Error(`Cannot sign in: ${request.url} answered ${response.status}`);
    const next = ours ? readForm(body, request.url, subject) : undefined;
    if (next === undefined) return body;
    request = next;
  }
  throw new Error(`Cannot sign in: no end after ${STEPS_MAX} steps`);
}

/** The page's only form, filled in; nothing on a page without one. */
function readForm(
  page: string,
  pageUrl: string,
  subject: string,
): { readonly url: string; readonly form: URLSearchParams } | undefined {
  const action = /<form[^>]*\saction="([^"]*)"/.exec(page)?.[1];
  if (action === undefined) return undefined;
  const form = new URLSearchParams();
  for (const [input] of page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /\sname="([^"]*)"/.exec(input)?.[1];
    const value = /\svalue="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined && value !== undefined) form.set(name, value);
  }
  if (page.includes('name="subject"')) form.set('subject', subject);
  return { url: new URL(action, pageUrl).href, form };
}

function keepCookies(cookies: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    const [name = '', ...value] = pair.split('=');
    if (value.join('=') === '') cookies.delete(name);
    else cookies.set(name, value.join('='));
  }
}

function formatCookies(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}
