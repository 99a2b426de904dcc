// Decode JPEG files to the pixels of libjpeg-turbo, which Pillow uses. In: bytes. Out: RGB pixels, not yet turned upright.
//
// A browser applies the colour profile, and cannot decode at a reduced size, as ghep's loader does for large photos. So
// the steps after the entropy decoder are those of libjpeg's "islow" method, in the same integers: the inverse DCT to 8,
// 4, 2 or 1 pixels, triangle-filtered upsampling of the colours, and YCbCr to RGB. Baseline, extended and progressive
// files of 8 bits with Huffman codes, with 1, 3 (YCbCr, RGB) or 4 (CMYK, YCCK) components.
//
// Sources: ITU-T T.81; Loeffler, Ligtenberg and Moschytz 1989 (the DCT); T.871 (colours).

import { BadImage } from "./png.js";

// prettier-ignore
const ZIGZAG = Uint8Array.of(
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
  62, 63,
);
const LOOKED_UP_BITS = 9; // Huffman codes up to this length are found in one step
const BETWEEN_SCANS = [0xc4, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xfe]; // and 0xe0 to 0xef
const ZERO_RUN = 64;

export function isJpeg(bytes) {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

// Return {width, height, data, exif, xmp}. `check(width, height)` may refuse the size. With `atLeast` the image is
// decoded at 1/2, 1/4 or 1/8 of its size, as long as its shorter side keeps this many pixels.
export function decodeJpeg(bytes, { check, atLeast = null }) {
  const frame = readFile(bytes, check);
  const reduced = atLeast === null ? 1 : reduction(frame, atLeast);
  const planes = frame.components.map((component) => pixelsOf(component, frame, reduced));
  const width = Math.ceil(frame.width / reduced);
  const height = Math.ceil(frame.height / reduced);
  const data = coloured(planes, frame, width, height, 8 / reduced);
  return { width, height, data, exif: frame.exif, xmp: frame.xmp };
}

function reduction({ width, height }, atLeast) {
  const most = Math.min(Math.floor(width / atLeast), Math.floor(height / atLeast));
  return [8, 4, 2].find((factor) => most >= factor) ?? 1;
}

// --- Markers and entropy coding: the coefficients of every block.

function readFile(bytes, check) {
  const state = { tables: [], dc: [], ac: [], zeroCodes: [], restart: 0, frame: null, jfif: false, adobe: null, exif: null, xmp: "" };
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
    if (at + 2 > bytes.length) throw new BadImage("truncated", "the JPEG file has no end marker");
    if (bytes[at] !== 0xff) throw new BadImage("damaged", `no JPEG marker at byte ${at}`);
    const marker = bytes[at + 1];
    if (marker === 0xd9) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    if (length < 2 || at + 2 + length > bytes.length) throw new BadImage("truncated", "a JPEG segment is cut off");
    const body = bytes.subarray(at + 4, at + 2 + length);
    at += 2 + length;
    if (marker === 0xda) at = readScan(bytes, at, body, state);
    else readSegment(marker, body, state, check);
  }
  if (!state.frame) throw new BadImage("damaged", "the JPEG file has no image");
  return { ...state.frame, jfif: state.jfif, adobe: state.adobe, exif: state.exif, xmp: state.xmp };
}

function readSegment(marker, body, state, check) {
  if (marker === 0xdb) readQuantisation(body, state.tables);
  else if (marker === 0xc4) readHuffman(body, state);
  else if (marker === 0xdd) state.restart = (body[0] << 8) | body[1];
  else if (marker >= 0xc0 && marker <= 0xc2) state.frame = readFrame(marker, body, state, check);
  else if (marker > 0xc2 && marker < 0xd0 && marker !== 0xc8 && marker !== 0xcc) {
    throw new BadImage("format-not-allowed", "a JPEG file with arithmetic coding or without loss");
  } else if (marker === 0xe0 && startsWith(body, "JFIF\0")) state.jfif = true;
  else if (marker === 0xee && startsWith(body, "Adobe")) state.adobe = body[11];
  else if (marker === 0xe1 && startsWith(body, "Exif\0\0")) state.exif ??= body.subarray(6);
  else if (marker === 0xe1 && startsWith(body, "http://ns.adobe.com/xap/1.0/\0")) {
    state.xmp ||= new TextDecoder().decode(body);
  }
}

function startsWith(body, text) {
  return [...text].every((letter, at) => body[at] === letter.charCodeAt(0));
}

function readQuantisation(body, tables) {
  for (let at = 0; at < body.length; ) {
    const isWide = body[at] >> 4;
    const table = (tables[body[at] & 15] = new Int32Array(64));
    at += 1;
    for (let k = 0; k < 64; k++, at += isWide ? 2 : 1) {
      table[ZIGZAG[k]] = isWide ? (body[at] << 8) | body[at + 1] : body[at];
    }
  }
}

function readHuffman(body, state) {
  for (let at = 0; at + 17 <= body.length; ) {
    const tables = body[at] >> 4 ? state.ac : state.dc;
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    tables[body[at] & 15] = huffmanTable(counts, body.subarray(at + 17, at + 17 + total));
    if (total) state.zeroCodes[body[at]] = body[at + 17];
    at += 17 + total;
  }
}

// Return for every code of LOOKED_UP_BITS bits its symbol and length, and for longer codes the ranges of each length.
function huffmanTable(counts, symbols) {
  const fast = new Uint16Array(1 << LOOKED_UP_BITS); // length << 8 | symbol; 0: a longer code
  const last = new Int32Array(18).fill(-1); // length -> the last code of this length
  const offset = new Int32Array(18); // length -> index of a symbol minus its code
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    offset[length] = index - code;
    for (let k = 0; k < counts[length - 1]; k++, code++, index++) {
      if (length > LOOKED_UP_BITS) continue;
      const first = code << (LOOKED_UP_BITS - length);
      fast.fill((length << 8) | symbols[index], first, first + (1 << (LOOKED_UP_BITS - length)));
    }
    if (counts[length - 1]) last[length] = code - 1;
    code <<= 1;
  }
  return { fast, last, offset, symbols };
}

function readFrame(marker, body, state, check) {
  if (state.frame) throw new BadImage("damaged", "the JPEG file has two images");
  const height = (body[1] << 8) | body[2];
  const width = (body[3] << 8) | body[4];
  if (body[0] !== 8 || ![1, 3, 4].includes(body[5])) {
    throw new BadImage("unsupported-mode", `JPEG of ${body[5]} components of ${body[0]} bits`);
  }
  check(width, height);
  const components = Array.from({ length: body[5] }, (_, k) => {
    const [id, factors, table] = body.subarray(6 + 3 * k, 9 + 3 * k);
    return { id, across: factors >> 4, down: factors & 15, table, previous: 0 };
  });
  const most = { across: Math.max(...components.map((one) => one.across)), down: Math.max(...components.map((one) => one.down)) };
  if (!components.every((one) => one.across && one.down)) throw new BadImage("damaged", "JPEG sampling factors are 0");
  const unitsWide = Math.ceil(width / (8 * most.across));
  const unitsTall = Math.ceil(height / (8 * most.down));
  for (const one of components) {
    one.blocksWide = Math.ceil(Math.ceil((width * one.across) / most.across) / 8); // in a scan of its own
    one.blocksTall = Math.ceil(Math.ceil((height * one.down) / most.down) / 8);
    one.stride = unitsWide * one.across; // blocks in a row of `coefficients`
    one.rows = unitsTall * one.down;
    one.coefficients = new Int16Array(64 * one.stride * one.rows);
  }
  return { width, height, components, most, unitsWide, unitsTall, isProgressive: marker === 0xc2 };
}

function readScan(bytes, start, body, state) {
  const { frame } = state;
  if (!frame) throw new BadImage("damaged", "JPEG data before its header");
  const parts = Array.from({ length: body[0] }, (_, k) => {
    const component = frame.components.find((one) => one.id === body[1 + 2 * k]);
    if (!component) throw new BadImage("damaged", "JPEG data of an unknown component");
    component.quantisation ??= state.tables[component.table]; // libjpeg keeps the table of the first scan
    return { component, dc: state.dc[body[2 + 2 * k] >> 4], ac: state.ac[body[2 + 2 * k] & 15] };
  });
  const [first, last, approximation] = body.subarray(1 + 2 * body[0]);
  const scan = { bits: new Bits(bytes, start), first, last, high: approximation >> 4, low: approximation & 15, run: 0 };
  const decode = blockDecoder(frame.isProgressive, scan);
  const isAlone = parts.length === 1;
  const [wide, tall] = isAlone
    ? [parts[0].component.blocksWide, parts[0].component.blocksTall]
    : [frame.unitsWide, frame.unitsTall];
  for (let unit = 0; unit < wide * tall; unit++) {
    if (state.restart && unit && unit % state.restart === 0) restart(scan, frame);
    const column = unit % wide;
    const row = (unit - column) / wide;
    for (const part of parts) {
      const { across, down, stride, coefficients } = part.component;
      if (isAlone) {
        decode(part, coefficients, 64 * (row * stride + column), scan);
        continue;
      }
      for (let y = 0; y < down; y++) {
        for (let x = 0; x < across; x++) {
          decode(part, coefficients, 64 * ((row * down + y) * stride + column * across + x), scan);
        }
      }
    }
  }
  for (const { component } of parts) component.previous = 0;
  const end = scan.bits.end();
  refuseDamage(bytes, start, end, state);
  return end;
}

// Refuse what a decoder would fill with grey: an unknown marker, and a run of zero bytes that no encoder writes.
function refuseDamage(bytes, start, end, { frame, zeroCodes }) {
  if (end + 2 > bytes.length) throw new BadImage("truncated", "the JPEG data is cut off");
  const marker = bytes[end + 1];
  if (!BETWEEN_SCANS.includes(marker) && !(marker >= 0xe0 && marker <= 0xef)) {
    throw new BadImage("damaged", `an unexpected marker after the JPEG data, at byte ${end}`);
  }
  if (frame.isProgressive || !zeroCodes.some(Boolean)) return;
  for (let at = start, run = 0; at < end; at++) {
    run = bytes[at] === 0 ? run + 1 : 0;
    if (run === ZERO_RUN) throw new BadImage("damaged", `zero bytes in the JPEG data, at byte ${at}`);
  }
}

function restart(scan, frame) {
  scan.bits.restart();
  scan.run = 0;
  for (const component of frame.components) component.previous = 0;
}

// Reads bits of entropy-coded data, in which a zero byte follows each 0xff; after its end come zero bits, as in libjpeg.
class Bits {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
    this.held = 0; // the last `count` bits of it are not yet read
    this.count = 0;
    this.beyond = 0; // bits that were read after the end of the data
  }

  fill() {
    while (this.count <= 16) {
      let byte = 0;
      if (this.at >= this.bytes.length) throw new BadImage("truncated", "the JPEG data ends too early");
      if (this.bytes[this.at] !== 0xff) byte = this.bytes[this.at++];
      else {
        let next = this.at + 1;
        while (this.bytes[next] === 0xff) next += 1;
        if (this.bytes[next] === 0) {
          byte = 0xff;
          this.at = next + 1;
        } else this.beyond += 8;
      }
      this.held = (this.held << 8) | byte;
      this.count += 8;
    }
  }

  read(number) {
    if (number === 0) return 0;
    if (this.count < number) this.fill();
    this.count -= number;
    return (this.held >>> this.count) & ((1 << number) - 1);
  }

  // Return the symbol of the next Huffman code.
  symbol(table) {
    if (!table) throw new BadImage("damaged", "JPEG data without its Huffman table");
    if (this.count < 16) this.fill();
    const found = table.fast[(this.held >>> (this.count - LOOKED_UP_BITS)) & ((1 << LOOKED_UP_BITS) - 1)];
    if (found) {
      this.count -= found >> 8;
      return found & 255;
    }
    for (let length = LOOKED_UP_BITS + 1; length <= 16; length++) {
      const code = (this.held >>> (this.count - length)) & ((1 << length) - 1);
      if (code <= table.last[length]) {
        this.count -= length;
        return table.symbols[table.offset[length] + code];
      }
    }
    throw new BadImage("damaged", "the JPEG data has an unknown Huffman code");
  }

  // Return a signed number of `size` bits: half of them are negative.
  number(size) {
    const value = this.read(size);
    return size && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  restart() {
    this.at = this.end();
    const marker = this.bytes[this.at + 1];
    if (!(marker >= 0xd0 && marker <= 0xd7)) throw new BadImage("damaged", "a JPEG restart marker is missing");
    this.at += 2;
    this.count = 0;
    this.beyond = 0;
  }

  // Return where the data ends: the place of the next marker.
  end() {
    if (this.beyond > this.count) throw new BadImage("damaged", "the JPEG data ends too early");
    let at = this.at;
    while (at < this.bytes.length && !(this.bytes[at] === 0xff && this.bytes[at + 1] !== 0 && this.bytes[at + 1] !== 0xff)) {
      at += 1;
    }
    return at;
  }
}

function blockDecoder(isProgressive, { first, high }) {
  if (!isProgressive) return decodeBaseline;
  if (first === 0) return high === 0 ? decodeDcFirst : decodeDcRefined;
  return high === 0 ? decodeAcFirst : decodeAcRefined;
}

function decodeBaseline({ component, dc, ac }, coefficients, block, { bits }) {
  component.previous += bits.number(bits.symbol(dc));
  coefficients[block] = component.previous;
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(ac);
    const size = symbol & 15;
    if (size) {
      k += symbol >> 4;
      coefficients[block + ZIGZAG[k & 63]] = bits.number(size);
    } else if (symbol === 0xf0) k += 15;
    else break;
  }
}

function decodeDcFirst({ component, dc }, coefficients, block, { bits, low }) {
  component.previous += bits.number(bits.symbol(dc));
  coefficients[block] = component.previous << low;
}

function decodeDcRefined(_, coefficients, block, { bits, low }) {
  coefficients[block] |= bits.read(1) << low;
}

function decodeAcFirst({ ac }, coefficients, block, scan) {
  if (scan.run) {
    scan.run -= 1;
    return;
  }
  const { bits, first, last, low } = scan;
  for (let k = first; k <= last; k++) {
    const symbol = bits.symbol(ac);
    const zeros = symbol >> 4;
    const size = symbol & 15;
    if (size) {
      k += zeros;
      coefficients[block + ZIGZAG[k & 63]] = bits.number(size) * (1 << low);
    } else if (zeros === 15) k += 15;
    else {
      scan.run = (1 << zeros) - 1 + bits.read(zeros);
      break;
    }
  }
}

function decodeAcRefined({ ac }, coefficients, block, scan) {
  const { bits, first, last, low } = scan;
  const one = 1 << low;
  let k = first;
  if (!scan.run) {
    for (; k <= last; k++) {
      const symbol = bits.symbol(ac);
      let zeros = symbol >> 4;
      let value = 0;
      if (symbol & 15) value = bits.read(1) ? one : -one;
      else if (zeros < 15) {
        scan.run = (1 << zeros) + bits.read(zeros);
        break;
      }
      for (; k <= last; k++) {
        const at = block + ZIGZAG[k];
        if (coefficients[at]) refine(coefficients, at, bits, one);
        else if (zeros-- === 0) {
          coefficients[at] = value;
          break;
        }
      }
    }
  }
  if (scan.run) {
    for (; k <= last; k++) {
      const at = block + ZIGZAG[k];
      if (coefficients[at]) refine(coefficients, at, bits, one);
    }
    scan.run -= 1;
  }
}

function refine(coefficients, at, bits, one) {
  if (bits.read(1) && !(coefficients[at] & one)) coefficients[at] += coefficients[at] > 0 ? one : -one;
}

// --- Inverse DCT: the pixels of one component.

const CONST_BITS = 13;
const PASS1_BITS = 2;

// Return {data, stride, width, height, size}: the pixels of a component, of which each block has `size` x `size`.
function pixelsOf(component, frame, reduced) {
  const { across, down, stride, rows, coefficients, quantisation } = component;
  if (!quantisation) throw new BadImage("damaged", "the JPEG file lacks a quantisation table");
  const smallest = 8 / reduced;
  let size = smallest; // colours that are stored at half the size are reduced less, and need no upsampling
  while (
    size < 8 &&
    (frame.most.across * smallest) % (across * size * 2) === 0 &&
    (frame.most.down * smallest) % (down * size * 2) === 0
  ) {
    size *= 2;
  }
  const inverse = { 8: inverse8, 4: inverse4, 2: inverse2, 1: inverse1 }[size];
  const pixels = new Uint8ClampedArray(stride * size * rows * size);
  const block = new Int32Array(64);
  const work = new Int32Array(64);
  for (let index = 0; index < stride * rows; index++) {
    for (let k = 0; k < 64; k++) block[k] = coefficients[64 * index + k] * quantisation[k];
    const column = index % stride;
    const row = (index - column) / stride;
    inverse(block, work, pixels, row * size * stride * size + column * size, stride * size);
  }
  const share = (length, factor, most) => Math.ceil((length * factor * size) / (most * 8));
  const width = share(frame.width, across, frame.most.across);
  const height = share(frame.height, down, frame.most.down);
  return { data: pixels, stride: stride * size, width, height, size, across, down };
}

function rounded(value, bits) {
  return (value + (1 << (bits - 1))) >> bits;
}

function inverse8(block, work, pixels, at, stride) {
  for (let x = 0; x < 8; x++) transform8(block, x, 8, work, x, 8, CONST_BITS - PASS1_BITS, 0);
  for (let y = 0; y < 8; y++) transform8(work, 8 * y, 1, pixels, at + y * stride, 1, CONST_BITS + PASS1_BITS + 3, 128);
}

// Transform 8 numbers, `step` apart; constants are 13-bit fractions.
function transform8(from, start, step, to, at, toStep, bits, add) {
  const s1 = from[start + step];
  const s2 = from[start + 2 * step];
  const s3 = from[start + 3 * step];
  const s5 = from[start + 5 * step];
  const s6 = from[start + 6 * step];
  const s7 = from[start + 7 * step];
  const rotated = (s2 + s6) * 4433;
  const even2 = rotated - s6 * 15137;
  const even3 = rotated + s2 * 6270;
  const even0 = (from[start] + from[start + 4 * step]) << CONST_BITS;
  const even1 = (from[start] - from[start + 4 * step]) << CONST_BITS;
  const z5 = (s7 + s3 + s5 + s1) * 9633;
  const z1 = (s7 + s1) * -7373;
  const z2 = (s5 + s3) * -20995;
  const z3 = (s7 + s3) * -16069 + z5;
  const z4 = (s5 + s1) * -3196 + z5;
  const odd0 = s7 * 2446 + z1 + z3;
  const odd1 = s5 * 16819 + z2 + z4;
  const odd2 = s3 * 25172 + z2 + z3;
  const odd3 = s1 * 12299 + z1 + z4;
  const e0 = even0 + even3;
  const e1 = even1 + even2;
  const e2 = even1 - even2;
  const e3 = even0 - even3;
  to[at] = rounded(e0 + odd3, bits) + add;
  to[at + toStep] = rounded(e1 + odd2, bits) + add;
  to[at + 2 * toStep] = rounded(e2 + odd1, bits) + add;
  to[at + 3 * toStep] = rounded(e3 + odd0, bits) + add;
  to[at + 4 * toStep] = rounded(e3 - odd0, bits) + add;
  to[at + 5 * toStep] = rounded(e2 - odd1, bits) + add;
  to[at + 6 * toStep] = rounded(e1 - odd2, bits) + add;
  to[at + 7 * toStep] = rounded(e0 - odd3, bits) + add;
}

function inverse4(block, work, pixels, at, stride) {
  for (let x = 0; x < 8; x++) if (x !== 4) transform4(block, x, 8, work, x, 8, CONST_BITS - PASS1_BITS + 1, 0);
  for (let y = 0; y < 4; y++) transform4(work, 8 * y, 1, pixels, at + y * stride, 1, CONST_BITS + PASS1_BITS + 4, 128);
}

function transform4(from, start, step, to, at, toStep, bits, add) {
  const s1 = from[start + step];
  const s3 = from[start + 3 * step];
  const s5 = from[start + 5 * step];
  const s7 = from[start + 7 * step];
  const middle = from[start] << (CONST_BITS + 1);
  const even = from[start + 2 * step] * 15137 - from[start + 6 * step] * 6270;
  const odd0 = s7 * -1730 + s5 * 11893 - s3 * 17799 + s1 * 8697;
  const odd2 = s7 * -4176 - s5 * 4926 + s3 * 7373 + s1 * 20995;
  to[at] = rounded(middle + even + odd2, bits) + add;
  to[at + toStep] = rounded(middle - even + odd0, bits) + add;
  to[at + 2 * toStep] = rounded(middle - even - odd0, bits) + add;
  to[at + 3 * toStep] = rounded(middle + even - odd2, bits) + add;
}

function inverse2(block, work, pixels, at, stride) {
  for (const x of [0, 1, 3, 5, 7]) transform2(block, x, 8, work, x, 8, CONST_BITS - PASS1_BITS + 2, 0);
  for (let y = 0; y < 2; y++) transform2(work, 8 * y, 1, pixels, at + y * stride, 1, CONST_BITS + PASS1_BITS + 5, 128);
}

function transform2(from, start, step, to, at, toStep, bits, add) {
  const middle = from[start] << (CONST_BITS + 2);
  const odd =
    from[start + 7 * step] * -5906 + from[start + 5 * step] * 6967 - from[start + 3 * step] * 10426 + from[start + step] * 29692;
  to[at] = rounded(middle + odd, bits) + add;
  to[at + toStep] = rounded(middle - odd, bits) + add;
}

function inverse1(block, work, pixels, at) {
  pixels[at] = rounded(block[0], 3) + 128;
}

// --- Upsampling and colours: RGB.

function coloured(planes, frame, width, height, smallest) {
  const rowsOf = planes.map((plane) => upsampler(plane, frame.most, smallest, width));
  const convert = colourConverter(frame);
  const data = new Uint8ClampedArray(width * height * 3);
  for (let y = 0; y < height; y++) convert(rowsOf.map((row) => row(y)), width, data, y * width * 3);
  return data;
}

// Return a function: y -> the y-th row of the component at full size.
function upsampler(plane, most, smallest, width) {
  const { data, stride, size, across, down } = plane;
  const wider = (most.across * smallest) / (across * size);
  const taller = (most.down * smallest) / (down * size);
  if (!Number.isInteger(wider) || !Number.isInteger(taller)) {
    throw new BadImage("unsupported-mode", "JPEG with fractional sampling factors");
  }
  const row = (y) => data.subarray(y * stride, y * stride + stride);
  if (wider === 1 && taller === 1) return row;
  const isSmooth = smallest > 1 && wider <= 2 && taller <= 2 && (wider === 1 || plane.width > 2);
  const out = new Uint8Array(Math.max(width, plane.width * wider) + wider);
  if (!isSmooth) {
    return (y) => {
      const source = row(Math.floor(y / taller));
      for (let x = 0; x < width; x++) out[x] = source[Math.floor(x / wider)];
      return out;
    };
  }
  const sums = new Int32Array(plane.width);
  return (y) => {
    const near = Math.floor(y / taller);
    if (taller === 1) smoothAcross(row(near), plane.width, 2, 1, 2, out);
    else {
      const other = Math.min(plane.height - 1, Math.max(0, near + (y % 2 ? 1 : -1)));
      const [nearest, next] = [row(near), row(other)];
      for (let x = 0; x < plane.width; x++) sums[x] = 3 * nearest[x] + next[x];
      if (wider === 2) smoothAcross(sums, plane.width, 4, 8, 7, out);
      else for (let x = 0; x < plane.width; x++) out[x] = (sums[x] + (y % 2 ? 2 : 1)) >> 2;
    }
    return out;
  };
}

// Double a row: each new value is 3/4 of the nearer and 1/4 of the farther one, rounded up and down in turn.
function smoothAcross(row, width, bits, roundLeft, roundRight, out) {
  for (let x = 0; x < width; x++) {
    const left = x ? row[x - 1] : row[x];
    const right = x < width - 1 ? row[x + 1] : row[x];
    out[2 * x] = (3 * row[x] + left + roundLeft) >> bits;
    out[2 * x + 1] = (3 * row[x] + right + roundRight) >> bits;
  }
}

function colourConverter(frame) {
  const { components, jfif, adobe } = frame;
  if (components.length === 1) return fromGrey;
  if (components.length === 4) return adobe === null || adobe === 0 ? fromCmyk : fromYcck;
  const isRgb = String.fromCharCode(...components.map((one) => one.id)) === "RGB";
  return !jfif && (adobe === 0 || (adobe === null && isRgb)) ? fromRgb : fromYcc;
}

function fromGrey([grey], width, data, at) {
  for (let x = 0; x < width; x++, at += 3) data[at] = data[at + 1] = data[at + 2] = grey[x];
}

function fromRgb([red, green, blue], width, data, at) {
  for (let x = 0; x < width; x++, at += 3) {
    data[at] = red[x];
    data[at + 1] = green[x];
    data[at + 2] = blue[x];
  }
}

// Constants are 16-bit fractions: 1.402, 0.34414, 0.71414, 1.772. `data` clamps to 0 to 255.
function fromYcc([luma, cb, cr], width, data, at) {
  for (let x = 0; x < width; x++, at += 3) {
    const blue = cb[x] - 128;
    const red = cr[x] - 128;
    data[at] = luma[x] + ((91881 * red + 32768) >> 16);
    data[at + 1] = luma[x] + ((-22554 * blue + 32768 - 46802 * red) >> 16);
    data[at + 2] = luma[x] + ((116130 * blue + 32768) >> 16);
  }
}

function fromYcck([luma, cb, cr, black], width, data, at) {
  fromYcc([luma, cb, cr], width, data, at);
  for (let x = 0; x < width; x++, at += 3) {
    for (let channel = 0; channel < 3; channel++) data[at + channel] = inkOnPaper(data[at + channel], black[x]);
  }
}

function fromCmyk([cyan, magenta, yellow, black], width, data, at) {
  for (let x = 0; x < width; x++, at += 3) {
    data[at] = inkOnPaper(255 - cyan[x], black[x]);
    data[at + 1] = inkOnPaper(255 - magenta[x], black[x]);
    data[at + 2] = inkOnPaper(255 - yellow[x], black[x]);
  }
}

// Return the light that is left of white paper. Files store inverted ink: `light` is 255 - stored, `paper` 255 - black.
function inkOnPaper(ink, paper) {
  const product = ink * paper + 128;
  return paper - (((product >> 8) + product) >> 8);
}
