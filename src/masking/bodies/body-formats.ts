import type { FormatMaskings } from '../content/content-plans.ts';

/** Formats that say by themselves what their fields hold. */
export const BODY_FORMATS: FormatMaskings = {};
