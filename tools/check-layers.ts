import { isBuiltin } from 'node:module';
import path from 'node:path';
import type { Node } from 'oxc-parser';
import { type Complaint, reportComplaints } from './complaint.ts';
import {
  HOMES_OF_PACKAGE,
  IMPURE_GLOBALS,
  IMPURE_NAMES,
  LAYERS,
  OUTSIDE,
  OUTSIDE_SEES_ONLY,
  PURE,
  PURE_BUILTINS,
  SEEN_ONLY_BY,
  SEES_ONLY,
} from './layers.ts';
import {
  COMPUTED_SPECIFIER,
  findModuleReferences,
  type ModuleReference,
  parseSource,
  walk,
} from './parse-source.ts';
import { isTestFile, readSourceFiles, SOURCE_FOLDERS, type SourceFile } from './source-file.ts';

/** Checks one file against the order of `layers.ts`. */
export function findLayerComplaints(file: SourceFile): Complaint[] {
  const place = placeOf(file.path);
  if (place === undefined) {
    const known = `${LAYERS.join(', ')} (in src/) or ${Object.keys(OUTSIDE).join(', ')}`;
    const message = `is in no folder of tools/layers.ts; move it to one of ${known}, or add the folder`;
    return [{ file: file.path, line: 1, message }];
  }
  const source = parseSource(file);
  const references = findModuleReferences(source);
  const complaints = references.flatMap((reference) => {
    const message = complaintAbout(reference, place, file.path);
    return message === undefined ? [] : [{ file: file.path, line: reference.line, message }];
  });
  if (!PURE.includes(place.folder) || isTestFile(file.path)) return complaints;
  walk(source.statements, (node) => {
    const name = impureUse(node);
    if (name === undefined) return;
    const message = `${name} in a pure folder; take the value as an argument (nowMs, bytes)`;
    complaints.push({ file: file.path, line: source.lineAt(node.start), message });
  });
  return complaints;
}

/** Where a file is: a folder of `src/`, or one beside it. */
interface Place {
  readonly folder: string;
  readonly inSrc: boolean;
}

function placeOf(file: string): Place | undefined {
  const [top, second, third] = file.split('/');
  if (top === 'src' && second !== undefined && third !== undefined && LAYERS.includes(second)) {
    return { folder: second, inSrc: true };
  }
  if (top !== undefined && second !== undefined && top in OUTSIDE) {
    return { folder: top, inSrc: false };
  }
  return undefined;
}

function complaintAbout(reference: ModuleReference, from: Place, file: string): string | undefined {
  const { specifier } = reference;
  if (specifier === COMPUTED_SPECIFIER) {
    return from.inSrc
      ? 'imports a computed name; write it out, so that it can be checked'
      : undefined;
  }
  if (isBuiltin(specifier)) return complaintAboutBuiltin(reference, from, file);
  if (!specifier.startsWith('.')) return complaintAboutPackage(specifier, from, file);

  const target = path.posix.join(path.posix.dirname(file), specifier);
  const to = placeOf(target);
  if (to === undefined) {
    return target === 'package.json' ? undefined : `imports ${target}, which is in no known folder`;
  }
  if (!from.inSrc) return complaintAboutSight(from.folder, to);
  if (to.folder === from.folder && to.inSrc) return undefined;
  if (!to.inSrc) return complaintAboutOutside(from.folder, to.folder, file);
  return complaintAboutFolder(reference, from.folder, to.folder, isTestFile(file));
}

function complaintAboutOutside(from: string, to: string, file: string): string | undefined {
  if (to === 'test' && isTestFile(file)) return undefined;
  if (OUTSIDE[to]?.includes(from) === true) return undefined;
  return `src/${from} imports ${to}/, which is not part of the product; move what it needs into src/`;
}

function complaintAboutSight(from: string, to: Place): string | undefined {
  const seen = OUTSIDE_SEES_ONLY[from];
  if (seen === undefined || (!to.inSrc && to.folder === from)) return undefined;
  if (to.inSrc && seen.includes(to.folder)) return undefined;
  return `${from}/ sees only ${seen.map((folder) => `src/${folder}`).join(', ')}, not ${to.folder}/`;
}

function complaintAboutFolder(
  reference: ModuleReference,
  from: string,
  to: string,
  inTest: boolean,
): string | undefined {
  const advice = 'declare an interface where it is needed, and connect the two in bin/';
  if (LAYERS.indexOf(to) > LAYERS.indexOf(from)) {
    return `${from}/ is above ${to}/ in tools/layers.ts and must not import it; ${advice}`;
  }
  if (SEES_ONLY[from]?.includes(to) === false) {
    return `${from}/ sees only ${SEES_ONLY[from].join(', ') || 'itself'}, not ${to}/; ${advice}`;
  }
  if (SEEN_ONLY_BY[to]?.includes(from) === false) {
    return `${to}/ is seen only by ${SEEN_ONLY_BY[to].join(', ')}; ${advice}`;
  }
  if (PURE.includes(from) && !PURE.includes(to) && !reference.typeOnly && !inTest) {
    return `${from}/ is pure and ${to}/ is not: take types from it (import type), not values`;
  }
  return undefined;
}

function complaintAboutBuiltin(
  { specifier, names, typeOnly }: ModuleReference,
  from: Place,
  file: string,
): string | undefined {
  if (!specifier.startsWith('node:')) return `write node:${specifier}`;
  if (typeOnly || !PURE.includes(from.folder) || isTestFile(file)) return undefined;
  if (!PURE_BUILTINS.includes(specifier)) {
    return `${from.folder}/ is pure and must not import ${specifier}; take the result as an argument`;
  }
  const impure = names.find((name) => IMPURE_NAMES.includes(name));
  if (impure === undefined) return undefined;
  return `${from.folder}/ is pure and must not import ${impure}; take the bytes as an argument`;
}

function complaintAboutPackage(specifier: string, from: Place, file: string): string | undefined {
  const [first = '', second = ''] = specifier.split('/');
  const name = first.startsWith('@') ? `${first}/${second}` : first;
  const homes = HOMES_OF_PACKAGE[name];
  if (homes === undefined) {
    return `imports ${name}, which has no home in tools/layers.ts; adding a package needs a decision record`;
  }
  if (isTestFile(file) || homes.includes(from.folder)) return undefined;
  return `${name} is imported by ${homes.join(', ')} only; call that folder instead`;
}

/** Names the clock, dice or device that a node reaches for without importing anything. */
function impureUse(node: Node): string | undefined {
  const name = globalName(node);
  return name !== undefined && IMPURE_GLOBALS.includes(name) ? name : undefined;
}

function globalName(node: Node): string | undefined {
  if (node.type === 'NewExpression') {
    const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
    return isDate && node.arguments.length === 0 ? 'new Date()' : undefined;
  }
  // A global that acts does so when called or when asked for a member: crypto.randomUUID().
  if (node.type === 'CallExpression' && node.callee.type === 'Identifier') return node.callee.name;
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return undefined;
  const member = node.property.type === 'Identifier' ? node.property.name : '';
  const both = `${node.object.name}.${member}`;
  return IMPURE_GLOBALS.includes(both) ? both : node.object.name;
}

if (import.meta.main) {
  const files = readSourceFiles(SOURCE_FOLDERS);
  reportComplaints(files.length, files.flatMap(findLayerComplaints));
}
