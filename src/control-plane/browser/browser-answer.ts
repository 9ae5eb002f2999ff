/** What a browser is answered that is not the contract's: pages and redirects. */
export type BrowserAnswer =
  | TextAnswer
  | {
      readonly kind: 'redirect';
      /** On this server, or at an identity provider of the configuration. */
      readonly location: string;
      /** `Set-Cookie` headers. */
      readonly cookies: readonly string[];
    }
  | { readonly kind: 'xml'; readonly text: string };

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
