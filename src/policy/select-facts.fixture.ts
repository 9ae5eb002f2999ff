/** Facts of `SELECT * FROM patients`, as policies are shown them. */
export const SELECT_FACTS = {
  command: 'SELECT',
  reads: ['public.patients'],
  writes: [],
  relations: ['public.patients'],
  columns: [],
  functions: [],
  objectKind: '',
  objects: [],
  hasWhere: false,
  limit: -1,
  bulk: true,
  opaque: false,
  ambiguous: false,
} as const;
