## The report of a comparison: page, figures, terminal and notebook.
## Messages of the page may hold <em>; everything else is escaped.

# Numbers and counts

interval-of-scores = { SCORE($low) } to { SCORE($high) }
interval-of-points = { POINTS($low) } to { POINTS($high) }
axis-range = { NUMBER($low, minimumFractionDigits: 2, maximumFractionDigits: 2) } to { NUMBER($high, minimumFractionDigits: 2, maximumFractionDigits: 2) }
num-runs = { $count ->
    [one] { $count } run
   *[other] { $count } runs
}
num-seeds = { $count ->
    [one] { $count } seed
   *[other] { $count } seeds
}
num-contenders = { $count ->
    [one] { $count } contender
   *[other] { $count } contenders
}
num-classes = { $count ->
    [one] { $count } class
   *[other] { $count } classes
}
num-items = { $count ->
    [one] { $count } item
   *[other] { $count } items
}
more-items = and { $count } more
more-in-report = and { $count } more, see the report
more-findings-in-report = { $count ->
    [one] and { $count } more finding, see the report
   *[other] and { $count } more findings, see the report
}

# Names and marks

# The label before a line on the terminal (at most 9 characters) and on a chip of the page.
line-label = { $label ->
    [verdict] verdict
    [because] because
    [take] take
    [next] next
    [note] note
    [data] data
    [time] time
    [failed] failed
    [left-out] left out
    [report] report
    [error] error
    [warning] warning
   *[info] info
}
report-column = { $column ->
    [accuracy] accuracy
    [r2] R²
    [mae] mean error
    [bias] prediction minus label
    [covered] inside the interval
    [task] task
    [actual] actual
    [adjusted] adjusted
    [answer] answer
    [asymptote] asymptote
    [better] better
    [class] class
    [contender] contender
    [control] control
    [cost] cost
    [cost-ratio] cost / single-task
    [detectable] detectable
    [draw] draw of labels
    [estimated] estimated
    [examples-per-run] examples per run
    [examples-seen] examples seen
    [f1] F1
    [interval] 95 % interval
    [kept] kept
    [label] label
    [mostly] largest source
    [n] n
    [needed] needed
    [needs] needs
    [norm-ratio] largest / smallest
    [off-by] off by
    [p] p
    [parameters-trained] parameters trained
    [part] part
    [peak-memory] peak memory
    [points] points
    [points-per-epoch] points per epoch
    [points-per-second] points per second
    [precision] precision
    [predict-time] time to predict
    [processor-time] processor time
    [rates-tried] factor: valid score (rate, epochs, time)
    [recall] recall
    [runs] runs
    [seed] seed
    [seeds] seeds
    [settles] would settle it
    [share-of-label] share of the label
    [shared] shared
    [single] single
    [start] start
    [steps] steps
    [strategy] strategy
    [test-examples] test examples
    [than] than
    [times-as-many] times as many
    [to-predict] to predict
    [to-train] to train
    [train-time] time to train
    [trained] trained
    [valid] valid
    [verdict] verdict
    [way] way of sharing
    [weight-bytes] size of the weights
    [weights] weights
    [why] why
    [with-labels] labels used
    [with-pretrained] with pretrained weights
   *[wrong-answer] most frequent wrong answer
}
verdict-title = { $kind ->
    [winner] Winner
    [tie] Tie
    [incomplete] Best of those that ran
    [cannot-tell] Cannot tell
    [best-open] Transfer helps, best open
    [no-help] Transfer does not help
   *[negative-transfer] Transfer hurts
}
headline-not-judged = { $verdict } Not judged (no run finished): { LIST($names) }.
the-best = { $control_leads ->
    [true] the best with pretrained weights
   *[false] the best
}
board-mark = { $mark ->
    [recommended] recommended
    [best] { $control_leads ->
        [true] best with pretrained weights
       *[false] best
    }
    [level] level with { $best }
    [same] same answers as { LIST($names) }
    [control] control
    [reference] reference, no labels
   *[hurt] worse than a control
}
run-name = { $labels ->
    [0] { $name }, seed { NUMBER($seed, useGrouping: 0) }
    [one] { $name }, seed { NUMBER($seed, useGrouping: 0) }, { $labels } label{ $numeric ->
        [true] { "" }
       *[false] { " per class" }
    }, draw { NUMBER($draw, useGrouping: 0) }
   *[other] { $name }, seed { NUMBER($seed, useGrouping: 0) }, { $labels } labels{ $numeric ->
        [true] { "" }
       *[false] { " per class" }
    }, draw { NUMBER($draw, useGrouping: 0) }
}
name-with-shots = { $count ->
    [one] { $name }, { $count } label{ $numeric ->
        [true] { "" }
       *[false] { " per class" }
    }
   *[other] { $name }, { $count } labels{ $numeric ->
        [true] { "" }
       *[false] { " per class" }
    }
}
failed-runs = { $runs }: { $cause }. { $advice }
left-out = { $runs ->
    [one] { $name }, { $runs } run: { $cause }
   *[other] { $name }, { $runs } runs: { $cause }
}
reason-and-others = { $others ->
    [one] { $cause } (and { $others } other reason)
   *[other] { $cause } (and { $others } other reasons)
}
another-label-set = another set
did-not-run = did not run
planned-label-curves = label curve
plan-total = total of the parts that ran
run-took = a run took { DURATION($seconds) } here, because it reused activations that other runs had stored
seed-part = { $cause ->
    [unknown] unknown
    [none] none
   *[in-draw] part of the draw
}
largest-source = { $source ->
    [seed] seed ({ $percent } %)
    [test] test examples ({ $percent } %)
   *[draw] draw of labels ({ $percent } %)
}
labels-more-than = more than { NUMBER($count, maximumFractionDigits: 0) }
labels-or-fewer = { NUMBER($count, maximumFractionDigits: 0) } or fewer
labels-interval = { $low } to { $high }

# Sentences on the whole comparison

comparison-size = { $contenders ->
    [one] { $contenders } contender
   *[other] { $contenders } contenders
}, { $runs ->
    [one] { $runs } run
   *[other] { $runs } runs
}, { $seeds ->
    [one] { $seeds } seed
   *[other] { $seeds } seeds
}{ $partial ->
    [0] { "" }
    [one] , { $partial } of the runs on part of the labels
   *[other] , { $partial } of the runs on part of the labels
}{ $backbones ->
    [1] , backbone { $backbone }
   *[other] { "" }
}
page-size = { $contents }; { $examples ->
    [one] { $examples } { $split } example
   *[other] { $examples } { $split } examples
}, { $classes ->
    [0] labels are numbers
    [one] { $classes } class
   *[other] { $classes } classes
}; { DURATION($seconds) }
scored-on-other-split = There is no test split: all scores are on { $split }, which was also used to choose learning rates and epochs. They are likely to be slightly too high.
test-split-scored = { $times ->
    [1] The { $split } split was scored once, and never used to choose anything.
   *[other] The { $split } split was scored { $times } times: once per run, and never to choose anything.
}
time-taken = { $limited ->
    [true] { DURATION($seconds) } of at most { DURATION($limit) }
   *[false] { DURATION($seconds) }
}
time-planned = { $runs ->
    [one] its { $runs } run took { DURATION($actual) }, estimated { DURATION($estimated) } ({ $off_by })
   *[other] its { $runs } runs took { DURATION($actual) }, estimated { DURATION($estimated) } ({ $off_by })
}
budget-per-run = at most { DURATION($seconds) }, the same for all runs
example-not-kept = the example is not stored with the results

# Transfer

transfer-over-epochs = Over epochs, scores on valid
transfer-over-labels = Over the number of labels, { $score ->
    [r2] R²
   *[accuracy] accuracy
 } on { $split }
transfer-start = start
transfer-slope = slope, points per epoch
transfer-asymptote = asymptote
mark-slope = slope
mark-start-slope = start, slope
transfer-doubling = points per doubling of the labels
transfer-with-labels = { $count ->
    [one] with { $count } label
   *[other] with { $count } labels
}
transfer-outcome = { $outcome ->
    [higher] higher
    [lower] lower
   *[cannot-tell] cannot tell
}
transfer-no-gain = no gain
transfer-no-curve = No contender with pretrained weights has a curve: there is nothing to plot.
transfer-no-epochs = No contender was trained for more than one epoch, so there is no curve over epochs.
transfer-solved = The head of { $name } is solved in one step, so its curve is a single point, extended as a dashed line.
transfer-no-scratch = Scratch is not shown: { $cause }.
transfer-no-labels = { $asked ->
    [true] There is no curve over the number of labels: its runs did not finish.
   *[false] There is no curve over the number of labels: repeat the comparison with --labels 5,20,all to get one.
}
transfer-control-no-labels = { $name } has no curve over the number of labels.
transfer-one-seed = With one seed, the intervals cover only the choice of examples; how much results vary between seeds is unknown.
scratch-not-requested = controls were turned off
scratch-failed = its run failed ({ $cause })
scratch-did-not-run = it did not run

# Figures: title, caption, axes

axis-label = { $quantity ->
    [accuracy] accuracy
    [r2] R²
    [predicted] prediction
    [answer] answer
    [answers] answers
    [bits-per-byte] bits per byte
    [confidence] confidence
    [epochs] epochs
    [label] label
    [labels] labels
    [labelled-examples] labelled examples used (train and valid)
    [loss] held-out loss, nats
    [minutes] minutes
    [run-seconds] cost of one run on its own, seconds
    [seconds] seconds
    [source-accuracy] accuracy on the source data, after training
    [source-kept] what is left of the source knowledge (1: all)
   *[valid-score] valid score
}
axis-score-on = { $score ->
    [r2] R²
   *[accuracy] accuracy
 } on { $split }
axis-points-to-best = points behind (−) or ahead (+) of { $best }
axis-perfect-calibration = perfectly calibrated
figure-accuracy = { $score ->
    [r2] R²
   *[accuracy] Accuracy
 } of every contender
caption-accuracy = Dots are means over seeds, bars their 95 % intervals over seeds and test examples, rings below them single runs. Grey: no pretrained weights. For contenders far below the axis the score is written at the left. Overlapping intervals do not mean that two contenders are equal: see the paired differences.
figure-differences = Difference to { $best }, { $name }
caption-differences = Paired: both contenders were scored on the same examples. Where an interval crosses the line at 0, either of the two may be better.
figure-cost = { $score ->
    [r2] R²
   *[accuracy] Accuracy
 } against cost
caption-cost = The number is the rank on the leaderboard. Filled, bold and joined by the dotted line: no other contender is both cheaper and better. Contenders far below the others are only in the list, with their scores.
figure-learning = { $against ->
    [epochs] Learning curves: valid score against epochs
   *[seconds] Learning curves: valid score against seconds
}
caption-learning = { $solved ->
    [0] Means over seeds, one panel per contender; dashed, for comparison: { $name }.
   *[other] Means over seeds, one panel per contender; dashed, for comparison: { $name }. A single dot is a head that was solved, not trained.
}
figure-label-curves = { $score ->
    [r2] R²
   *[accuracy] Accuracy
 } against the number of labels
caption-label-curves = Dots are means over draws of the labels, bars their 95 % intervals over draws and test examples (for a single draw, over test examples only), shifted slightly so that they do not overlap. Dashed: no pretrained weights. The horizontal distance between two lines is the saving in labels.
figure-scatter = Prediction against label
caption-scatter = Mean predictions over the runs. On the dashed line the prediction equals the label. The shaded band is the prediction interval, whose width was chosen on valid so that it contains nine of ten labels.
figure-confusion = Confusion matrix
caption-confusion = Rows are labels, columns are predictions, counted over all runs. The darker a cell, the larger its share of the row; mistakes are off the diagonal.
figure-calibration = Confidence against accuracy
caption-calibration = Below the dashed line the model is overconfident, above it underconfident. The bars below count the predictions; points with few of them vary by chance.
figure-transfer-epochs = { $scratch ->
    [true] Pretrained against scratch, over epochs
   *[false] Pretrained, over epochs
}
caption-transfer-epochs = A pretrained network can start higher, gain faster and end higher. Scores on valid; bars are the 95 % intervals of start and asymptote, the thin line is the slope over the first 90 % of the gain, the shaded area its interval.
figure-transfer-labels = { $scratch ->
    [true] Pretrained against scratch, over labels
   *[false] Pretrained, over labels
}
caption-transfer-labels = Scores on { $split }, means over draws of the labels; bars are 95 % intervals over draws and test examples, for a single draw over test examples only.

# The page

section-title = { $section ->
    [data] Data
    [leaderboard] Leaderboard
    [learning] Learning curves
    [labels] Fewer labels
    [cost] Cost
    [forgetting] Forgetting
    [checks] Findings
    [configuration] Configuration
    [gains] Task by task
    [bill] Cost
    [remedies] Other ways of sharing
    [affinity] Which task helps which
    [gradients] Gradients
   *[tasks] Each task separately
}
section-link = { $section ->
    [transfer] Transfer
    [data] Data
    [leaderboard] Leaderboard
    [differences] Differences
    [learning] Learning curves
    [labels] Labels
    [cost] Cost
    [forgetting] Forgetting
    [answers] Answers and mistakes
    [checks] Findings
    [configuration] Configuration
    [gains] Task by task
    [bill] Cost
    [remedies] Remedies
    [affinity] Affinity
    [gradients] Gradients
   *[tasks] Leaderboards
}
page-heading = Comparison on { $name }
page-recommended = Recommended
page-next-step = Next step
page-alerts = Check this before you rely on the result
page-contents = Contents
page-no-findings = None.
page-command = Command
page-settings = Settings
page-environment = Environment
page-time = time
page-budget = time limit per run
page-folder = folder
finding-fix = fix: { $remedy }
question-answer = { $answer ->
    [yes] yes
    [no] no
    [open] open
    [hurts] hurts
   *[not-asked] not asked
}
question-these-runs = for these runs only, not for other seeds
transfer-heading = { $drawn ->
    [0] Effect of transfer
   *[other] { $control ->
        [0] Effect of transfer: { $pretrained_name }
       *[other] Effect of transfer: { $pretrained_name } against { $control_name }
    }
}
data-location = Location
data-task = Task
task-on-modality = { $modality ->
    [image] { $task }, on images
    [text] { $task }, on texts
   *[other] { $task }, on { $modality } data
}
split-examples = { $count ->
    [one] { $count } example
   *[other] { $count } examples
}{ $headline ->
    [true] ; all scores are on this split unless marked valid
   *[false] { "" }
}
classes-by-split = { $count ->
    [one] { $count } class, by split
   *[other] { $count } classes, by split
}
leaderboard-about = Scores are means over seeds on the same { $split } examples; 95 % intervals over seeds and test examples. <em>Cost</em> is the time of one run on its own, without reusing the results of other runs. Peak memory is that of one run.
differences-heading = Differences to { $best }
differences-about = In points (hundredths of the score), each contender minus { $name } on the same examples. <em>Adjusted</em> is p corrected for all pairs (Holm). <em>Detectable</em> is the smallest true difference that a comparison like this one finds with 80 % power; <em>needed</em> is the number of test examples that would settle this difference if it is real, or the number of seeds if more test examples alone would not.
all-pairs = All { $count } pairs
one-contender = There is only one contender, so there is nothing to compare it with.
uncertainty-heading = Sources of uncertainty
uncertainty-about = { $drawn ->
    [true] Standard deviations in points. More seeds reduce the seed column, more test examples the test column, more draws of the labels the draw column. With one run per draw, the draw column includes the variation between seeds.
   *[false] Standard deviations in points. More seeds reduce the seed column, more test examples the test column.
}{ $unknown ->
    [true] { " " }With one run on all labels, the variation between seeds is unknown.
   *[false] { "" }
}
three-marks-heading = Higher start, higher slope, higher asymptote
three-marks-about = On valid, means over seeds: the score after the head's first fit, the points gained per epoch over the first 90 % of the gain, and the score at which the curve levels off. After Torrey and Shavlik (2010).
labels-saved-heading = Labels saved
labels-saved-about = The number of labels that a control needs to reach the score of a contender with few labels. Intervals are over draws of the labels and test examples; <em>more than</em>: the control does not reach this score with all available labels.
plan-heading = Estimated and actual time
plan-about = The plan as announced before the first run, and the time that each part of it took here.
answers-heading = Answers and mistakes: { $name }
answers-about = { $runs ->
    [one] The recommended contender in its { $runs } run on all labels: { $answers } predictions for { $examples } { $split } examples.
   *[other] The recommended contender in its { $runs } runs on all labels: { $answers } predictions for { $examples } { $split } examples.
}
by-range-heading = By range of the labels
by-range-about = Means over the runs, in the units of the labels. Prediction intervals should contain nine of ten labels in every range.
number-range = { NUMBER($low, maximumSignificantDigits: 4, useGrouping: 0) } to { NUMBER($high, maximumSignificantDigits: 4, useGrouping: 0) }
numbers-by-split = Examples by split
a-number = labels are numbers
errors-heading = Largest errors
errors-about = The label and the mean prediction of all runs. A large error is often due to a wrong label.
by-class-heading = By class
confused-heading = Most confused classes
calibration-heading = Calibration
calibration-about = Expected calibration error { SCORE($error) }, the mean over runs; a perfectly calibrated model would show { SCORE($by_chance) } by chance with this many examples.
mistakes-heading = Worst mistakes
mistakes-about = { $modality ->
    [image] The wrong answers with the highest confidence. Check them: an example that every run gets wrong may have a wrong label. Click an image to enlarge it, and again to go back.
   *[other] The wrong answers with the highest confidence. Check them: an example that every run gets wrong may have a wrong label.
}
mistake-zoom = enlarge or go back
mistake-alt = label { $label }, predicted { $answer }: { $example }
mistake-not-shown = not shown: { $cause }
mistake-answered = answered
mistake-map-alt = evidence for and against { $answer }: { $example }
mistake-map = { $answer } { NUMBER($probability, minimumFractionDigits: 2, maximumFractionDigits: 2) }, runner-up { $other } { NUMBER($second, minimumFractionDigits: 2, maximumFractionDigits: 2) }
mistake-maps-about = Below each photo: where one model finds the evidence for (red) and against (blue) that answer, and its probabilities; ghep explain shows more. A map says where the evidence is, not why it counts.
mistake-confidence = { $runs ->
    [1] confidence { NUMBER($confidence, minimumFractionDigits: 2, maximumFractionDigits: 2) }
   *[other] confidence { NUMBER($confidence, minimumFractionDigits: 2, maximumFractionDigits: 2) }; wrong in { $wrong } of { $runs } runs
}
mistake-near-about = At the end of each: the training examples whose features in one model are nearest, with label and distance (0: the same features, 1: unrelated); a label in red is the predicted one. If most have it, the label of the example may be wrong. Near means alike to this network.
mistake-near = { $numeric ->
    [true] Nearest training examples:
   *[other] Nearest training examples: { $answer } { NUMBER($answers) } of { NUMBER($count) }, { $label } { NUMBER($labels) } of { NUMBER($count) }
}
mistake-near-distance = { $copied ->
    [true] { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) }, a copy
   *[other] { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) }
}
mistake-near-impossible = The nearest training examples are left out: { $cause }
mistake-near-slow = The nearest training examples are left out: computing the features of { NUMBER($count) } training examples would take about { DURATION($seconds) }. “ghep similar { $bundle } FILE” finds them.
no-mistakes = There are none: every run answered every example correctly.
rates-heading = How each learning rate was chosen
rates-about = Candidate rates were trained on train and compared on valid only. A factor multiplies the learning rate derived from the data; the check mark shows the chosen rate.
rate-chosen = chosen:
rate-trial = { $epochs ->
    [one] { $lr }, { $epochs } epoch, { DURATION($seconds) }
   *[other] { $lr }, { $epochs } epochs, { DURATION($seconds) }
}
