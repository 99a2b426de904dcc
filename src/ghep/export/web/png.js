// Decode PNG files. In: bytes. Out: the pixel values as stored, of 8 or 16 bits, and the transparency.
//
// A browser's own decoder reduces 16 bits to 8, multiplies colours by their alpha, and applies colour profiles, none of
// which Pillow does. Source: W3C PNG, third edition.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }; // colour type -> values per pixel
const DEPTHS = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
// The seven passes of interlaced files: first column and row, steps between columns and rows.
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

export class BadImage extends Error {
  // `reason` is one of those in ghep/data/image/loader.py.
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}

export function isPng(bytes) {
  return SIGNATURE.every((value, at) => bytes[at] === value);
}

// Return {width, height, bits, colour, alpha, exif, xmp}: `colour` is a Uint8Array or (bits = 16) a Uint16Array of 1 or
// 3 values per pixel, `alpha` a Uint8Array of one or null. `check(width, height)` may refuse the size.
export async function decodePng(bytes, check) {
  const { header, chunks } = readChunks(bytes);
  check(header.width, header.height);
  const lines = await inflate(chunks.IDAT ?? []);
  const values = header.interlaced ? interlaced(lines, header) : unfiltered(lines, 0, header.width, header.height, header);
  return { ...coloured(values.samples, header, chunks), ...metadata(chunks) };
}

function readChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = {};
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw new BadImage("truncated", "the PNG file ends before its last chunk");
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw new BadImage("truncated", "the PNG file ends inside a chunk");
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const isCritical = !(bytes[at + 4] & 0x20);
    if (isCritical && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new BadImage("damaged", `the checksum of the PNG chunk at byte ${at} is wrong`);
    }
    if (kind === "IEND") break;
    (chunks[kind] ??= []).push(bytes.subarray(at + 8, end - 4));
    at = end;
  }
  return { header: readHeader(chunks.IHDR?.[0]), chunks };
}

function readHeader(data) {
  if (data?.length !== 13) throw new BadImage("damaged", "the PNG file has no header");
  const view = new DataView(data.buffer, data.byteOffset, 13);
  const [bits, type, , , interlace] = data.subarray(8);
  if (!DEPTHS[type]?.includes(bits)) throw new BadImage("damaged", `PNG of colour type ${type} and ${bits} bits`);
  const header = { width: view.getUint32(0), height: view.getUint32(4), bits, type, interlaced: interlace === 1 };
  return { ...header, channels: CHANNELS[type] };
}

let crcTable;

function crc32(bytes) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let k = 0; k < 8; k++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
    return byte;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

async function inflate(parts) {
  try {
    const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new BadImage("damaged", "the compressed data of the PNG file is broken");
  }
}

// Return {samples, end}: the values of the image that begins at byte `start` of `lines`, and where it ends.
function unfiltered(lines, start, width, height, { bits, channels }) {
  const rowBytes = Math.ceil((width * channels * bits) / 8);
  const step = Math.max(1, (channels * bits) >> 3);
  if (start + height * (rowBytes + 1) > lines.length) {
    throw new BadImage("truncated", "the PNG file has fewer rows than its header says");
  }
  const samples = bits === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  let above = new Uint8Array(rowBytes);
  let at = start;
  for (let y = 0; y < height; y++) {
    const row = lines.subarray(at + 1, at + 1 + rowBytes);
    undoFilter(lines[at], row, above, step);
    unpack(row, samples, y * width * channels, width * channels, bits);
    above = row;
    at += rowBytes + 1;
  }
  return { samples, end: at };
}

function undoFilter(filter, row, above, step) {
  if (filter > 4) throw new BadImage("damaged", `the PNG file has an unknown filter, ${filter}`);
  for (let x = 0; x < row.length; x++) {
    const left = x >= step ? row[x - step] : 0;
    if (filter === 1) row[x] += left;
    else if (filter === 2) row[x] += above[x];
    else if (filter === 3) row[x] += (left + above[x]) >> 1;
    else if (filter === 4) row[x] += paeth(left, above[x], x >= step ? above[x - step] : 0);
  }
}

function paeth(left, above, corner) {
  const guess = left + above - corner;
  const toLeft = Math.abs(guess - left);
  const toAbove = Math.abs(guess - above);
  const toCorner = Math.abs(guess - corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function unpack(row, samples, start, count, bits) {
  if (bits === 8) samples.set(row, start);
  else if (bits === 16) for (let k = 0; k < count; k++) samples[start + k] = (row[2 * k] << 8) | row[2 * k + 1];
  else {
    const mask = (1 << bits) - 1;
    for (let k = 0; k < count; k++) {
      const bit = k * bits;
      samples[start + k] = (row[bit >> 3] >> (8 - bits - (bit & 7))) & mask;
    }
  }
}

function interlaced(lines, header) {
  const { width, height, channels, bits } = header;
  const samples = bits === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  let start = 0;
  for (const [left, top, across, down] of PASSES) {
    const wide = Math.ceil((width - left) / across);
    const tall = Math.ceil((height - top) / down);
    if (wide <= 0 || tall <= 0) continue;
    const pass = unfiltered(lines, start, wide, tall, header);
    start = pass.end;
    for (let y = 0, from = 0; y < tall; y++) {
      for (let x = 0; x < wide; x++) {
        const to = ((top + y * down) * width + left + x * across) * channels;
        for (let channel = 0; channel < channels; channel++) samples[to + channel] = pass.samples[from++];
      }
    }
  }
  return { samples };
}

function coloured(samples, header, chunks) {
  const { width, height, bits, type } = header;
  const size = { width, height, bits: bits === 16 ? 16 : 8 };
  const transparent = chunks.tRNS?.[0];
  if (type === 3) return { ...size, ...withPalette(samples, chunks.PLTE?.[0] ?? new Uint8Array(), transparent) };
  if (type === 4 || type === 6) return { ...size, ...withoutAlpha(samples, header.channels, bits) };
  const scale = bits < 8 ? 255 / ((1 << bits) - 1) : 1;
  const colour = scale === 1 ? samples : samples.map((value) => value * scale);
  // Of 16-bit files Pillow drops this transparency.
  const alpha = transparent && bits < 16 ? alphaOfColour(colour, header.channels, transparent) : null;
  return { ...size, colour, alpha };
}

function withPalette(samples, palette, transparent) {
  const colour = new Uint8Array(samples.length * 3);
  const alpha = transparent ? new Uint8Array(samples.length) : null;
  for (let at = 0; at < samples.length; at++) {
    const index = samples[at];
    for (let channel = 0; channel < 3; channel++) colour[3 * at + channel] = palette[3 * index + channel] ?? 0;
    if (alpha) alpha[at] = transparent[index] ?? 255;
  }
  return { colour, alpha };
}

function withoutAlpha(samples, channels, bits) {
  const count = samples.length / channels;
  const colours = channels - 1;
  const colour = new samples.constructor(count * colours);
  const alpha = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    for (let channel = 0; channel < colours; channel++) colour[at * colours + channel] = samples[at * channels + channel];
    alpha[at] = samples[at * channels + colours] >> (bits - 8);
  }
  return { colour, alpha };
}

// Pillow compares the colour that is transparent with the pixels after they were scaled to 8 bits.
function alphaOfColour(colour, channels, transparent) {
  const wanted = Array.from({ length: channels }, (_, k) => (transparent[2 * k] << 8) | transparent[2 * k + 1]);
  const alpha = new Uint8Array(colour.length / channels).fill(255);
  for (let at = 0; at < alpha.length; at++) {
    if (wanted.every((value, channel) => colour[at * channels + channel] === value)) alpha[at] = 0;
  }
  return alpha;
}

function metadata(chunks) {
  for (const data of chunks.iTXt ?? []) {
    const text = new TextDecoder().decode(data);
    if (text.startsWith("XML:com.adobe.xmp\0\0")) return { exif: chunks.eXIf?.[0] ?? null, xmp: text };
  }
  return { exif: chunks.eXIf?.[0] ?? null, xmp: "" };
}
