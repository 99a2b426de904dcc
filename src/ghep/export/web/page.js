// The page: loads the model, takes images or texts, and shows the answers. Texts of the page come from the settings; names
// and labels are put in as text, never as HTML.

import * as ort from "./onnxruntime.js";
import { Tokenizer } from "./tokenizers.js";
import { Model, unpacked } from "./model.js";

const SHOWN_CLASSES = 5;
const MOST_ANSWERS = 50;
const TEXT_CHARACTERS = 160;

const form = document.getElementById("ask");
const status = document.getElementById("status");
const answers = document.getElementById("answers");
let words = {}; // name of a text of the page -> the text
let running = Promise.resolve(); // inputs are predicted one after another

start();

async function start() {
  try {
    const settings = await embeddedOr("settings", (response) => response.json());
    words = settings.words;
    const wasm = await embeddedOr("runtime.wasm", bytesOf);
    const graph = await embeddedOr("model.onnx", bytesOf);
    const model = await Model.open({ ort, Tokenizer, wasm, graph, settings });
    const difference = await model.selfTest();
    accept(model);
    globalThis.ghep = { model, difference }; // for scripts that use the model on this page
    say(words.ready, "ready");
  } catch (error) {
    fail(error);
  }
}

// Return a file: a block of the page if it has one (opened without a server), or else the file next to the page.
async function embeddedOr(name, read) {
  const block = document.getElementById(name);
  if (block) return block.type === "application/json" ? JSON.parse(block.textContent) : unpacked(block.textContent);
  const response = await fetch(name === "settings" ? "settings.json" : name);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return read(response);
}

async function bytesOf(response) {
  return new Uint8Array(await response.arrayBuffer());
}

function decimals(probability) {
  const three = { minimumFractionDigits: 3, maximumFractionDigits: 3 };
  return probability.toLocaleString(document.documentElement.lang, three);
}

function say(text, state) {
  status.textContent = text;
  status.dataset.state = state;
}

function fail(error) {
  say(`${words.failed ?? ""} ${error.message}`, "failed");
  console.error(error);
}

function accept(model) {
  for (const control of form.elements) control.disabled = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  if (model.settings.modality === "image") acceptImages(model);
  else acceptTexts(model);
}

function acceptImages(model) {
  const input = document.getElementById("file");
  const zone = form.querySelector(".drop");
  const predictAll = (files) => [...files].forEach((file) => predict(model, file, file.name));
  input.addEventListener("change", () => {
    predictAll(input.files);
    input.value = ""; // so that the same file can be chosen again
  });
  document.addEventListener("paste", (event) => predictAll(event.clipboardData.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? zone.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    predictAll(event.dataTransfer.files);
  });
}

function acceptTexts(model) {
  const box = document.getElementById("text");
  form.addEventListener("submit", () => predict(model, box.value, box.value));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

// Predict one input, a file or a text, after those before it, and show the answers above the earlier ones.
function predict(model, input, name) {
  running = running.then(async () => {
    say(words.working, "busy");
    await new Promise((done) => setTimeout(done)); // lets the browser show it first
    const raw = typeof input === "string" ? input : new Uint8Array(await input.arrayBuffer());
    try {
      const found = await model.predict(raw, name);
      answers.prepend(shown(found, input, name));
      while (answers.children.length > MOST_ANSWERS) answers.lastChild.remove();
      say(found.map(inOneLine).join("; "), "ready");
    } catch (error) {
      fail(error);
    }
  });
  return running;
}

function inOneLine(answer) {
  if (answer.problem) return `${words.none}: ${detail(answer.problem)}`;
  return `${answer.label || words.without_class} ${summary(answer)}`;
}

function detail(problem) {
  return words.problems[problem.reason] ?? problem.detail;
}

function summary({ probability, interval }) {
  if (probability !== null) return filled(words.probability, { probability: decimals(probability) });
  return interval ? filled(words.interval, { low: interval[0], high: interval[1] }) : "";
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function shown(found, input, name) {
  const title = [...name].length > TEXT_CHARACTERS ? `${[...name].slice(0, TEXT_CHARACTERS).join("")}…` : name;
  const said = element("div", { className: "said" }, element("h3", { className: "name", textContent: title }));
  for (const answer of found) {
    if (found.length > 1) said.append(element("h4", { className: "name", textContent: answer.task }));
    said.append(...(answer.problem ? [refusal(answer.problem)] : [label(answer), ...classes(answer)]));
  }
  const article = element("article", { className: "answer", ariaLabel: title }, said);
  if (typeof input !== "string" && !found[0].problem) article.prepend(preview(input));
  return article;
}

function preview(file) {
  const image = element("img", { alt: "", src: URL.createObjectURL(file) });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  return image;
}

function refusal(problem) {
  const text = `${words.none}: ${detail(problem)}`;
  return element("p", { className: "problem", textContent: text });
}

function label(answer) {
  const strong = element("strong", { className: "name", textContent: answer.label || words.without_class });
  return element("p", { className: "label" }, strong, " ", element("span", { className: "quiet", textContent: summary(answer) }));
}

// The likeliest classes with their probabilities, as a table.
function classes({ task, probabilities }) {
  const ranked = Object.entries(probabilities).sort((a, b) => b[1] - a[1]);
  if (!ranked.length) return [];
  const caption = element("caption", { className: "unseen", textContent: filled(words.classes, { task }) });
  const body = element("tbody");
  for (const [name, probability] of ranked.slice(0, SHOWN_CLASSES)) {
    const header = element("th", { scope: "row", className: "name", textContent: name });
    const value = element("td", { className: "n", textContent: decimals(probability) });
    body.append(element("tr", {}, header, element("td", {}, bar(probability)), value));
  }
  const left = ranked.length - SHOWN_CLASSES;
  const rest = left > 0 ? [element("p", { className: "quiet", textContent: filled(words.more, { count: left }) })] : [];
  const columns = element("colgroup", {}, ...["name", "", "n"].map((className) => element("col", { className })));
  return [element("table", { className: "classes" }, caption, columns, body), ...rest];
}

function bar(share) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 1");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [kind, width] of [["whole", 100], ["part", 100 * share]]) {
    const rectangle = document.createElementNS(space, "rect");
    rectangle.setAttribute("class", kind);
    rectangle.setAttribute("width", width);
    rectangle.setAttribute("height", 1);
    svg.append(rectangle);
  }
  return svg;
}
