import type { ShownClasses } from '../content/content-masks.ts';
import type { FormatMaskings } from '../content/content-plans.ts';
import { fhirFormat } from '../fhir/fhir-format.ts';
import { hl7Format } from '../hl7/hl7-format.ts';
import { x12Format } from '../x12/x12-format.ts';
import { ccdaFormat, xmlFormat } from '../xml/xml-format.ts';

/**
 * Formats that say by themselves what their fields hold.
 *
 * @param hideUrl Hides what the query of a URL asks by that is hidden.
 * @param onShift Told of each date that is moved by the days of its patient.
 */
export function bodyFormats(
  hideUrl: (url: string, shown: ShownClasses) => string,
  onShift?: () => void,
): FormatMaskings {
  return {
    fhir: fhirFormat(hideUrl, onShift),
    hl7v2: hl7Format,
    x12: x12Format,
    ccda: ccdaFormat,
    xml: xmlFormat,
  };
}
