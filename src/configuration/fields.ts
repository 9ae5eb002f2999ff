import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import { listKeys } from './describe-issue.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from './quantity.ts';
import { findReferenceProblem, parseSourceReference } from './secret-reference.ts';

/** A host and a port, as `host:port` or `[::1]:port`. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** An object that has no keys but those of the shape. */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, listKeys(shape));
}

/** A check that no two entries of a list have one name. @param what What they are: `channel`. */
export function uniqueNames(what: string): z.core.CheckFn<readonly { readonly name: string }[]> {
  return ({ value, issues }) => {
    const names = value.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const message = `is the name of another ${what}`;
      issues.push({ code: 'custom', path: [index, 'name'], message, input: undefined });
    }
  };
}

/** Text that a converter takes. What it does not take is said to be something else than `expected`. */
function converted<Value>(
  convert: (text: string) => Value | undefined,
  expected: string,
): z.ZodType<Value> {
  return z.string().transform((text, context) => {
    const value = convert(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: `must be ${expected}`, input: undefined });
    return z.NEVER;
  });
}

/** A duration such as `30s`, in milliseconds. */
export function duration(minimum: string, maximum: string): z.ZodType<number> {
  const [lowest, highest] = [parseDuration(minimum) ?? 0, parseDuration(maximum) ?? 0];
  return converted(
    (text) => {
      const value = parseDuration(text);
      return value !== undefined && value >= lowest && value <= highest ? value : undefined;
    },
    `a duration from ${formatDuration(lowest)} to ${formatDuration(highest)}, such as 30s, 5m or 8h`,
  );
}

/** A size such as `64KiB`, in bytes. */
export function size(minimum: string, maximum: string): z.ZodType<number> {
  const [lowest, highest] = [parseSize(minimum) ?? 0, parseSize(maximum) ?? 0];
  return converted(
    (text) => {
      const value = parseSize(text);
      return value !== undefined && value >= lowest && value <= highest ? value : undefined;
    },
    `a size from ${formatSize(lowest)} to ${formatSize(highest)}, such as 64KiB or 16MiB`,
  );
}

/** A host and a port. */
export function address(portDefault?: number): z.ZodType<Address> {
  return converted(
    (text) => parseAddress(text, portDefault),
    portDefault === undefined
      ? 'host:port, such as 127.0.0.1:5432'
      : `host or host:port, such as db.internal:${portDefault}`,
  );
}

/** A file or directory. Relative ones are relative to the configuration directory. */
export function path({ directory }: ConfigurationRoot): z.ZodType<string> {
  return converted(
    (text) => (text === '' || text.includes('\0') ? undefined : resolve(directory, text)),
    'a path',
  );
}

const LOCAL_REFERENCE = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|vault:[a-z0-9][a-z0-9._-]{0,127})$/;

/** A reference to a secret. The path of a `file:` is relative to the configuration directory. */
export function secretReference(root: ConfigurationRoot): z.ZodType<string> {
  return z.string().transform((text, context) => {
    const reading = readReference(text, root);
    if ('reference' in reading) {
      root.noteReference?.(reading.reference);
      return reading.reference;
    }
    context.issues.push({ code: 'custom', message: reading.problem, input: undefined });
    return z.NEVER;
  });
}

function readReference(
  text: string,
  { directory, secretSources }: ConfigurationRoot,
): { readonly reference: string } | { readonly problem: string } {
  if (LOCAL_REFERENCE.test(text)) return { reference: text };
  const file = /^file:([^\0]+)$/.exec(text)?.[1];
  if (file !== undefined) return { reference: `file:${resolve(directory, file)}` };
  const parsed = parseSourceReference(text);
  const settings = parsed && secretSources.get(parsed.source);
  if (parsed === undefined || settings === undefined) {
    const forms = listForms([...secretSources.keys()]);
    return { problem: `must be a reference (${forms}), never the secret itself` };
  }
  const problem = findReferenceProblem(settings, parsed);
  return problem === undefined ? { reference: text } : { problem };
}

function listForms(sources: readonly string[]): string {
  const forms = ['env:NAME', 'file:path', 'vault:name', ...sources.map((name) => `${name}:…`)];
  return `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;
}

/** A short name without characters that mean something in paths, database names or Cedar. */
export function entityName(): z.ZodType<string> {
  return converted(
    (text) => (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text) ? text : undefined),
    '1 to 63 lower-case letters, digits and dashes',
  );
}

/** Text of at least one character without control characters. */
export function line(lengthMax = 1_000): z.ZodType<string> {
  return converted(
    (text) =>
      text.length > 0 && text.length <= lengthMax && !/\p{Cc}/u.test(text) ? text : undefined,
    `one line of 1 to ${lengthMax} characters`,
  );
}

/** Whether only programs on the same machine can reach an address. */
export function isLoopback({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Where something is posted, without a slash at its end: what is told must not be read on its way. */
export function webUrl(): z.ZodType<string> {
  return z
    .string()
    .refine(
      (text) => {
        if (!URL.canParse(text)) return false;
        const { protocol, username, password, hash, hostname } = new URL(text);
        if (username !== '' || password !== '' || hash !== '') return false;
        const host = hostname.replace(/^\[(.*)\]$/, '$1');
        return protocol === 'https:' || (protocol === 'http:' && isLoopback({ host, port: 0 }));
      },
      { message: 'must be an https URL without user or fragment (http only on loopback)' },
    )
    .transform((text) => text.replace(/\/+$/, ''));
}

function parseAddress(text: string, portDefault: number | undefined): Address | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? portDefault : Number(match[3]);
  if (host === undefined || port === undefined || port > 65_535) return undefined;
  return { host, port };
}
