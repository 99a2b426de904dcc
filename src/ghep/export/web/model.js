// A model in the browser. In: the bytes of an image, or a text. Out: answers, one per task.

import { answersOf, refusals } from "./answers.js";
import { loadImage } from "./image.js";
import { preprocess } from "./resize.js";
import { encoder, textOf } from "./text.js";

const CLOSE = 1e-3; // largest difference of a probability or number in the self-test

export class Model {
  // `parts`: `ort` (onnxruntime-web), `Tokenizer` (for texts), `wasm` and `graph` (Uint8Array), `settings` (an object).
  static async open({ ort, Tokenizer, wasm, graph, settings }) {
    ort.env.wasm.numThreads = 1; // more need headers that neither a file nor most static servers send
    ort.env.wasm.proxy = false;
    ort.env.wasm.wasmBinary = wasm;
    const session = await ort.InferenceSession.create(graph, { executionProviders: ["wasm"] });
    return new Model(ort, session, settings, Tokenizer);
  }

  constructor(ort, session, settings, Tokenizer) {
    this.ort = ort;
    this.session = session;
    this.settings = settings;
    this.encode = settings.modality === "text" ? encoder(settings.preprocess, Tokenizer) : null;
  }

  // Return the answers for one input: the bytes of a file, or a text. A bad input gets its reason instead of a label.
  async predict(raw, name) {
    try {
      return answersOf(await this.outputs(await this.inputs(raw)), this.settings, name);
    } catch (error) {
      if (!error.reason) throw error;
      return refusals(error, this.settings, name);
    }
  }

  // Return the inputs of the network for one input, by name, and for an image whether its pixels are those of Python.
  async inputs(raw) {
    const { Tensor } = this.ort;
    if (this.encode) {
      const { values, shape } = this.encode(typeof raw === "string" ? raw : textOf(raw));
      const tokens = new Tensor("int64", BigInt64Array.from(values, BigInt), [1, ...shape]);
      return { tokens, lengths: new Tensor("int64", BigInt64Array.of(BigInt(shape[0])), [1]) };
    }
    const { image } = await loadImage(raw, this.settings.preprocess);
    const { pixels, cropped } = preprocess(image, this.settings.preprocess);
    return { pixels: new Tensor("float32", pixels, [1, 3, cropped.height, cropped.width]) };
  }

  // Return the outputs of the network for its inputs: name -> values of one input.
  async outputs(inputs) {
    const wanted = this.session.inputNames.filter((name) => name in inputs);
    const found = await this.session.run(Object.fromEntries(wanted.map((name) => [name, inputs[name]])));
    return Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, tensor.data]));
  }

  // Return the largest difference between the answers to the stored inputs and those of Python; throw above CLOSE.
  async selfTest() {
    let worst = 0;
    for (const { text, image, outputs } of this.settings.self_test) {
      const found = await this.outputs(await this.inputs(text ?? decodeBase64(image)));
      for (const [name, expected] of Object.entries(outputs)) {
        const scale = Math.max(1, ...expected.map(Math.abs));
        expected.forEach((value, k) => (worst = Math.max(worst, Math.abs(found[name][k] - value) / scale)));
      }
    }
    if (!(worst <= CLOSE)) throw new Error(`${this.settings.words.differs} ${worst}`);
    return worst;
  }
}

export function decodeBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

// Return the bytes of text in base64 that is the gzip form of them.
export async function unpacked(text) {
  const stream = new Blob([decodeBase64(text.trim())]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
