/** RFC 6902. */
export const JSON_PATCH = 'application/json-patch+json';
/** Server-side apply: by conflicts it tells which values are those of others. */
export const APPLY_PATCH: RegExp = /^application\/apply-patch\+/;
