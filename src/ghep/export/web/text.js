// Preprocessing of texts. In: a text. Out: the input of the network: token ids (L), or the bytes of words (L, C).
//
// The same as ghep/data/text/loader.py and tokens.py: which texts are refused, what is kept of a text that is too long,
// special tokens. Tokens are found by @huggingface/tokenizers, whose class `Tokenizer` is passed in.

const MAX_CHARACTERS = 1_000_000;
const MAX_CONTROL_SHARE = 0.1;
const CONTROL = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/g;
const SOMETHING = /[^\s\x1c-\x1f\x85\u00ad\u200b\u200c\u200d\u2060\ufeff]/;
const WORD_BEFORE = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const WORD_AFTER = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const WORD_BEGINS = 259; // of the byte code of words, in ghep/data/text/word_bytes.py
const WORD_ENDS = 260;
const FILL = 261;

export class BadText extends Error {
  // `reason` is one of those in ghep/data/text/loader.py.
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}

// Return the text as the tokenizer reads it; BadText if it cannot be used.
export function checkedText(given) {
  const text = given.replace(/^\ufeff/, "");
  const length = text.length > MAX_CHARACTERS ? [...text].length : text.length;
  if (length > MAX_CHARACTERS) throw new BadText("too-long", `${length} characters; at most ${MAX_CHARACTERS} are read`);
  if (!SOMETHING.test(text)) throw new BadText("empty", text ? "no characters but spaces" : "no characters");
  if (text.includes("\0")) throw new BadText("not-text", "a zero character");
  const control = text.match(CONTROL)?.length ?? 0;
  if (control > MAX_CONTROL_SHARE * [...text].length) throw new BadText("not-text", `${control} control characters`);
  return text.toWellFormed();
}

// Return the text in the bytes of a file; BadText unless they are UTF-8.
export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BadText("not-utf-8", "the file is not UTF-8");
  }
}

// Return a function: text -> {values: integers, shape: [L] or [L, C]}.
export function encoder(settings, Tokenizer) {
  const tokenizer = new Tokenizer(settings.tokenizer, {});
  const encode = { tokens: encodeTokens, words: encodeWords, characters: encodeCharacters }[settings.kind];
  const state = settings.kind === "words" ? wholeWords(settings, tokenizer) : null;
  return (text) => encode(checkedText(text), settings, tokenizer, state);
}

function encodeTokens(text, settings, tokenizer) {
  // Rust lower-cases letter by letter; JavaScript makes a final sigma at the end of a word.
  const given = settings.lower_cases ? text.replaceAll("Σ", "σ") : text;
  return ids(tokenizer.encode(given, { add_special_tokens: false }).ids, settings);
}

function ids(body, { before, after, max_length: most, truncate, unknown }) {
  const kept = truncated(body, most - before.length - after.length, truncate);
  const found = [...before, ...kept, ...after];
  const values = found.length ? found : [unknown];
  return { values, shape: [values.length] };
}

// Return at most `limit` items: the beginning, the end, or a quarter from the beginning and the rest from the end.
function truncated(items, limit, truncate) {
  if (items.length <= limit) return items;
  const head = { head: limit, tail: 0 }[truncate] ?? Math.floor(limit / 4);
  return [...items.slice(0, head), ...items.slice(items.length - (limit - head))];
}

// Word vectors: words of the vocabulary with a mark inside ("don't", "3.14") are kept whole if they stand alone.
function wholeWords({ tokenizer: { added_tokens: added, model } }, tokenizer) {
  const places = new Map(Object.entries(model.vocab));
  const byBeginning = new Map();
  for (const { content } of added) {
    const word = normalised(tokenizer, content);
    const beginning = word.slice(0, 2);
    if (!byBeginning.has(beginning)) byBeginning.set(beginning, []);
    byBeginning.get(beginning).push({ word, place: places.get(content) });
  }
  for (const words of byBeginning.values()) words.sort((a, b) => b.word.length - a.word.length);
  return { places, byBeginning };
}

function encodeWords(text, settings, tokenizer, { places, byBeginning }) {
  const whole = normalised(tokenizer, text);
  const found = [];
  const split = (part) => {
    if (part) for (const word of tokenizer.pre_tokenizer(part)) found.push(places.get(word) ?? settings.unknown);
  };
  let start = 0;
  for (let at = 0; at < whole.length; at++) {
    const match = byBeginning.get(whole.slice(at, at + 2))?.find(({ word }) => whole.startsWith(word, at));
    if (!match) continue;
    const end = at + match.word.length;
    if (!WORD_BEFORE.test(whole.slice(Math.max(0, at - 2), at)) && !WORD_AFTER.test(whole.slice(end, end + 2))) {
      split(whole.slice(start, at));
      found.push(match.place);
      start = end;
    }
    at = end - 1;
  }
  split(whole.slice(start));
  return ids(found, settings);
}

function normalised(tokenizer, text) {
  return tokenizer.normalizer ? tokenizer.normalizer(text) : text;
}

function encodeCharacters(text, settings, tokenizer) {
  const words = truncated(tokenizer.pre_tokenizer(normalised(tokenizer, text)), settings.max_length, settings.truncate);
  const rows = (words.length ? words : [""]).map((word) => wordBytes(word, settings.letters));
  return { values: rows.flat(), shape: [rows.length, settings.letters] };
}

function wordBytes(word, most) {
  const letters = new TextEncoder().encode(word).subarray(0, most - 2);
  const row = new Array(most).fill(FILL);
  row[0] = WORD_BEGINS;
  letters.forEach((byte, at) => (row[at + 1] = byte + 1));
  row[letters.length + 1] = WORD_ENDS;
  return row;
}
