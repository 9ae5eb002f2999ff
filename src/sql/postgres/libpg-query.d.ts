/** The emscripten module factory inside `libpg-query`; the package's own entry point hides it behind one shared instance. */
declare module 'libpg-query/wasm/libpg-query.js' {
  /** One instance: its own memory, its own parser state. */
  export interface PgQueryInstance {
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    getValue(pointer: number, type: 'i32'): number;
    UTF8ToString(pointer: number): string;
    stringToUTF8(text: string, pointer: number, bytesMax: number): void;
  }
  export default function createInstance(): Promise<PgQueryInstance>;
}
