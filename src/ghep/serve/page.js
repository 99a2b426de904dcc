// The page of ghep serve: sends the form in the background, so that several images can be dropped, pasted or chosen, and
// takes each answer out of the page that the server returns. All texts come from the server; none is put in as HTML.
"use strict";

const MOST_ANSWERS = 50; // kept on the page
const form = document.getElementById("ask");
const status_ = document.getElementById("status");
const answers = document.getElementById("answers");
const none = document.getElementById("none");
const images = form.dataset.modality === "image";
let running = Promise.resolve(); // requests are sent one after another
let waiting = 0;

for (const one of document.querySelectorAll(".scripted")) one.hidden = false;

/** Ask for the answer to the form's `body`; `file` is the image in it, or null. */
function predict(body, file) {
  waiting += 1;
  say(form.dataset.working, true);
  running = running.then(async () => {
    const found = await answered(body, file);
    waiting -= 1;
    show(found, file);
    say(waiting ? form.dataset.working : found.summary, waiting > 0);
  });
  return running;
}

/** Return the elements of an answer, and the same in one line. */
async function answered(body, file) {
  if (file && file.size > Number(form.dataset.most)) return refusal(file.name, form.dataset.large);
  const name = file ? file.name : "";
  let text, type;
  try {
    const response = await fetch("/", { method: "POST", body });
    [text, type] = [await response.text(), response.headers.get("content-type") || ""];
  } catch {
    return refusal(name, form.dataset.offline);
  }
  if (type.includes("json")) return refusalOf(name, text);
  const page = new DOMParser().parseFromString(text, "text/html");
  const elements = [...page.querySelectorAll("#answers > *")];
  if (!elements.length) return refusal(name, form.dataset.strange);
  return { elements, summary: elements.map(line).join("; ") };
}

/** Return an answer in one line: the name and each label. */
function line(element) {
  const name = element.querySelector("h3");
  const said = element.querySelectorAll(".label, .refusal .detail");
  return [name, ...said].filter(Boolean).map((one) => one.textContent.trim().replace(/\s+/g, " ")).join(": ");
}

function refusalOf(name, text) {
  try {
    const problem = JSON.parse(text);
    return refusal(problem.title || name, problem.detail || form.dataset.strange, problem.fix);
  } catch {
    return refusal(name, form.dataset.strange);
  }
}

function refusal(title, detail, fix = "") {
  const element = document.getElementById("refusal").content.firstElementChild.cloneNode(true);
  element.querySelector(".title").textContent = title;
  element.querySelector(".detail").textContent = detail;
  element.querySelector(".remedy").textContent = fix || "";
  return { elements: [element], summary: "" };
}

function show(found, file) {
  const adopted = found.elements.map((one) => document.adoptNode(one));
  answers.prepend(...adopted);
  none.hidden = true;
  for (const one of adopted) {
    for (const hidden of one.querySelectorAll(".scripted")) hidden.hidden = false;
    if (file && one.matches(".answer")) preview(one, file);
  }
  while (answers.children.length > MOST_ANSWERS) forget(answers.lastElementChild);
}

/** Show the image itself, and on request where the evidence for the answer is. */
function preview(answer, file) {
  const image = document.createElement("img");
  image.addEventListener("error", () => (image.hidden = true)); // such as TIFF, which the server reads and browsers do not
  image.dataset.own = URL.createObjectURL(file);
  answer.querySelector(".shown").append(image);
  const buttons = answer.querySelectorAll("button.where");
  const legend = answer.querySelector(".legend");

  /** Show `source`; `pressed` is the button that asked for it, or null for the image itself. */
  function look(source, alt, pressed) {
    [image.src, image.alt, image.hidden] = [source, alt, false];
    for (const one of buttons) one.setAttribute("aria-pressed", String(one === pressed));
    if (legend) legend.hidden = !pressed;
  }

  look(image.dataset.own, file.name, null);
  for (const button of buttons) {
    button.addEventListener("click", async () => {
      if (button.hasAttribute("aria-busy")) return;
      if (button.getAttribute("aria-pressed") === "true") return look(image.dataset.own, file.name, null);
      const { task, label } = button.closest(".task").dataset;
      button.setAttribute("aria-busy", "true"); // a disabled button would lose the focus
      button.dataset.map ||= await explained(file, task, label);
      button.removeAttribute("aria-busy");
      if (!button.dataset.map) return;
      look(button.dataset.map, `${button.textContent}: ${label || task}. ${legend.textContent}`, button);
      say(image.alt, false);
    });
  }
}

/** Return the address of the map for `label`, or an empty one if there is none, which is shown in words. */
async function explained(file, task, label) {
  const body = new FormData();
  body.append("file", file, file.name);
  try {
    const response = await fetch(`/explain?${new URLSearchParams({ task, label })}`, { method: "POST", body });
    if (response.ok) return URL.createObjectURL(await response.blob());
    show(refusalOf(file.name, await response.text()), null);
  } catch {
    show(refusal(file.name, form.dataset.offline), null);
  }
  return "";
}

function forget(element) {
  for (const one of element.querySelectorAll("[data-own]")) URL.revokeObjectURL(one.dataset.own);
  for (const one of element.querySelectorAll("[data-map]")) URL.revokeObjectURL(one.dataset.map);
  element.remove();
}

function say(text, busy) {
  status_.textContent = text;
  status_.classList.toggle("busy", busy);
  status_.classList.toggle("unseen", !busy); // what is said then is on the page as well
}

/** Predict each of `files`, images exactly as they are. */
function send(files) {
  for (const file of files) {
    const body = new FormData();
    body.append("file", file, file.name);
    predict(body, file);
  }
}

if (images) {
  const drop = form.querySelector(".drop");
  form.querySelector(".ask").hidden = true; // what is chosen, dropped or pasted is sent at once
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      send(input.files);
      input.value = ""; // so that the same file can be chosen again
    });
  }
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    send(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    send(event.clipboardData.files);
  });
} else {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    predict(new FormData(form), null);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", async (event) => {
    const [file] = event.dataTransfer.files;
    if (!file) return; // dropped text goes where it is dropped
    event.preventDefault(); // else the browser would leave the page for the file
    if (file.size > Number(form.dataset.most)) return show(refusal(file.name, form.dataset.large), null);
    const box = event.target.closest("textarea") || form.querySelector("textarea");
    box.value = await file.text();
    box.focus();
  });
}
