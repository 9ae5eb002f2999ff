import type { DemoPerson } from './oidc-people.ts';

/** The page on which a visitor picks who to be. */
export function formatSignInPage(action: string, people: readonly DemoPerson[]): string {
  const buttons = people.map(
    ({ subject, name, title, groups }) =>
      `<button name="subject" value="${escapeHtml(subject)}">${escapeHtml(name)}` +
      `<small>${escapeHtml(title)} (${escapeHtml(groups.join(', '))})</small></button>`,
  );
  const form = `<form method="post" action="${escapeHtml(action)}">${buttons.join('')}</form>`;
  return formatPage('Who are you today?', form);
}

/** The page that asks for the code a terminal shows. */
export function formatCodePage(form: string, problem: string | undefined): string {
  const notice = problem === undefined ? '' : `<p role="alert">${escapeHtml(problem)}</p>`;
  return formatPage(
    'Enter the code from your terminal',
    `${notice}${form}<button form="op.deviceInputForm">Continue</button>`,
  );
}

/** The page that asks whether the code is the one the terminal shows. */
export function formatConfirmPage(form: string, userCode: string): string {
  return formatPage(
    'Is this the code in your terminal?',
    `<p><output>${escapeHtml(userCode)}</output></p>
<p>If you did not start this sign-in yourself, close this page.</p>
${form}<button form="op.deviceConfirmForm">Yes, continue</button>
<button form="op.deviceConfirmForm" name="abort" value="yes">No</button>`,
  );
}

/** A page with a title and a paragraph. */
export function formatNotice(title: string, text: string): string {
  return formatPage(title, `<p>${escapeHtml(text)}</p>`);
}

function formatPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem }
button { display: block; width: 100%; padding: .8rem; margin: .5rem 0; font: inherit; cursor: pointer }
small { display: block; color: #555 }
output { font-size: 2rem; letter-spacing: .1em }
footer { margin-top: 3rem; color: #a00 }
</style></head>
<body><h1>${escapeHtml(title)}</h1>
${body}
<footer>Demo sign-in: there are no passwords here. Never use it for anything real.</footer>
</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
