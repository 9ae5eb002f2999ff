import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { WireType } from '../../wire/protobuf/message-fields.ts';
import type { FieldValue, GrpcMethod, MessageField, MessageType } from './message-type.ts';
import { qualifyTypeNames } from './qualify-names.ts';

/** Descriptors cannot be read. */
export class DescriptorError extends Error {
  override readonly name = 'DescriptorError';
  readonly code = 'ERR_DESCRIPTORS';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot read descriptors: ${reason}`, options);
  }
}

/** The services of a target, by its descriptors. */
export class ServiceSchema {
  readonly #registry: FileRegistry;
  readonly #methods = new Map<string, GrpcMethod | undefined>();
  readonly #types = new Map<string, MessageType>();

  private constructor(registry: FileRegistry) {
    this.#registry = registry;
  }

  /**
   * Reads a `FileDescriptorSet`.
   *
   * @throws {DescriptorError} If it is none, or a file that another imports is not in it.
   */
  static decode(bytes: Uint8Array): ServiceSchema {
    try {
      const files = fromBinary(FileDescriptorSetSchema, bytes);
      qualifyTypeNames(files);
      return new ServiceSchema(createFileRegistry(files));
    } catch (error) {
      throw new DescriptorError('they are no whole FileDescriptorSet', { cause: error });
    }
  }

  /** @param service With its package. */
  findMethod(service: string, method: string): GrpcMethod | undefined {
    const described = this.#registry
      .getService(service)
      ?.methods.find((one) => one.name === method);
    if (described === undefined) return undefined;
    const name = `${service}/${method}`;
    const known = this.#methods.get(name) ?? this.#describe(name, described);
    this.#methods.set(name, known);
    return known;
  }

  #describe(name: string, { methodKind, input, output }: DescMethod): GrpcMethod {
    return {
      name,
      clientStreaming: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
      serverStreaming: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
      request: this.#typeOf(input),
      response: this.#typeOf(output),
    };
  }

  /** Types hold each other: their fields are described when they are met. */
  #typeOf(message: DescMessage): MessageType {
    const known = this.#types.get(message.typeName);
    if (known !== undefined) return known;
    const described = new Map(message.fields.map((field) => [field.number, field]));
    const fields = new Map<number, MessageField>();
    const type: MessageType = {
      name: message.typeName,
      fieldNumbers: [...described.keys()],
      findField: (number) => {
        const field = described.get(number);
        const found = fields.get(number) ?? (field && this.#fieldOf(field));
        if (found !== undefined) fields.set(number, found);
        return found;
      },
    };
    this.#types.set(message.typeName, type);
    return type;
  }

  #fieldOf(field: DescField): MessageField {
    const value = this.#valueOf(field);
    return {
      fullName: `${field.parent.typeName}.${field.name}`,
      name: field.name,
      isPackable: field.fieldKind === 'list' && value.kind === 'number',
      isRequired: field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED,
      isKey: false,
      value,
    };
  }

  #valueOf(field: DescField): FieldValue {
    switch (field.fieldKind) {
      case 'scalar':
        return valueOfScalar(field.scalar);
      case 'enum':
        return { kind: 'number', wireType: WireType.varint };
      case 'message':
        return { kind: 'message', type: this.#typeOf(field.message) };
      case 'list':
        if (field.listKind === 'scalar') return valueOfScalar(field.scalar);
        if (field.listKind === 'enum') return { kind: 'number', wireType: WireType.varint };
        return { kind: 'message', type: this.#typeOf(field.message) };
      case 'map':
        return { kind: 'entry', type: this.#entryOf(field) };
    }
  }

  #entryOf(field: Extract<DescField, { fieldKind: 'map' }>): MessageType {
    const name = `${field.parent.typeName}.${field.name}`;
    const part = (partName: string, value: FieldValue): MessageField => ({
      ...{ fullName: `${name}.${partName}`, name: partName, value },
      ...{ isPackable: false, isRequired: false, isKey: partName === 'key' },
    });
    const key = part('key', valueOfScalar(field.mapKey));
    const value = part('value', this.#mapValue(field));
    const fields = [undefined, key, value];
    return { name, fieldNumbers: [1, 2], findField: (number) => fields[number] };
  }

  #mapValue(field: Extract<DescField, { fieldKind: 'map' }>): FieldValue {
    switch (field.mapKind) {
      case 'scalar':
        return valueOfScalar(field.scalar);
      case 'enum':
        return { kind: 'number', wireType: WireType.varint };
      case 'message':
        return { kind: 'message', type: this.#typeOf(field.message) };
    }
  }
}

function valueOfScalar(scalar: ScalarType): FieldValue {
  switch (scalar) {
    case ScalarType.STRING:
      return { kind: 'string' };
    case ScalarType.BYTES:
      return { kind: 'bytes' };
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { kind: 'number', wireType: WireType.fixed64 };
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return { kind: 'number', wireType: WireType.fixed32 };
    case ScalarType.INT32:
    case ScalarType.INT64:
    case ScalarType.UINT32:
    case ScalarType.UINT64:
    case ScalarType.SINT32:
    case ScalarType.SINT64:
    case ScalarType.BOOL:
      return { kind: 'number', wireType: WireType.varint };
  }
}
