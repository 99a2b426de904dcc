// The image loader. In: the bytes of a file. Out: an upright RGB image {width, height, data}, uint8, 3 per pixel.
//
// The rules are those of ghep/data/image/loader.py: transparent pixels become white, EXIF orientation is applied, colour
// profiles are not, and 16 bits are scaled by the black and white of the training data. PNG and JPEG are decoded here,
// to the same pixels as in Python; other formats by the browser, whose pixels may differ in the last bits.

import { BadImage, decodePng, isPng } from "./png.js";
import { decodeJpeg, isJpeg } from "./jpeg.js";

const MAX_PIXELS = 64_000_000;
const MAX_FILE_BYTES = 256 * 2 ** 20;
const MAX_ASPECT = 256;
const FEWEST_LEVELS = 4096;
const SAMPLED = 200_000;

// Return the upright image, and whether its pixels are those of Python: {image, exact}.
export async function loadImage(bytes, settings) {
  if (!bytes.length) throw new BadImage("empty", "the file has no bytes");
  if (bytes.length > MAX_FILE_BYTES) throw new BadImage("too-large-file", `more than ${MAX_FILE_BYTES} bytes`);
  if (isPng(bytes)) {
    const png = await decodePng(bytes, checkSize);
    return { image: upright(flattened(png, settings.levels ?? {}), orientation(png.exif, png.xmp)), exact: true };
  }
  if (isJpeg(bytes)) {
    const jpeg = decodeJpeg(bytes, { check: checkSize, atLeast: atLeast(settings) });
    return { image: upright(jpeg, orientation(jpeg.exif, jpeg.xmp)), exact: true };
  }
  if (isOfBrowser(bytes)) return { image: await decodedByBrowser(bytes), exact: false };
  throw new BadImage("not-an-image", "no image that can be read here");
}

// Whether the first bytes are those of WebP, GIF, BMP or AVIF.
function isOfBrowser(bytes) {
  const letters = (start, end) => String.fromCharCode(...bytes.subarray(start, end));
  return (
    (letters(0, 4) === "RIFF" && letters(8, 12) === "WEBP") ||
    ["GIF87a", "GIF89a"].includes(letters(0, 6)) ||
    letters(0, 2) === "BM" ||
    ["ftypavif", "ftypavis"].includes(letters(4, 12))
  );
}

function checkSize(width, height) {
  if (!width || !height) throw new BadImage("empty", `the image is ${width} x ${height} pixels`);
  if (width * height > MAX_PIXELS) throw new BadImage("too-many-pixels", `more than ${MAX_PIXELS} pixels`);
  if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) {
    throw new BadImage("too-elongated", `one side is more than ${MAX_ASPECT} times the other`);
  }
}

// Return the shorter side to which a JPEG may be reduced while it is decoded; null for the filter that does not average.
function atLeast(settings) {
  if (settings.interpolation === "nearest") return null;
  const { width, height } = settings.crop_size;
  const shorter = Math.min(width, height);
  const longest = Math.floor((settings.resize_to * Math.max(width, height)) / shorter);
  return 2 * (settings.crop_mode === "center" ? settings.resize_to : longest);
}

// Return the RGB image of a decoded PNG: 16 bits scaled to 8, grey repeated, transparency on white.
function flattened({ width, height, bits, colour, alpha }, levels) {
  const values = bits === 16 ? toEightBits(colour, levels.integers, colour.length / (width * height)) : colour;
  const isGrey = values.length === width * height;
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    for (let channel = 0; channel < 3; channel++) {
      const level = isGrey ? values[at] : values[3 * at + channel];
      data[3 * at + channel] = alpha ? onWhite(level, alpha[at]) : level;
    }
  }
  return { width, height, data };
}

// Return a level on white paper, rounded as Pillow's alpha_composite rounds.
function onWhite(level, alpha) {
  const scaled = level * alpha * 128 + 255 * (255 - alpha) * 128 + (0x80 << 7);
  return (((scaled >> 8) + scaled) >> 8) >> 7;
}

// Return 16-bit values as 8 bits: black becomes 0, white 255. `range` is [black, white], or undefined if not measured.
function toEightBits(values, range, channels) {
  const middle = range && median(values, channels);
  if (range && (middle < range[0] || middle > range[1])) {
    throw new BadImage("unknown-range", "most values are outside the black and white of the training images");
  }
  if (!range && values.reduce((most, value) => Math.max(most, value), 0) < FEWEST_LEVELS) {
    throw new BadImage("unknown-range", "16-bit image without bright pixels: the value of white is unknown");
  }
  const [black, white] = range ?? [0, 65535];
  const factor = Math.fround(255 / (white - black));
  const table = new Uint8Array(65536);
  for (let value = 0; value < 65536; value++) {
    const scaled = Math.fround(Math.fround(value - Math.fround(black)) * factor);
    table[value] = Math.min(255, Math.max(0, roundHalfToEven(scaled)));
  }
  return Uint8Array.from(values, (value) => table[value]);
}

// Return the median of every n-th value; n shares no factor with `rowValues`, the number of values in a row.
function median(values, rowValues) {
  let step = Math.max(1, Math.floor(values.length / SAMPLED));
  while (step > 1 && greatestCommonDivisor(step, rowValues) > 1) step += 1;
  const sample = values.filter((_, at) => at % step === 0).sort();
  const half = sample.length >> 1;
  return sample.length % 2 ? sample[half] : (sample[half - 1] + sample[half]) / 2;
}

function greatestCommonDivisor(a, b) {
  return b ? greatestCommonDivisor(b, a % b) : a;
}

function roundHalfToEven(number) {
  const rounded = Math.round(number);
  return rounded - number === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

// Return the EXIF orientation, 1 to 8, or else that of XMP; 1 for an upright image and for a damaged block.
export function orientation(exif, xmp) {
  const found = exif && exifOrientation(exif);
  if (found) return found;
  const match = /tiff:Orientation(?:="|>)([0-9])/.exec(xmp ?? "");
  return match ? Number(match[1]) : 1;
}

function exifOrientation(exif) {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  try {
    const little = view.getUint16(0) === 0x4949;
    const directory = view.getUint32(4, little);
    for (let entry = 0; entry < view.getUint16(directory, little); entry++) {
      const at = directory + 2 + 12 * entry;
      if (view.getUint16(at, little) === 0x0112) return view.getUint16(at + 8, little);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a broken EXIF block does not make the pixels unusable
  }
  return null;
}

// Return the image turned and flipped as its orientation says.
function upright(image, turn) {
  if (!(turn >= 2 && turn <= 8)) return { width: image.width, height: image.height, data: image.data };
  const { width: wide, height: tall, data: source } = image;
  const onItsSide = turn >= 5;
  const [width, height] = onItsSide ? [tall, wide] : [wide, tall];
  const data = new Uint8Array(source.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const [across, down] = onItsSide ? [y, x] : [x, y];
      const column = [2, 3, 7, 8].includes(turn) ? wide - 1 - across : across;
      const row = [3, 4, 6, 7].includes(turn) ? tall - 1 - down : down;
      const from = (row * wide + column) * 3;
      data[to] = source[from];
      data[to + 1] = source[from + 1];
      data[to + 2] = source[from + 2];
    }
  }
  return { width, height, data };
}

// Return the image of another format, such as WebP, as the browser decodes it: upright, on white.
async function decodedByBrowser(bytes) {
  let bitmap;
  try {
    const options = { colorSpaceConversion: "none", premultiplyAlpha: "none", imageOrientation: "from-image" };
    bitmap = await createImageBitmap(new Blob([bytes]), options);
  } catch {
    throw new BadImage("not-an-image", "this browser cannot decode the file");
  }
  const { width, height } = bitmap;
  checkSize(width, height);
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const { data: layer } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    for (let channel = 0; channel < 3; channel++) data[3 * at + channel] = onWhite(layer[4 * at + channel], layer[4 * at + 3]);
  }
  return { width, height, data };
}
