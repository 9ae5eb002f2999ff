import { isAscii } from 'node:buffer';
import type { Classification } from '../../masking/classification.ts';
import {
  findNamedPatients,
  type NamedPatients,
  type NamedPatientsOptions,
  readNamedParameter,
} from '../../masking/postgres/named-patients.ts';
import { showsWhose } from '../../masking/postgres/shows-whose.ts';
import { ViewPatients } from '../../masking/postgres/view-patients.ts';
import { textEncodingOf } from '../../masking/rows/text-encoding.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { NameResolver } from '../../sql/postgres/name-resolver.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { Analysis, Statement } from '../../sql/statement.ts';
import { decodeBind } from '../../wire/postgres/bind.ts';
import type { Candidates, Prepared } from './prepared.ts';
import { COUNT_DIGITS, OID_DIGITS } from './sent-parameters.ts';
import { findQualified, type SessionMasks } from './session-masks.ts';
import type { SessionSettings } from './session-settings.ts';

/** Types of which values in binary format are read as what they are compared with: none given, integers, text, UUIDs. */
const READABLE_OIDS: ReadonlySet<number> = new Set([0, 20, 21, 23, 25, 705, 1042, 1043, 2950]);

/** What was found of all texts of one shape that name patients by parameters alone. */
interface Known {
  readonly classification: Classification;
  readonly named: NamedPatients | undefined;
}

const knownOf = new WeakMap<Analysis, Known>();

/** Constants have no say in it: the same for all texts of one shape. */
const shownOf = new WeakMap<Statement, WeakMap<Classification, boolean>>();

export interface NamedPatientsParts {
  readonly masks: SessionMasks | undefined;
  readonly parser: SqlParser;
  readonly settings: Pick<SessionSettings, 'context' | 'encodings' | 'isEncodingUncertain'>;
}

/** Reads from statements and their parameters whose rows alone they can show. */
export class NamedPatientsReader {
  readonly #parts: NamedPatientsParts;

  constructor(parts: NamedPatientsParts) {
    this.#parts = parts;
  }

  /** The patients that a text names by constants; undefined if it may show others. */
  inText(text: string): readonly string[] | undefined {
    const named = this.#find(text);
    return named === undefined || named.parameters.size > 0 ? undefined : named.constants;
  }

  /**
   * The patients that a Bind, `buffer[body, end)`, names by its parameters; undefined where that is not asked, or others may be shown.
   *
   * @throws {ProtocolError} If the message is malformed.
   */
  inBind(
    buffer: Buffer,
    body: number,
    end: number,
    bound: Candidates,
  ): readonly string[] | undefined {
    const { masks } = this.#parts;
    if (masks?.masking === undefined || bound === 'unknown') return undefined;
    const [prepared, ...others] = bound;
    const [statement, ...more] = prepared?.analysis.statements ?? [];
    if (prepared === undefined || others.length > 0 || prepared.heldBy !== undefined)
      return undefined;
    if (statement === undefined || more.length > 0) return undefined;
    if (masks.findEvidence(statement)?.hasPatients !== true) return undefined;
    const named = this.#findOf(prepared);
    if (named === undefined || named.parameters.size === 0) return undefined;
    const { parameters, parameterFormats } = decodeBind(buffer.subarray(body, end));
    const { settings } = this.#parts;
    const { client, server } = settings.encodings;
    const encoding = textEncodingOf(client, server);
    const ids: string[] = [];
    for (const [number, typeOid] of named.parameters) {
      const value = parameters[number - 1];
      const format =
        parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[number - 1];
      if (!READABLE_OIDS.has(givenType(prepared, number)) || value === undefined) return undefined;
      // Nothing equals NULL.
      if (value === null) continue;
      if (settings.isEncodingUncertain && !isAscii(value)) return undefined;
      const id = readNamedParameter(value, typeOid, format === 1, encoding);
      if (id === undefined) return undefined;
      ids.push(id);
    }
    return ids;
  }

  /**
   * Whether each row that a statement shows has values of no patients but those whose keys stand in it.
   *
   * @param text It is the statement at `index` of this text, or what is prepared or declared there.
   */
  showsWhose(statement: Statement, text: string, index = 0): boolean {
    const { masks, parser } = this.#parts;
    const { catalog, classification } = masks ?? {};
    if (catalog === undefined || classification === undefined) return false;
    let known = shownOf.get(statement);
    if (known === undefined) {
      known = new WeakMap();
      shownOf.set(statement, known);
    }
    let shows = known.get(classification);
    if (shows === undefined) {
      const parsed = parser.parse(text);
      const node = parsed.kind === 'tree' ? parsed.statements[index]?.node : undefined;
      const findRelation = findAmongRead(statement, catalog);
      const findWhose = ViewPatients.of(parser, catalog, classification).find;
      shows = node !== undefined && showsWhose(node, { classification, findRelation, findWhose });
      known.set(classification, shows);
    }
    return shows;
  }

  /** Where constants have no say, the same for all texts of a shape. */
  #findOf({ analysis, text }: Prepared): NamedPatients | undefined {
    const { masks } = this.#parts;
    const classification = masks?.classification;
    if (classification === undefined) return undefined;
    let known = knownOf.get(analysis);
    if (known?.classification !== classification) {
      const found = this.#read(text, classification);
      const named = found?.constants.length === 0 ? found : undefined;
      known = { classification, named };
      knownOf.set(analysis, known);
    }
    return this.#unlessMasked(known.named);
  }

  #find(text: string): NamedPatients | undefined {
    const classification = this.#parts.masks?.classification;
    return classification && this.#unlessMasked(this.#read(text, classification));
  }

  #read(text: string, classification: Classification): NamedPatients | undefined {
    const { parser, settings, masks } = this.#parts;
    const catalog = masks?.catalog;
    // Letters beyond ASCII are read as if they were of LATIN1 then: see `Operations`.
    if (settings.encodings.client !== 'UTF8' && !isAscii(Buffer.from(text))) return undefined;
    const parsed = parser.parse(text);
    const [only, ...more] = parsed.kind === 'tree' ? parsed.statements : [];
    if (only === undefined || more.length > 0 || catalog === undefined) return undefined;
    const resolver = new NameResolver(catalog, settings.context);
    return findNamedPatients(only.node, {
      classification,
      findRelation: (schema, name) => {
        const { names, known, isAmbiguous, isUnresolved } = resolver.relation(schema, name);
        return names.length > 1 || isAmbiguous || isUnresolved ? undefined : known[0];
      },
      findWhose: ViewPatients.of(parser, catalog, classification).find,
    });
  }

  /** Who sees a key masked names patients by what the mask made of them. */
  #unlessMasked(named: NamedPatients | undefined): NamedPatients | undefined {
    const plan = this.#parts.masks?.plan;
    const isMasked = named?.keys.some(
      ({ relationOid, column }) => plan?.find(relationOid)?.columns.has(column) === true,
    );
    return isMasked === true ? undefined : named;
  }
}

/** Means by names what the statement was found to read by them: settings may have changed since. */
function findAmongRead(
  { operations }: Statement,
  catalog: Catalog,
): NamedPatientsOptions['findRelation'] {
  const names = new Set(operations.flatMap(({ facts }) => facts.relations));
  const read = [...names].flatMap((name) => findQualified(catalog, name) ?? []);
  return (schema, name) => {
    const [only, ...others] = read.filter(
      (relation) => relation.name === name && (schema ?? relation.schema) === relation.schema,
    );
    return others.length > 0 ? undefined : only;
  };
}

/** OID of the type that the client gave a parameter in its Parse, 0 for none. */
function givenType({ parameterTypes = '' }: Prepared, number: number): number {
  const start = COUNT_DIGITS + (number - 1) * OID_DIGITS;
  return Number.parseInt(parameterTypes.slice(start, start + OID_DIGITS) || '0', 16);
}
