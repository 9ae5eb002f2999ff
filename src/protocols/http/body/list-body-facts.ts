import { readPlainJson } from '../../../masking/detectors/read-plain-json.ts';

/** How a body is laid out of which facts are made. */
export type BodyLayout = 'json' | 'form';

/** What policies know of a body. */
export interface BodyFacts {
  /** `field=value` of its scalars; keys of JSON with dots between them, elements of lists all by the key of the list. */
  readonly body: readonly string[];
  /** Whether that is all of it. */
  readonly bodyKnown: boolean;
}

const FACTS_MAX = 256;
/** Characters of one fact; longer ones are left out. */
const FACT_LENGTH_MAX = 256;
/** Objects and lists within each other. */
const DEPTH_MAX = 32;

/** What a body says, or why that cannot be told. */
export type BodyFactsReading =
  | ({ readonly kind: 'known' } & BodyFacts)
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Lists what a body says. */
export function listBodyFacts(layout: BodyLayout, body: Buffer): BodyFactsReading {
  const facts = new FactList();
  if (layout === 'form') {
    // A question mark at the start of a form is part of a name, and would be taken for the one before a query.
    for (const [name, value] of new URLSearchParams(`?${body.toString('utf8')}`)) {
      facts.add(name, value);
    }
  } else {
    const reading = readPlainJson(body);
    if (reading.kind === 'unreadable') return reading;
    facts.walk('', reading.value, 0);
  }
  return { kind: 'known', ...facts.read() };
}

class FactList {
  readonly #facts = new Set<string>();
  #isAll = true;

  add(name: string, value: unknown): void {
    const fact = `${name}=${String(value)}`;
    if (fact.length > FACT_LENGTH_MAX || this.#facts.size >= FACTS_MAX) this.#isAll = false;
    else this.#facts.add(fact);
  }

  walk(path: string, value: unknown, depth: number): void {
    if (depth > DEPTH_MAX) {
      this.#isAll = false;
    } else if (Array.isArray(value)) {
      for (const element of value) this.walk(path, element, depth + 1);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        this.walk(path === '' ? key : `${path}.${key}`, member, depth + 1);
      }
    } else {
      this.add(path, value);
    }
  }

  read(): BodyFacts {
    return { body: [...this.#facts], bodyKnown: this.#isAll };
  }
}
