import type { DescriptorProto, FileDescriptorSet } from '@bufbuild/protobuf/wkt';

/**
 * Writes the names of types in full, with a dot before them. Some tools write them as sources have them, to be looked for from the
 * innermost scope outwards.
 *
 * @see https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto (`type_name`)
 */
export function qualifyTypeNames({ file: files }: FileDescriptorSet): void {
  const names = new Set(
    files.flatMap((file) => [
      ...file.messageType.flatMap((message) => namesWithin(message, file.package)),
      ...file.enumType.map(({ name }) => join(file.package, name)),
    ]),
  );
  for (const file of files) {
    for (const message of file.messageType) qualifyFields(message, file.package, names);
    for (const field of file.extension) {
      field.typeName = qualify(field.typeName, file.package, names);
      field.extendee = qualify(field.extendee, file.package, names);
    }
    for (const method of file.service.flatMap((service) => service.method)) {
      method.inputType = qualify(method.inputType, file.package, names);
      method.outputType = qualify(method.outputType, file.package, names);
    }
  }
}

function namesWithin(message: DescriptorProto, scope: string): readonly string[] {
  const name = join(scope, message.name);
  return [
    name,
    ...message.enumType.map((inner) => join(name, inner.name)),
    ...message.nestedType.flatMap((inner) => namesWithin(inner, name)),
  ];
}

function qualifyFields(message: DescriptorProto, scope: string, names: ReadonlySet<string>): void {
  const name = join(scope, message.name);
  for (const field of [...message.field, ...message.extension]) {
    field.typeName = qualify(field.typeName, name, names);
    field.extendee = qualify(field.extendee, name, names);
  }
  for (const inner of message.nestedType) qualifyFields(inner, name, names);
}

/** The name as it is, where nothing has it: whoever needs it fails. */
function qualify(name: string, scope: string, names: ReadonlySet<string>): string {
  if (name === '' || name.startsWith('.')) return name;
  for (
    let around = scope;
    around !== '';
    around = around.slice(0, Math.max(around.lastIndexOf('.'), 0))
  ) {
    if (names.has(join(around, name))) return `.${join(around, name)}`;
  }
  return `.${name}`;
}

function join(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
