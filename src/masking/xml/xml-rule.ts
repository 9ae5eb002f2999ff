import type { ValueClass } from '../content/value-masks.ts';
import type { XmlElement } from './xml-path.ts';

/** What a text or the value of an attribute is, and how it is written. */
export interface XmlRule extends ValueClass {
  /** `url`: of a telephone number, a mail address or a page, each of its own class. Default: as it is. */
  readonly form?: 'url' | 'base64';
}

/** Says what a kind of document holds. Undefined: it is looked through. */
export interface XmlRules {
  ofText(element: XmlElement): XmlRule | undefined;
  /** @param attribute Without its prefix. */
  ofAttribute(element: XmlElement, attribute: string): XmlRule | undefined;
  /** Whether the value says whose document it is. */
  isPatient(element: XmlElement, attribute: string | undefined): boolean;
}
