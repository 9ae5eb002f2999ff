import type { ShownClasses } from '../content/content-masks.ts';
import type { FormatMaskings } from '../content/content-plans.ts';
import { fhirFormat } from '../fhir/fhir-format.ts';

/** Formats that say by themselves what their fields hold. @param hideUrl Hides what the query of a URL asks by that is hidden. */
export function bodyFormats(hideUrl: (url: string, shown: ShownClasses) => string): FormatMaskings {
  return { fhir: fhirFormat(hideUrl) };
}
