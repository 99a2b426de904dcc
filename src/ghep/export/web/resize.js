// Preprocessing of images. In: upright RGB pixels. Out: the input of the network, float32 (3, H, W).
//
// Bit-equal to ghep/data/image/preprocess.py, which resizes with Pillow: a canvas would resize with another filter on
// every browser. The resampler computes coefficients in double precision, rounds them to 22 binary places, and makes a
// horizontal and a vertical pass, with 8 bits in between. An image is {width, height, data}: uint8, 3 per pixel.

const PRECISION_BITS = 22;

// A filter: its half width in pixels of the output, and its value at x.
const FILTERS = {
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, at: hamming },
  bicubic: { support: 2, at: bicubic },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x) {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

// Pillow has the two constants in single precision.
function hamming(x) {
  const distance = Math.abs(x);
  if (distance === 0) return 1;
  if (distance >= 1) return 0;
  const angle = distance * Math.PI;
  return (Math.sin(angle) / angle) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(angle));
}

function bicubic(x) {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

// Return the network's input of an image, and the cropped pixels: {pixels: Float32Array (3, H, W), cropped}.
export function preprocess(image, config) {
  const { width, height } = resizedSize(image.width, image.height, config);
  const resized = resize(image, width, height, config.interpolation, config.tall_first);
  const cropped = centreCrop(resized, config.crop_size.width, config.crop_size.height);
  return { pixels: normalise(cropped, config.image_mean, config.image_std), cropped };
}

// Return the size after resizing: the shorter edge becomes `resize_to`, or (squash) both edges are set.
export function resizedSize(width, height, config) {
  const to = config.resize_to;
  if (config.crop_mode === "squash") {
    const { width: cropWidth, height: cropHeight } = config.crop_size;
    const shorter = Math.min(cropWidth, cropHeight);
    return { width: Math.floor((to * cropWidth) / shorter), height: Math.floor((to * cropHeight) / shorter) };
  }
  return width <= height
    ? { width: to, height: Math.max(1, Math.trunc((to * height) / width)) }
    : { width: Math.max(1, Math.trunc((to * width) / height)), height: to };
}

// Return the image resized as by Pillow's Image.resize. With `tallFirst` an image that loses many more rows than columns
// has its vertical pass first, as from Pillow 13 on; the order decides how the values in between are rounded.
export function resize(image, width, height, interpolation, tallFirst) {
  if (width === image.width && height === image.height) return image;
  if (interpolation === "nearest") return nearest(image, width, height);
  const filter = FILTERS[interpolation];
  const across = (one) => (width === one.width ? one : horizontally(one, width, filter));
  const down = (one) => (height === one.height ? one : vertically(one, height, filter));
  const rows = image.height - height;
  return tallFirst && rows > 0 && rows > 2 * (image.width - width) ? across(down(image)) : down(across(image));
}

function nearest(image, width, height) {
  const columns = nearestPlaces(image.width, width);
  const rows = nearestPlaces(image.height, height);
  const data = new Uint8Array(width * height * 3);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (rows[y] * image.width + columns[x]) * 3;
      data[at++] = image.data[from];
      data[at++] = image.data[from + 1];
      data[at++] = image.data[from + 2];
    }
  }
  return { width, height, data };
}

// Positions are summed up, as Pillow does, and not multiplied: the last digits of the sum decide at the edge of a pixel.
function nearestPlaces(before, after) {
  const step = before / after;
  const places = new Int32Array(after);
  let place = step * 0.5;
  for (let index = 0; index < after; index++, place += step) places[index] = Math.min(before - 1, Math.trunc(place));
  return places;
}

function horizontally(image, width, filter) {
  const { first, count, weights, most } = coefficients(image.width, width, filter);
  const { data: source, width: before, height } = image;
  const data = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    const row = y * before * 3;
    for (let x = 0; x < width; x++, at += 3) {
      const weight = x * most;
      let from = row + first[x] * 3;
      let red = 1 << (PRECISION_BITS - 1);
      let green = red;
      let blue = red;
      for (let k = 0; k < count[x]; k++, from += 3) {
        red += source[from] * weights[weight + k];
        green += source[from + 1] * weights[weight + k];
        blue += source[from + 2] * weights[weight + k];
      }
      data[at] = red >> PRECISION_BITS;
      data[at + 1] = green >> PRECISION_BITS;
      data[at + 2] = blue >> PRECISION_BITS;
    }
  }
  return { width, height, data };
}

function vertically(image, height, filter) {
  const { first, count, weights, most } = coefficients(image.height, height, filter);
  const { data: source, width } = image;
  const row = width * 3;
  const data = new Uint8ClampedArray(row * height);
  const sums = new Int32Array(row);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (PRECISION_BITS - 1));
    for (let k = 0; k < count[y]; k++) {
      const weight = weights[y * most + k];
      const from = (first[y] + k) * row;
      for (let x = 0; x < row; x++) sums[x] += source[from + x] * weight;
    }
    for (let x = 0; x < row; x++) data[y * row + x] = sums[x] >> PRECISION_BITS;
  }
  return { width, height, data };
}

// Return for each pixel of the output the first pixel of the input, their number, and their integer weights.
function coefficients(before, after, filter) {
  const scale = before / after;
  const filterScale = Math.max(1, scale); // an enlarged image is interpolated, a reduced one averaged (antialiasing)
  const support = filter.support * filterScale;
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(after);
  const count = new Int32Array(after);
  const weights = new Int32Array(after * most);
  const exact = new Float64Array(most);
  const inverse = 1 / filterScale;
  for (let index = 0; index < after; index++) {
    const centre = (index + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const number = Math.min(before, Math.trunc(centre + support + 0.5)) - from;
    let total = 0;
    for (let k = 0; k < number; k++) {
      exact[k] = filter.at((k + from - centre + 0.5) * inverse);
      total += exact[k];
    }
    for (let k = 0; k < number; k++) {
      const share = (total === 0 ? exact[k] : exact[k] / total) * (1 << PRECISION_BITS);
      weights[index * most + k] = Math.trunc(share + (share < 0 ? -0.5 : 0.5));
    }
    first[index] = from;
    count[index] = number;
  }
  return { first, count, weights, most };
}

// Return the centre of the image; a side that is too short is first padded with black.
export function centreCrop(image, width, height) {
  const padded = padToAtLeast(image, width, height);
  const left = halfToEven(padded.width - width);
  const top = halfToEven(padded.height - height);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * padded.width + left) * 3;
    data.set(padded.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, data };
}

function padToAtLeast(image, width, height) {
  if (image.width >= width && image.height >= height) return image;
  const wide = Math.max(width, image.width);
  const tall = Math.max(height, image.height);
  const left = (wide - image.width) >> 1;
  const top = (tall - image.height) >> 1;
  const data = new Uint8Array(wide * tall * 3);
  for (let y = 0; y < image.height; y++) {
    const from = y * image.width * 3;
    data.set(image.data.subarray(from, from + image.width * 3), ((top + y) * wide + left) * 3);
  }
  return { width: wide, height: tall, data };
}

// Return number / 2, rounded to an even integer in the middle, as Python's round().
function halfToEven(number) {
  const half = number >> 1;
  return number % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

// Return float32 (3, H, W): (pixel / 255 - mean) / std, each step rounded to float32.
export function normalise(image, mean, std) {
  const size = image.width * image.height;
  const found = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const values = new Float32Array(256);
    for (let level = 0; level < 256; level++) {
      const centred = Math.fround(Math.fround(level / 255) - Math.fround(mean[channel]));
      values[level] = centred / Math.fround(std[channel]);
    }
    for (let at = 0; at < size; at++) found[channel * size + at] = values[image.data[3 * at + channel]];
  }
  return found;
}
