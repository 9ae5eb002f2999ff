/** What the gateway calls itself in its identification: both sides see it before anybody is known, so no version. */
export const SOFTWARE = 'Sallyport';
