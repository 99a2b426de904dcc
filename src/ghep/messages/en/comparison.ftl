# A comparison: its learning curves, label curves, plan, runs and result.

curve-one-point = { $contender }: { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }] on valid; one point, no curve
curve-gains = { $contender }: starts at { SCORE($start) }, gains { NUMBER($per_epoch, maximumSignificantDigits: 2) } points per epoch, settles at { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }] on valid
curve-gains-timed = { $contender }: starts at { SCORE($start) }, gains { NUMBER($per_epoch, maximumSignificantDigits: 2) } points per epoch, { NUMBER($per_second, maximumSignificantDigits: 2) } per second, settles at { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }] on valid
curve-no-gain = { $contender }: starts at { SCORE($start) }, gains nothing by training, settles at { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }] on valid

labels-saved = { $contender } with { $labels } labels matches { $control } with { $ratio ->
    [more] { NUMBER($times, maximumSignificantDigits: 2) } times as many
    [same] as many
   *[fewer] fewer
 }: { $needed }
labels-saved-above = { $contender } with { $labels } labels is above { $control } with all { $most }
labels-saved-above-open = { $contender } with { $labels } labels is above { $control } with all { $most }; { $low } may be enough
labels-saved-clearly-above = { $contender } with { $labels } labels is clearly above { $control } with all { $most }
label-count = { $fewest ->
    [true] { $count } or fewer
   *[false] { $count }
 }
label-count-interval = { $needed } [{ $low }, { $high }]
label-count-more = more than { $count }
