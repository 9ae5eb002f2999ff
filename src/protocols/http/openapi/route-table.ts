/** Where a path has come to. */
interface Place {
  readonly literals: Map<string, Place>;
  /** Segments with parameters beside text, such as `{id}.json`, as they are written. */
  readonly mixed: Map<string, { readonly pattern: RegExp; readonly place: Place }>;
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
  place.mixed.set(segment, { pattern: toPattern(segment), place: known });
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
  for (const { pattern, place: next } of place.mixed.values()) {
    const inMixed = pattern.test(segment) ? find(next, segments, index + 1) : undefined;
    if (inMixed !== undefined) return inMixed;
  }
  const { parameter } = place;
  return segment === '' || parameter === undefined
    ? undefined
    : find(parameter, segments, index + 1);
}

function toPattern(segment: string): RegExp {
  const texts = segment
    .split(PARAMETER)
    .map((text) => encodeURI(text).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${texts.join('.+')}$`);
}

function makePlace(): Place {
  return { literals: new Map(), mixed: new Map(), parameter: undefined, template: undefined };
}
