import type { Counters } from '../content/content-masks.ts';
import type { ValueClass, ValueMasks } from '../content/value-masks.ts';
import type { ContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { localName } from './xml-names.ts';
import { leadsTo, parseXmlPath, type XmlElement, type XmlPath } from './xml-path.ts';
import type { XmlRule, XmlRules } from './xml-rule.ts';
import type { XmlStartTag } from './xml-tag.ts';
import { decodeXmlText, encodeXmlText } from './xml-text.ts';
import { type XmlListener, type XmlRun, XmlTokens } from './xml-tokens.ts';

/** What is to be masked in a document. */
export interface XmlContent {
  /** What the data map says, the last first. */
  readonly fields: readonly { readonly path: XmlPath; readonly value: ValueClass }[];
  /** What says whose document it is; undefined: what the rules say. */
  readonly patientPath: XmlPath | undefined;
  /** Of what the data map does not say. @param root Its name without prefix. */
  readonly chooseRules: (root: string) => XmlRules;
}

/** Reads the paths of a data map. */
export function readXmlFields(
  fields: readonly (ValueClass & { readonly path: string })[],
): XmlContent['fields'] {
  return fields.map((value) => ({ path: parseXmlPath(value.path), value })).toReversed();
}

interface OpenElement extends XmlElement {
  readonly parent: OpenElement | undefined;
  /** What the data map says of the texts within. */
  readonly said: ValueClass | undefined;
}

/** Writes what may be shown; see {@link XmlMasker}. */
export interface XmlMaskerParts {
  readonly content: XmlContent;
  readonly masks: ValueMasks;
  readonly evidence: Counters['evidence'];
  readonly write: (bytes: Buffer) => void;
}

const SCHEME = /^(?<scheme>[a-z][a-z0-9+.-]*:(?:\/\/)?)(?<rest>.+)$/is;
const CLASS_OF_SCHEME: Readonly<Record<string, string>> = {
  ...{ 'tel:': 'phone', 'sms:': 'phone', 'fax:': 'fax', 'mailto:': 'email' },
};

/** Masks XML by the paths of its elements and attributes, as it streams by. Comments in which something is found are left out. */
export class XmlMasker implements ContentMasker, XmlListener {
  readonly #parts: XmlMaskerParts;
  readonly #tokens: XmlTokens;
  #rules: XmlRules | undefined;
  #element: OpenElement | undefined;
  #hasPatient = false;
  #output: string[] = [];

  constructor(parts: XmlMaskerParts) {
    this.#parts = parts;
    this.#tokens = new XmlTokens(this);
  }

  push(bytes: Buffer): void {
    this.#tokens.push(bytes);
    this.#flush();
  }

  end(): void {
    this.#tokens.end();
    this.#flush();
  }

  describe(): EvidenceFields {
    return this.#parts.evidence.describe();
  }

  startTag(tag: XmlStartTag, written: string): void {
    const { content, evidence } = this.#parts;
    const name = localName(tag.name);
    if (this.#element === undefined) evidence.record();
    this.#rules ??= content.chooseRules(name);
    const attributes = tag.attributes
      .filter((attribute) => !isNamespace(attribute.name))
      .map((attribute) => ({ ...attribute, value: decodeXmlText(attribute.written) }));
    const outer = this.#element;
    const element: OpenElement = {
      ...{ name, parent: outer, said: outer?.said },
      attributes: new Map(attributes.map((one) => [localName(one.name), one.value])),
    };
    const said = this.#findField(element, undefined) ?? outer?.said;
    this.#element = { ...element, said };
    let from = 0;
    for (const attribute of attributes) {
      const masked = this.#maskAttribute(element, localName(attribute.name), attribute.value);
      if (masked === undefined) continue;
      this.#output.push(written.slice(from, attribute.start), encodeXmlText(masked));
      from = attribute.end;
    }
    this.#output.push(written.slice(from));
  }

  endTag(written: string): void {
    this.#element = this.#element?.parent;
    this.#output.push(written);
  }

  content({ written, text, asides }: XmlRun): void {
    const { masks } = this.#parts;
    const masked = this.#element === undefined ? undefined : this.#maskText(this.#element, text);
    const hasFindings = asides.some((aside) => masks.redact(aside) !== undefined);
    if (masked === undefined && !hasFindings) this.#output.push(written);
    else this.#output.push(encodeXmlText(masked ?? text));
  }

  #flush(): void {
    const output = this.#output.join('');
    this.#output = [];
    if (output !== '') this.#parts.write(Buffer.from(output));
  }

  #maskText(element: OpenElement, text: string): string | undefined {
    const value = text.trim();
    if (value === '') return undefined;
    this.#seePatient(element, undefined, value);
    const rule = element.said ?? this.#rules?.ofText(element);
    const masked = this.#mask(value, rule);
    if (masked === undefined) return undefined;
    const before = text.length - text.trimStart().length;
    return text.slice(0, before) + masked + text.slice(before + value.length);
  }

  #maskAttribute(element: XmlElement, attribute: string, value: string): string | undefined {
    if (value.trim() === '') return undefined;
    this.#seePatient(element, attribute, value);
    const said = this.#findField(element, attribute);
    return this.#mask(value, said ?? this.#rules?.ofAttribute(element, attribute));
  }

  #mask(text: string, rule: XmlRule | undefined): string | undefined {
    const { masks } = this.#parts;
    if (rule === undefined) return masks.redact(text);
    if (rule.form === 'url') return this.#maskUrl(text, rule);
    const masked = masks.mask(text, rule);
    const isEncoded = masked !== undefined && rule.form === 'base64';
    return isEncoded ? Buffer.from(masked).toString('base64') : masked;
  }

  #maskUrl(text: string, rule: XmlRule): string | undefined {
    const { scheme = '', rest = text } = SCHEME.exec(text)?.groups ?? {};
    const dataClass = CLASS_OF_SCHEME[scheme.toLowerCase()] ?? rule.dataClass;
    const masked = this.#parts.masks.mask(rest, { ...rule, dataClass });
    return masked === undefined ? undefined : scheme + masked;
  }

  #findField(element: XmlElement, attribute: string | undefined): ValueClass | undefined {
    return this.#parts.content.fields.find(
      ({ path }) => path.attribute === attribute && leadsTo(path, element),
    )?.value;
  }

  /** The first identifier says whose document it is; others are the same patient's, with somebody else. */
  #seePatient(element: XmlElement, attribute: string | undefined, value: string): void {
    const { patientPath } = this.#parts.content;
    const isPatient =
      patientPath === undefined
        ? !this.#hasPatient && this.#rules?.isPatient(element, attribute) === true
        : patientPath.attribute === attribute && leadsTo(patientPath, element);
    if (!isPatient) return;
    this.#hasPatient = true;
    this.#parts.evidence.see(value);
  }
}

function isNamespace(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}
