# The scikit-learn classifier. Its ValueErrors have no remedy of their own; scikit-learn's checks match some of the words.

classes-left-out = no usable { $things ->
    [images] images
    [texts] texts
   *[other] examples
 } of { $classes }: left out of classes_
inputs-unusable = { $count } of { $total } { $things ->
    [images] images
    [texts] texts
   *[other] examples
 } cannot be used: { EACH($first) }{ $more ->
    [0] { "" }
   *[other] ; and { $more } more
 }
    .remedy = leave them out, or use predictor_.predict, which answers for each { $things ->
        [images] image
        [texts] text
       *[other] example
    }
inputs-left-out = { $count } of { $total } { $things ->
    [images] images
    [texts] texts
   *[other] examples
 } cannot be used and { $count ->
    [one] was
   *[other] were
 } left out: { EACH($first) }{ $more ->
    [0] { "" }
   *[other] ; and { $more } more
 }
input-problem = row { $row }{ $named ->
    [true] { " " }({ $path })
   *[false] { "" }
 }: { $problem }
inputs-empty = X holds 0 { $things ->
    [images] images
    [texts] texts
   *[other] examples
 } (0 sample(s)), expected at least one
    .remedy = pass { $things ->
        [images] images
        [texts] texts
       *[other] examples
    }
y-numbers-not-1d = y should be a 1d array, got an array of shape { $shape } instead: the regressor predicts one number per example
y-missing = requires y to be passed, but the target y is None
y-not-1d = y should be a 1d array, got an array of shape { $shape } instead: this classifier predicts one class per example; for several classes write a table with labels such as a|b and call ghep.fit
y-has-missing-labels = y has { $count ->
    [one] one missing label
   *[other] { $count } missing labels
 } (None or NaN), the first in row { $row }
y-has-one-class = y has { $count ->
    [one] 1 class
   *[other] { $count } classes
 }, expected two or more
y-not-a-rating = y holds { $label } in row { $row }, expected numbers because of rating=True
y-not-a-number = y holds { $label } in row { $row }, expected finite numbers
y-has-one-number = y has { $count ->
    [one] 1 sample
   *[other] { $count } samples with equal numbers
 }, expected at least two different numbers
sample-weight-shape = sample_weight.shape == { $found }, expected { $expected }: one weight per example
sample-weight-refused = sample_weight: { $problem ->
    [value] row { $row } has { $found }
   *[zeros] all are { $found }
 }; expected finite numbers of at least 0, not all 0
class-weight-mapping = class_weight { $problem ->
    [label] names { $found }, which is not a label of y
   *[value] is { $found }
 }; expected a mapping from the labels of y to numbers of at least 0, not all 0
class-weight-unknown = class_weight={ $found }; choose "balanced", a number for each label, or None
valid-fraction-refused = valid_fraction={ $found }
    .remedy = choose a fraction from 0 (no valid split) to below 1
data-in-memory = { $things ->
    [images] images in memory
    [texts] texts in memory
   *[other] examples in memory
 }
serious-findings = { EACH($found) }; run_.findings has all findings
finding-with-code = { $text } [{ $finding }]
