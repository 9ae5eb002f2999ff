import type { ShownClasses } from '../content/content-masks.ts';
import type { FormatMaskings } from '../content/content-plans.ts';
import { fhirFormat } from '../fhir/fhir-format.ts';
import { hl7Format } from '../hl7/hl7-format.ts';
import { x12Format } from '../x12/x12-format.ts';
import { ccdaFormat, xmlFormat } from '../xml/xml-format.ts';

/** Formats that say by themselves what their fields hold. @param hideUrl Hides what the query of a URL asks by that is hidden. */
export function bodyFormats(hideUrl: (url: string, shown: ShownClasses) => string): FormatMaskings {
  return {
    fhir: fhirFormat(hideUrl),
    hl7v2: hl7Format,
    x12: x12Format,
    ccda: ccdaFormat,
    xml: xmlFormat,
  };
}
