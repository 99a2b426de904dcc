# explain, for texts, and similar.

# Errors.

explain-texts-of-images = { $name } reads images, so it has no words to explain
    .remedy = pass a bundle of texts, or explain photos: ghep explain BUNDLE photo.jpg
explain-photos-only = { LIST($options) } { $count ->
    [one] is
   *[other] are
 } for photos, and { $name } reads texts
    .remedy = leave { $count ->
    [one] it
   *[other] them
 } out
words-not-read = { $count ->
    [one] one text was
   *[other] { $count } texts were
 } not read to the end: { $words } words are behind the { $limit } positions that the model reads
    .remedy = explain these parts as texts of their own, or fit with a larger --max-length
words-nothing-to-plot = none of the texts has a word to plot
    .remedy = see "problem" of each text

# The page of explained texts.

words-title = What { $model } reads
words-predicted = { $label } ({ $probability })
words-predicted-other = { $label } ({ $probability }); explained: { $other }
words-number = { $task } = { $number }
words-unusable = cannot be used
words-none = The text has no words.
words-behind-limit = not read: behind the limit of the model
words-for = for
words-against = against
words-scale = the strongest colour is { $largest } of log-odds; all texts have one scale
words-scale-number = the strongest colour is { $largest }, in the units of the labels; all texts have one scale
words-axis = effect on the log-odds of the label
words-axis-number = effect on the number
words-figure = Strongest words
words-figure-caption = { $texts ->
    [one] The words with the largest effects. Blue bars speak for the label, orange bars against it.
   *[other] The words with the largest effects in { $texts } texts, on one scale. Blue bars speak for the label, orange bars against it.
 }
words-column-word = Word
words-column-effect = Effect on { $label }
words-lead = { $count ->
    [one] One text: what its words do to the prediction.
   *[other] { $count } texts: what their words do to the predictions.
 }
words-lead-one = { $answer }{ $pros ->
    [0] {""}
   *[other] . For it: { LIST($pro) }
 }{ $cons ->
    [0] {""}
   *[other] . Against it: { LIST($con) }
 }.
words-how-gradients = Integrated gradients from a text of { $baseline ->
    [none] zero vectors
   *[other] { $baseline }
 } ({ $steps } steps): the { $kind ->
    [number] number changes from { $base } to { $score }
   *[other] log-odds of { $label } change from { $base } to { $score }
 }, and the effects account for { $change } with an error of { $gap } %.
words-how-sum = The features are a sum over words. From no known word to the text, the { $kind ->
    [number] number changes from { $base } to { $score }
   *[other] log-odds of { $label } change from { $base } to { $score }
 }, and the effects account for { $change } with an error of { $gap } %.
words-how-occlusion = Each word was left out in turn, because gradients of this network do not add up. The effects are falls of the { $kind ->
    [number] number, which is { $score }
   *[other] log-odds of { $label }, which are { $score }
 }; they need not add up to the change of { $change } from a text without words.
words-rest = What is not a word of the text, such as special tokens, has an effect of { $effect }.
words-truncated = { $count ->
    [one] One word was not read, because the model reads { $limit } positions
   *[other] { $count } words were not read, because the model reads { $limit } positions
 }: { LIST($words) }{ $more ->
    [0] {""}
   *[other] {" "}and { $more } more
 }.
words-caveat = The effects say what the model used, not whether it is right, and not what would happen to a text with the word in another place. Log-odds are natural logarithms: +0.7 doubles the odds, -0.7 halves them.
words-caveat-number = The effects say what the model used, not whether it is right, and not what would happen to a text with the word in another place.

# ghep similar: the command and its settings.

command-similar =
    Show the training examples that are nearest to an example, and whether their labels agree with the prediction.

    Nearness is measured on the features of the model. The first call computes the features of all training examples
    and saves them next to the bundle. Copies of the example are marked and have no vote. Works on images and texts.
    Exit code: 1 if an input cannot be used.

    Example: ghep similar runs/pets/bundle cat.jpg

    Example: ghep similar runs/reviews/bundle reviews.txt --lines -k 20

    Example: ghep similar runs/pets/bundle cat.jpg --data /backup/pets
help-similar-model = Bundle folder that ghep fit wrote, or, with --data, a backbone with the classifier of its pretraining.
help-similar-out = Folder of the page, its figures and the distances. Default: runs/similar-NAME-TIME.
setting-similar-data = The training data, if they are no longer where the record of the run says.
    .allowed = a path
setting-neighbours = Neighbours per example; copies of the example are shown in addition.
    .allowed = a whole number from 1 to 1000

# ghep similar: errors and findings.

similar-settings-refused = { $wrong }
    .remedy = ghep similar --help lists the settings
similar-index = the index of training examples
similar-without-data = { $count ->
    [0] { $name } does not say which data it was trained on
   *[other] the training data of { $name } are not at { LIST($places) }
 }
    .remedy = pass their location: --data LOCATION (data=...)
similar-no-examples = { $data } has no usable labelled example
    .remedy = pass the training data: --data LOCATION (data=...)
similar-nothing-to-plot = { $name } cannot be used: { $cause }
    .remedy = plot another example
training-examples-missing = { $found } of the { $count } training examples are in { $data }; the others were not searched
    .remedy = pass the complete training data: --data LOCATION (data=...)
not-training-data = { $count ->
    [0] the model does not say which examples it was trained on
   *[other] none of the { $count } training examples is in { $data }
 }; all { $examples } usable examples of { $data } were searched
    .remedy = pass the training data, if these are others: --data LOCATION (data=...)
similar-index-not-saved = the features of the training examples were not saved in { $folder } ({ $cause }); the next call computes them again
    .remedy = make the folder writable
neighbours-disagree = { $name }: the model says { $label }, but only { $votes } of the { $count } nearest training examples { $votes ->
    [one] has
   *[other] have
 } this label, and { $times } have { $other }{ $usual ->
    [unknown] {""}
   *[other] {" "}(usual for { $label }: { $usual } of { $count }{ $rare ->
    [yes] ; so few are rare
   *[other] {""}
 })
 }
    .remedy = inspect the neighbours: the label of some may be wrong, or the example is unlike the training data
copies-among-neighbours = { $count ->
    [one] one example has a copy among the training examples: its answer was learnt, and says nothing about new examples
   *[other] { $count } examples have copies among the training examples: their answers were learnt, and say nothing about new examples
 }
    .remedy = copies are marked and have no vote

# ghep similar: what is printed.

similar-title = Nearest training examples of { $model }
similar-unusable = cannot be used: { $cause }
similar-figure-title = { $label }: { $votes } of { $count } neighbours
similar-votes = { $label } ({ $probability }): { $votes } of the { $count } nearest training examples { $votes ->
    [one] has
   *[other] have
 } this label{ $usual ->
    [unknown] {""}
   *[other] , usual for it: { $usual }
 }
similar-number = { $value }: the { $count } nearest training examples have { $low } to { $high }, { $mean } on average
similar-no-class = no class
similar-same = (the same example)
similar-copy = (a copy)
similar-this = this example
similar-no-image = no image
similar-column-distance = Distance
similar-column-label = Label
similar-column-example = Training example
similar-lead = { $count } examples and the training examples nearest to them.
similar-where = { $count } training examples were searched, from { $data }.
similar-figure = The example and its neighbours
similar-figure-caption = From left to right and top to bottom: the example with its prediction, then the nearest training examples with distance and label. Blue: the predicted label; orange: another; grey: a copy.
similar-axis = distance
similar-caveat = Near means: alike to this network. Neighbours show what the model compares the example with; they do not prove what the answer was computed from. The distance is one minus the cosine: 0 is the same, 1 unrelated.
