/** What a browser is answered that is not the contract's: pages and redirects. */
export type BrowserAnswer =
  | TextAnswer
  | {
      readonly kind: 'redirect';
      /** On this server, at an identity provider of the configuration, or at the host of a target. */
      readonly location: string;
      /** `Set-Cookie` headers. */
      readonly cookies: readonly string[];
    }
  | { readonly kind: 'xml'; readonly text: string }
  | PageAnswer;

/** A page of a few words, for browsers that are on their way elsewhere. */
export interface PageAnswer {
  readonly kind: 'page';
  readonly title: string;
  /** Where the browser goes by itself, on this server. */
  readonly goOn: string | undefined;
  /** What a person can choose from, on this server. */
  readonly links: readonly { readonly text: string; readonly href: string }[];
}

/** Text for a person, without any markup. */
export interface TextAnswer {
  readonly kind: 'text';
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
  /** Seconds after which to ask again. */
  readonly retryAfterSeconds?: number;
}

/** Tells a person what went wrong. */
export function answerText(
  status: number,
  text: string,
  cookies: readonly string[] = [],
): TextAnswer {
  return { kind: 'text', status, text: `${text}\n`, cookies };
}

/** Formats a page; what stands in it is escaped. */
export function formatPage({ title, goOn, links }: PageAnswer): string {
  const refresh =
    goOn === undefined ? '' : `<meta http-equiv="refresh" content="0;url=${escape(goOn)}">`;
  const body =
    goOn === undefined
      ? links.map(({ text, href }) => `<p><a href="${escape(href)}">${escape(text)}</a></p>`)
      : [`<p><a href="${escape(goOn)}">Go on</a></p>`];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">${refresh}<title>${escape(title)}</title></head><body><h1>${escape(title)}</h1>${body.join('')}</body></html>\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}
