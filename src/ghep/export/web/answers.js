// Turn the outputs of the network into answers, as ghep/export/base_predictor.py does. In: outputs of one input by name.
// Out: one answer per task, with the fields of ghep's HTTP answers.

const DIGITS = 5; // of a predicted number, from the first digit of the spread on
const BAR = "|"; // between the classes of a label set
const unmeasured = { familiarity: null, certainty: null, unfamiliar: null, abstained: false }; // needs training features

// Return the answers for one input; `outputs` maps a name to its values. An output that is not finite has no label.
export function answersOf(outputs, { tasks, half_widths: halfWidths }, input) {
  return tasks.map((task) => {
    const named = (what) => outputs[tasks.length === 1 ? what : `${task.name}.${what}`];
    const empty = { input, task: task.name, label: null, probability: null, probabilities: {}, value: null };
    const answer = { ...empty, interval: null, problem: null, ...unmeasured };
    if (!named("logits").every(Number.isFinite)) {
      return { ...answer, problem: { reason: "not-finite", detail: "the outputs of the model are NaN or infinite" } };
    }
    if (task.kind === "regression") return { ...answer, ...number(named("logits")[0], task, halfWidths[task.name]) };
    const probabilities = [...named("probabilities")];
    const chosen = task.kind === "multi_label" ? labelSet(probabilities, task) : likeliest(probabilities, task);
    return { ...answer, ...chosen, probabilities: Object.fromEntries(task.classes.map((name, k) => [name, probabilities[k]])) };
  });
}

// Return an answer without a label for each task, because the input cannot be used.
export function refusals({ reason, message }, { tasks }, input) {
  return tasks.map((task) => ({
    ...{ input, task: task.name, label: null, probability: null, probabilities: {}, value: null, interval: null },
    ...{ problem: { reason: reason ?? "damaged", detail: message }, ...unmeasured },
  }));
}

function likeliest(probabilities, task) {
  const probability = Math.max(...probabilities);
  return { label: task.classes[probabilities.indexOf(probability)], probability };
}

// The classes above one half; their probability is the product over all classes.
function labelSet(probabilities, task) {
  const label = task.classes.filter((_, k) => probabilities[k] > 0.5).join(BAR);
  const probability = probabilities.reduce((product, one) => product * (one > 0.5 ? one : 1 - one), 1);
  return { label, probability };
}

// A number in the units of the labels, and the interval that contains the true one in 9 of 10 cases.
function number(logit, { mean, spread }, halfWidth) {
  const value = mean + spread * logit;
  const end = (distance) => rounded(mean + spread * (logit + distance), spread);
  const interval = halfWidth === undefined ? null : [end(-halfWidth), end(halfWidth)];
  return { label: String(rounded(value, spread)), value, interval };
}

function rounded(value, spread) {
  const places = DIGITS - 1 - Math.floor(Math.log10(spread));
  if (places >= 0) return Number(value.toFixed(Math.min(places, 100)));
  const unit = 10 ** -places;
  return Math.round(value / unit) * unit;
}
