# The page of ghep serve.

page-images = images
page-texts = texts
page-a-number = a number
page-classes = { $exclusive ->
    [one] one of { $count }
   *[any] any of { $count }
 } { $count ->
    [one] class
   *[other] classes
 }
page-choose = Choose images
page-drop = Drop images anywhere on this page, or paste one.
page-unchanged = At most { $count } at a time, { BYTES($limit) } in total. Each is sent unchanged to this server and is not stored.
page-camera = Take a photo
page-text = Text
page-first-text = First text
page-second-text = Second text
page-keys = Ctrl + Enter predicts. A text file can be dropped.
page-characters = At most { $limit } characters. The text is sent to this server and is not stored.
page-predict = Predict
page-answers = Answers
page-no-answers = None yet.
page-working = Predicting
page-offline = The server cannot be reached. Is it still running?
page-strange = The server gave an answer that this page cannot read.
page-too-large = It is larger than { BYTES($limit) }, the most that this server takes.
page-probability = probability { SCORE($probability) }
page-interval = { $low } to { $high } in 9 of 10 cases
page-no-interval = without an interval: there were too few examples to measure one
page-probabilities-of = Probabilities of { $task }
page-each-class = Each class is a question of its own; its probability does not depend on the others.
page-abstained = The model abstains: { $cause ->
    [unfamiliar] this input is unlike its training data, and the probabilities may not hold
   *[undecided] it is too uncertain to answer
 }. Its most likely answer:
page-where = Where it looked
page-where-legend = Red: evidence for the answer; blue: against it (Grad-CAM). The part that the model does not see is dark.
page-about = About this model
page-trained-on = trained on
page-score = 95 % interval { $interval }, { $count } examples of { $split }
page-score-alone = { $count } examples of { $split }
page-loading = The model is loading.
page-version = version
page-limits = Limits
page-data = Training data
page-card = The whole model card
page-no-card = There is no model card.
page-table = table

serve-explains-not = this server cannot show where its model looked
    .remedy = serve a bundle of images with PyTorch installed; an export has no gradients
serve-explain-failed = { $detail }
