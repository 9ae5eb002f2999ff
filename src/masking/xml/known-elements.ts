import { classOfKey } from '../detectors/field-names.ts';
import type { XmlRules } from './xml-rule.ts';

/** Attributes that hold the value of the element. */
const VALUE = 'value';

/** Documents of which nothing is known but what their elements are called: `<ssn>`, `<birthDate value="…"/>`. */
export const KNOWN_ELEMENTS: XmlRules = {
  ofText: ({ name }) => ruleOf(name),
  ofAttribute: ({ name }, attribute) => ruleOf(attribute === VALUE ? name : attribute),
  isPatient: () => false,
};

function ruleOf(name: string): { readonly dataClass: string } | undefined {
  const dataClass = classOfKey(name);
  return dataClass === undefined ? undefined : { dataClass };
}
