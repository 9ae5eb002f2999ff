/** Where a path has come to. */
interface Place {
  readonly literals: Map<string, Place>;
  /** Segments with parameters beside text, such as `{id}.json`, as they are written. */
  readonly mixed: Map<string, { readonly texts: readonly string[]; readonly place: Place }>;
  /** Behind a segment that is a parameter. */
  parameter: Place | undefined;
  template: string | undefined;
}

const PARAMETER = /\{[^{}]*\}/g;

/** Finds which of an OpenAPI document's templates a path fits. */
export class RouteTable {
  readonly #root: Place = makePlace();

  /** @param bases What may stand before a template, at least "". */
  constructor(templates: readonly string[], bases: readonly string[]) {
    for (const base of bases) {
      for (const template of templates) this.#add(base + template, template);
    }
  }

  /**
   * The template; "" if there is none. Text goes before parameters, from the left, as the specification has it.
   *
   * @param path Canonical.
   */
  find(path: string): string {
    return find(this.#root, path.split('/'), 0) ?? '';
  }

  #add(path: string, template: string): void {
    let place = this.#root;
    for (const segment of path.split('/')) place = enter(place, segment);
    place.template ??= template;
  }
}

function enter(place: Place, segment: string): Place {
  if (!segment.includes('{')) return enterIn(place.literals, encodeURI(segment));
  if (segment.replace(PARAMETER, '') === '') return (place.parameter ??= makePlace());
  const known = place.mixed.get(segment)?.place ?? makePlace();
  const texts = segment.split(PARAMETER).map((text) => encodeURI(text));
  place.mixed.set(segment, { texts, place: known });
  return known;
}

function enterIn(places: Map<string, Place>, segment: string): Place {
  const place = places.get(segment) ?? makePlace();
  places.set(segment, place);
  return place;
}

function find(place: Place, segments: readonly string[], index: number): string | undefined {
  const segment = segments[index];
  if (segment === undefined) return place.template;
  const literal = place.literals.get(segment);
  const found = literal && find(literal, segments, index + 1);
  if (found !== undefined) return found;
  for (const { texts, place: next } of place.mixed.values()) {
    const inMixed = fits(segment, texts) ? find(next, segments, index + 1) : undefined;
    if (inMixed !== undefined) return inMixed;
  }
  const { parameter } = place;
  return segment === '' || parameter === undefined
    ? undefined
    : find(parameter, segments, index + 1);
}

/** Whether a segment is made of these texts, with something between each two. In time that grows with its length. */
function fits(segment: string, texts: readonly string[]): boolean {
  const [first = '', ...others] = texts;
  const last = others.pop() ?? '';
  if (!segment.startsWith(first) || !segment.endsWith(last)) return false;
  let end = first.length;
  for (const text of others) {
    // The first leaves most to those behind it.
    const start = segment.indexOf(text, end + 1);
    if (start <= end) return false;
    end = start + text.length;
  }
  return end < segment.length - last.length;
}

function makePlace(): Place {
  return { literals: new Map(), mixed: new Map(), parameter: undefined, template: undefined };
}
