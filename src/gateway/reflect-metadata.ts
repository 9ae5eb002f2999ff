/**
 * The three functions of the `Reflect` metadata proposal that `@peculiar/x509` asks its host for.
 * Import this file before that package.
 */
type MetadataReader = (key: unknown, target: object) => unknown;

interface MetadataHost {
  getMetadata?: MetadataReader;
  getOwnMetadata?: MetadataReader;
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
}

const host = Reflect as MetadataHost;

if (host.getMetadata === undefined) {
  const metadata = new WeakMap<object, Map<unknown, unknown>>();
  const read: MetadataReader = (key, target) => metadata.get(target)?.get(key);
  host.getMetadata = read;
  host.getOwnMetadata = read;
  host.defineMetadata = (key, value, target) => {
    const values = metadata.get(target) ?? new Map<unknown, unknown>();
    values.set(key, value);
    metadata.set(target, values);
  };
}
