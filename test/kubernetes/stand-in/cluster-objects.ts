/** An object as the API has it. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** A change of one object. */
export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly object: KubernetesObject;
  readonly version: number;
}

/** Which objects are meant. */
export interface ObjectQuery {
  readonly resource: string;
  /** "" for all, or for what is in none. */
  readonly namespace: string;
  /** "" for all. */
  readonly name: string;
}

/** The objects of a cluster, in memory, with all that has happened to them. */
export class ClusterObjects {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #events: ObjectEvent[] = [];
  readonly #watchers = new Set<(event: ObjectEvent) => void>();
  version = 1;

  find(query: ObjectQuery): KubernetesObject | undefined {
    return this.#objects.get(keyOf(query));
  }

  list(query: ObjectQuery): readonly KubernetesObject[] {
    return [...this.#objects]
      .filter(([key, object]) => matches(query, key.split('/')[0] ?? '', object))
      .map(([, object]) => object);
  }

  put(query: ObjectQuery, object: KubernetesObject): KubernetesObject {
    const isNew = !this.#objects.has(keyOf(query));
    this.version += 1;
    const metadata = {
      uid: `uid-${this.version}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...object.metadata,
      resourceVersion: String(this.version),
      ...(query.namespace !== '' && { namespace: query.namespace }),
    };
    const stored = { ...object, metadata };
    this.#objects.set(keyOf(query), stored);
    this.#tell({ type: isNew ? 'ADDED' : 'MODIFIED', ...this.#eventOf(query, stored) });
    return stored;
  }

  delete(query: ObjectQuery): void {
    const object = this.#objects.get(keyOf(query));
    if (object === undefined) return;
    this.#objects.delete(keyOf(query));
    this.version += 1;
    this.#tell({ type: 'DELETED', ...this.#eventOf(query, object) });
  }

  /** Calls for what happened after a version, and for what will. Returns what ends it. */
  watch(query: ObjectQuery, since: number, listener: (event: ObjectEvent) => void): () => void {
    const take = (event: ObjectEvent): void => {
      if (matches(query, event.resource, event.object)) listener(event);
    };
    for (const event of this.#events) if (event.version > since) take(event);
    this.#watchers.add(take);
    return () => this.#watchers.delete(take);
  }

  #eventOf({ resource }: ObjectQuery, object: KubernetesObject): Omit<ObjectEvent, 'type'> {
    return { resource, object, version: this.version };
  }

  #tell(event: ObjectEvent): void {
    this.#events.push(event);
    for (const watcher of this.#watchers) watcher(event);
  }
}

function keyOf({ resource, namespace, name }: ObjectQuery): string {
  return `${resource}/${namespace}/${name}`;
}

function matches(query: ObjectQuery, resource: string, { metadata }: KubernetesObject): boolean {
  return (
    resource === query.resource &&
    (query.namespace === '' || query.namespace === metadata.namespace) &&
    (query.name === '' || query.name === metadata.name)
  );
}
