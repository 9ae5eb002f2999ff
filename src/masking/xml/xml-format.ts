import { CDA_CLASSES, CDA_ROOT, CDA_RULES } from '../ccda/cda-rules.ts';
import type { FormatMasking } from '../content/content-plans.ts';
import { ValueMasks } from '../content/value-masks.ts';
import { KNOWN_ELEMENTS } from './known-elements.ts';
import { readXmlFields, XmlMasker } from './xml-masker.ts';
import { parseXmlPath } from './xml-path.ts';
import type { XmlRules } from './xml-rule.ts';

/** XML by the paths of its elements; what no path leads to is looked through. */
export const xmlFormat: FormatMasking = openXml(['free-text'], (root) =>
  root === CDA_ROOT ? CDA_RULES : KNOWN_ELEMENTS,
);

/** C-CDA and other documents of HL7's Clinical Document Architecture, by what the standard says of elements. */
export const ccdaFormat: FormatMasking = openXml(CDA_CLASSES, () => CDA_RULES);

function openXml(
  classNames: readonly string[],
  chooseRules: (root: string) => XmlRules,
): FormatMasking {
  return {
    classNames,
    open({ content: { fields, patientKey }, classNames: all }, shown, masks) {
      const content = {
        fields: readXmlFields(fields),
        patientPath: patientKey === undefined ? undefined : parseXmlPath(patientKey),
        chooseRules,
      };
      return (write) => {
        // A C-CDA document says itself whose it is.
        const counters = masks.begin(all, shown, true);
        const values = new ValueMasks(masks, shown, counters);
        return new XmlMasker({ content, masks: values, evidence: counters.evidence, write });
      };
    },
  };
}
