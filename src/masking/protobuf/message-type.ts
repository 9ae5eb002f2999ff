/** Holds a message of any type, which only its receiver has to know. */
export const ANY = 'google.protobuf.Any';

/** A type of messages, as descriptors have it. */
export interface MessageType {
  /** With its package: `hospital.v1.Patient`. */
  readonly name: string;
  /** Of all fields that it may have. */
  readonly fieldNumbers: readonly number[];
  /** Undefined: the descriptors know no field of this number. */
  findField(number: number): MessageField | undefined;
}

/** A field of a message. */
export interface MessageField {
  /** With the message's name: `hospital.v1.Patient.ssn`. */
  readonly fullName: string;
  /** `ssn`. */
  readonly name: string;
  /** Several numbers may be in one field on the wire. */
  readonly isPackable: boolean;
  /** May not be left out (proto2, or so by its edition). */
  readonly isRequired: boolean;
  /** Whether it is the key of an entry of a map. */
  readonly isKey: boolean;
  readonly value: FieldValue;
}

/** What a field holds. */
export type FieldValue =
  | { readonly kind: 'string' }
  | { readonly kind: 'bytes' }
  /** Numbers, truth values, enumerations. @see WireType */
  | { readonly kind: 'number'; readonly wireType: number }
  | { readonly kind: 'message'; readonly type: MessageType }
  /** An entry of a map is a message of a key and a value. */
  | { readonly kind: 'entry'; readonly type: MessageType };

/** A method of a service, with its messages. */
export interface GrpcMethod {
  /** `hospital.v1.Patients/Get`. */
  readonly name: string;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
  readonly request: MessageType;
  readonly response: MessageType;
}
