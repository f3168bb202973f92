// The rules as a wasm module: JSON in, JSON out. dapp/rules says how it is called.

/** What the module exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly input: (length: number) => number;
  readonly call: () => number;
  readonly output: () => number;
}

/** The module, ready to be asked. */
export class Rules {
  private constructor(private readonly exports: Exports) {}

  /** Compiles the module. */
  static async from(bytes: BufferSource): Promise<Rules> {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new Rules(instance.exports as unknown as Exports);
  }

  /** Asks; throws what the rules refuse, in their words. */
  ask<Result>(op: string, fields: object): Result {
    const request = new TextEncoder().encode(JSON.stringify({ op, ...fields }));
    const start = this.exports.input(request.length);
    new Uint8Array(this.exports.memory.buffer, start, request.length).set(request);
    const length = this.exports.call();
    // The memory may have grown during the call, so its buffer is taken anew.
    const answer = new Uint8Array(this.exports.memory.buffer, this.exports.output(), length);
    const said = JSON.parse(new TextDecoder().decode(answer)) as { ok?: Result; error?: string };
    if (said.error !== undefined) throw new Error(said.error);
    return said.ok as Result;
  }
}

let loading: Promise<Rules> | null = null;

/** The rules, loaded once from beside the page. */
export function loadRules(): Promise<Rules> {
  loading ??= fetch("./rules.wasm").then(async (answer) => {
    if (!answer.ok) throw new Error(`rules.wasm cannot be read (${answer.status}): build it with scripts/dapp`);
    return Rules.from(await answer.arrayBuffer());
  });
  loading.catch(() => {
    loading = null;
  });
  return loading;
}
