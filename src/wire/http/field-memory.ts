import type { FieldList } from './field-list.ts';
import { decodeFieldSection } from './field-section.ts';

/** Longer sections are not remembered: every idle connection would keep one. */
const REMEMBERED_CHARACTERS_MAX: number = 4 * 1024;

/** The fields that came last on a connection: most clients send the same with each request. */
export class FieldMemory {
  #section: string | undefined;
  #fields: FieldList | undefined;

  /**
   * As `decodeFieldSection`, of a request: the same list for the same text as last time.
   *
   * @throws {HttpMessageError}
   */
  decode(text: string, start: number): FieldList {
    const section = text.slice(start);
    if (this.#fields !== undefined && section === this.#section) return this.#fields;
    const fields = decodeFieldSection(section, 0, 'request');
    if (section.length <= REMEMBERED_CHARACTERS_MAX) {
      this.#section = section;
      this.#fields = fields;
    }
    return fields;
  }
}
