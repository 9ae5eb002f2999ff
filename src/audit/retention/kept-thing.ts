/** What of the things that are kept has a time of its own. */
export type KeptThing = 'content' | 'recordings' | 'entries';
