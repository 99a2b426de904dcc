# The verdict of a comparison: its sentences, the numbers behind them, and what to run next.

verdict-no-finished-run = no run on all labels was finished
    .remedy = read the causes of the failed runs, remove the first and repeat the command
pair-missing = the difference between { $a } and { $b } is missing
    .remedy = pass the pairs of all contenders on the leaderboard
examples-differ = { $contender }, seed { $seed }, was scored on other examples than { $other } ({ $count } and { $other_count } examples)
    .remedy = compare runs that were scored on the same split

# What the verdict says.

verdict-no-pretrained = No contender uses pretrained weights, so whether they help is not known. The best is { $best } ({ SCORE($accuracy) }).
verdict-no-pretrained-finished = No run with pretrained weights has finished ({ LIST($missing) }), so whether they help is not known. The best without them is { $best } ({ SCORE($accuracy) }).
verdict-single = There is nothing to compare { $best } ({ SCORE($accuracy) }) with.
verdict-negative-transfer = Pretrained weights hurt here: { $control } ({ SCORE($control_accuracy) }), which does not use them, is better than { $pretrained ->
    [one] the only contender that does, { $best } ({ SCORE($accuracy) }).
   *[other] every contender that does. The best of those is { $best } ({ SCORE($accuracy) }).
 }
verdict-no-help = Pretrained weights do not help here: { $best } ({ SCORE($accuracy) }) is { $better ->
    [true] at most { POINTS($most, sign: "auto") } points better
   *[false] no better
 } than { $control } ({ SCORE($control_accuracy) }), which does not use them.
verdict-control-leads = Of the contenders that ran, { $control } ({ SCORE($control_accuracy) }), without pretrained weights, is the best: { $best } ({ SCORE($accuracy) }) is no better.
verdict-helps = { $new_seeds ->
    [true] Pretrained
   *[false] In these runs pretrained
 } weights help: { POINTS($difference) } points compared with { $control }.
verdict-other-seeds-open = Whether pretrained weights also help with other seeds is open: results differ too much between seeds.
verdict-help-open = It is open whether pretrained weights are better than { $control } ({ SCORE($control_accuracy) }): { $contenders } reaches { SCORE($accuracy) }.
verdict-help-open-after = Pretrained weights are better than { LIST($beaten) }, but it is open whether they are better than { $control } ({ SCORE($control_accuracy) }): { $contenders } reaches { SCORE($accuracy) }.
verdict-only = { $best } ({ SCORE($accuracy) }) is the only contender trained from pretrained weights.
verdict-winner = { $these_runs ->
    [true] In these runs { $best }
   *[false] { $best }
 } ({ SCORE($accuracy) }) is the best: better than { $others ->
    [one] the other contender
   *[other] each of the { $others } others
 } with pretrained weights.
verdict-best-so-far = { $best } ({ SCORE($accuracy) }) is the best of those that ran.
verdict-tie = { LIST($contenders) } are equally good: within { POINTS($margin, sign: "auto") } points of the best.
verdict-best-open = Which contender is the best is open: { LIST($contenders) }.
verdict-not-judged = { LIST($contenders) } { $count ->
    [one] has
   *[other] have
 } no finished run and may be better.
verdict-few-examples = { $count ->
    [one] There is only one test example.
   *[other] There are only { $count } test examples.
 }

# Names of contenders in these sentences.

contender-accuracy = { $contender } ({ SCORE($accuracy) })
contenders-together = the mean of { LIST($contenders) }
contenders-best-on-valid = the mean score of the { $count } contenders with the best valid scores

# The numbers.

verdict-difference = { $a } minus { $b } is { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }, p { P($p, sign: "always") }).
verdict-difference-not-significant = { $a } minus { $b } is { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }, p { P($p, sign: "always") }). A true difference of { POINTS($detectable, sign: "auto") } points would be detected four times in five.
verdict-interval = { $contender } has the score { SCORE($accuracy) }, 95 % interval { SCORE($low) } to { SCORE($high) }.

# What limits the conclusion.

verdict-no-controls = No control was run, so whether pretrained weights help or hurt is not known.
verdict-no-scratch = Scratch was not { $planned ->
    [true] finished
   *[false] run
 }, so the score of the same architecture without pretrained weights is not known.
verdict-single-runs = { LIST($contenders) } { $count ->
    [one] has a single run
   *[other] have a single run each
 }, so the intervals do not include the variation between seeds.
verdict-budget = Each run was limited to about { DURATION($seconds) }: with more time, the runs that were cut short may score higher, scratch too.
verdict-unfinished = Not judged, because no run finished: { LIST($contenders) }.

# What to run next.

next-run-controls = Add the controls and another strategy to the comparison.
next-run-pretrained = Add a strategy that uses pretrained weights to the comparison.
next-run-unfinished = Run the same command with more time to judge { LIST($contenders) }.
next-exactly-equal = { $a } and { $b } have exactly the same score, so the number of test examples that would show which is better cannot be estimated.
next-more-examples = About { $needed } test examples (there are { $count }) would show whether { $a } or { $b } is better, if { POINTS($difference, sign: "auto") } points is the true difference.
next-some-more-examples = It is close between { $a } and { $b }: more test examples than the present { $count } would show which is better.
next-more-seeds = No number of test examples would show whether { $a } or { $b } is better, because results differ too much between seeds; about { $seeds } seeds of each would.
next-more-seeds-too = To show whether { $a } or { $b } is better takes more seeds as well as more test examples, because results differ too much between seeds.

# Why a contender is recommended.

why-most-accurate = It has the highest score, and { $level ->
    [0] no other contender is statistically level with it.
   *[other] no contender that is statistically level with it is cheaper.
 }
why-most-accurate-not-cheaper = It has the highest score. { $cheaper } is cheaper and cannot be distinguished from it, but { $shown ->
    [true] its score lies below the 95 % interval of the best.
   *[false] has not been shown to be better than every control.
 }
why-control-level = But { $control }, which uses no pretrained weights, cannot be distinguished from it and takes { DURATION($seconds) }.
why-cheaper = { $distinguished ->
    [true] It comes closest to { $best },
   *[false] It cannot be distinguished from { $best },
 } gives up at most { POINTS($lost, sign: "auto") } points (95 % interval), and a run takes { DURATION($seconds) } instead of { DURATION($best_seconds) }.

# The planned questions.

question-helps-scratch = Do pretrained weights help, compared with training from scratch?
question-helps-random-features = Do pretrained weights help, compared with random features?
question-helps-data-control = Do pretrained weights help, compared with a linear model on the raw data?
question-helps-majority = Do pretrained weights help, compared with a constant answer (the most frequent class, or the mean)?
question-best = Which contender is the best?
question-cheaper = Is a cheaper contender as good as the best?

# Their answers; "numbers" is one of the messages on numbers above.

answer-yes = Yes: { $numbers }
answer-yes-these-runs = Yes, in these runs: { $numbers }
answer-yes-other-seeds-open = Yes, in these runs (p { P($p, sign: "always") }); with other seeds it is open: { $numbers }
answer-no = No, at most { POINTS($margin, sign: "auto") } points better: { $numbers }
answer-hurts = No: { $control } is better than every contender with pretrained weights: { $numbers }
answer-open = Cannot tell: { $numbers }
answer-not-asked = Skipped, because the answer to an earlier question is open: { $numbers }
answer-best = { $best } is the best: { $numbers }
answer-best-so-far = { $best } is the best of those that ran: { $numbers }
answer-equally-good = { LIST($contenders) } are equally good: { $numbers }
answer-one-contender = Skipped: fewer than two contenders use pretrained weights.
answer-help-unknown = Skipped: it is not shown that pretrained weights help.
answer-choice-unknown = Skipped: this is asked only if pretrained weights help and at least two contenders use them.
answer-cheapest = Skipped: no contender with pretrained weights is cheaper than the best, { $best }.
answer-cheaper-as-good = Yes, { $contender } loses less than { POINTS($margin, sign: "auto") } points: { $numbers }
answer-cheaper-worse = No, { $contender } is worse: { $numbers }
