# Unfamiliar inputs: what a bundle knows of its training data, and answers that are withheld.

familiarity-invalid = familiarity.safetensors does not hold what ghep writes into it
    .remedy = copy the bundle again, or save it again with ghep
familiarity-features = the features have the shape { $found } per input, and those in familiarity.safetensors have { $expected } numbers
    .remedy = copy the folder again: the files of two models were mixed
inputs-drifted = { $count } of { $total } inputs are as far from the training data as the farthest { NUMBER($expected, style: "percent", maximumFractionDigits: 0) } of the { $n } validation examples; of inputs like these, { NUMBER($expected, style: "percent", maximumFractionDigits: 0) } would be (p = { $p })
    .remedy = do not trust the measured scores on these inputs; look at the least familiar of them (--json prints the familiarity of each), use --abstain, or label some of them and train again
drift-summary = { $count } of { $total } inputs are as far from the training data as the farthest { NUMBER($expected, style: "percent", maximumFractionDigits: 0) } of the validation examples (p = { $p }; drift is reported up to { $level })
setting-familiarity = Store features of at most 2,000 training examples in the bundle, by which predict recognises unfamiliar inputs.
    .allowed = true or false
setting-abstain = Share of answers to withhold on inputs like the validation data, such as 0.05: unfamiliar inputs and undecided answers.
    .allowed = a number between 0 and 1, both excluded
help-predict-abstain = Share of answers to withhold on inputs like the validation data, such as 0.05: half for unfamiliar inputs, half for undecided answers. The label is printed all the same, and after it unfamiliar or undecided.
help-evaluate-abstain = Also score the answers that ghep predict --abstain RATE does not withhold, such as 0.05.
abstain-not-a-rate = cannot abstain at the rate { $found }
    .remedy = choose a number between 0 and 1, such as 0.05
abstain-without-familiarity = this model cannot abstain: it does not hold the features of its training data
    .remedy = train it again with a valid split and without --no-familiarity; exports in int8, web and hf do not have them, and neither have networks with one feature vector per token
abstain-rate-too-small = cannot abstain at the rate { $rate } for { $task }: too few validation examples to tell so rare inputs
    .remedy = choose { $least } or more, or train with more validation examples
predictions-withheld = { $unfamiliar } unfamiliar and { $undecided } undecided of { $total } { $total ->
    [one] answer
   *[other] answers
 }; of inputs like the validation data, at most { NUMBER($rate, style: "percent", maximumFractionDigits: 1) } would be either
scores-abstain = with --abstain { $rate }, { $unfamiliar } unfamiliar and { $undecided } undecided of { $task }:
scores-of-answered = { $kind ->
    [answered] share answered
    [on-answered] { $score }, answered
   *[on-unfamiliar] { $score }, unfamiliar
 }
prediction-abstained = { $kind ->
    [unfamiliar] unfamiliar: unlike the training data
   *[undecided] undecided: less sure than nearly all answers on the validation data
 }
prediction-count-abstained = { $count } withheld
