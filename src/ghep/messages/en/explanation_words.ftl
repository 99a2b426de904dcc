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
