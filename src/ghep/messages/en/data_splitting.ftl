# Copies.

leakage-exact = { $count ->
    [one] { $count } pair of equal { $things ->
        [images] files lies
       *[texts] texts lies
    } in different splits
   *[other] { $count } pairs of equal { $things ->
        [images] files lie
       *[texts] texts lie
    } in different splits
 }
    .remedy = remove one side of each pair: a score on { $things ->
        [images] images
       *[texts] texts
    } seen in training says nothing
leakage-near = { $count ->
    [one] { $count } pair of { $things ->
        [images] different files that show the same image
       *[texts] texts that differ only in case, spaces, punctuation, links or mentions
    } lies in different splits
   *[other] { $count } pairs of { $things ->
        [images] different files that show the same image
       *[texts] texts that differ only in case, spaces, punctuation, links or mentions
    } lie in different splits
 }
    .remedy = remove one side of each pair: a score on { $things ->
        [images] images
       *[texts] texts
    } seen in training says nothing
conflicting-labels = { $count ->
    [one] { $count } group of copies has different labels
   *[other] { $count } groups of copies have different labels
 }
    .remedy = give all copies the same label
exact-duplicates = { $count ->
    [one] { $count } group
   *[other] { $count } groups
 } of equal { $things ->
    [images] files
   *[texts] texts
 }
    .remedy = keep one of each; copies count twice in training and in the score
near-duplicates = { $count ->
    [one] { $count } pair
   *[other] { $count } pairs
 } of { $things ->
    [images] different files that show the same image (saved again or resized)
   *[texts] texts that differ only in case, spaces, punctuation, links or mentions
 }
    .remedy = keep one of each; copies count twice in training and in the score
copies-in-all = ... ({ $count } in total)
copies-conflict = { $pair }{ $more ->
    [0] { "" }
    [one] { " and " }{ $more } more pair
   *[other] { " and " }{ $more } more pairs
 }

# Groups.

groups-in-names = file names suggest { $groups } groups ({ $names }, ...), such as patients, films or objects; { $shared ->
    [0] { $divided } of them are both in train and in valid, where scores are then too good
   *[other] { $shared } of { $tested } test examples belong to a group that train or valid has as well
 }
    .remedy = if examples of a group belong together, keep them in one split: --group '{ $pattern }'{ $named ->
        [0] { "" }
       *[other] . With your own splits, ghep then lists the groups that are in several splits; divide the data again by group
    }
near-copies-chained = { $chained } of { $total } { $things ->
    [images] images
   *[texts] texts
 } form { $chains ->
    [one] { $chains } chain
   *[other] { $chains } chains
 } of near copies (the largest holds { $largest }), as frames of a fixed camera do: too many for one split, so the chains were cut where they are least similar, and { $separated ->
    [one] { $separated } pair of near copies is
   *[other] { $separated } pairs of near copies are
 } in different splits
    .remedy = name what belongs together, such as films or items, with --group COLUMN or --group PATTERN, or give the splits yourself; otherwise the score may be too good
group-names-alike = { $count ->
    [one] { $count } set of group names differs
   *[other] { $count } sets of group names differ
 } only in case, spaces, the encoding of accents, or the spelling of a number; each spelling was taken as a separate group, so one group may be in several splits
    .remedy = spell each group the same way in all rows, or give different groups clearly different names
leakage-group = { $count } of { $total } groups are in several splits
    .remedy = put each group (--group) into one split: a score on groups seen in training is too good

# Splits.

count-in-split = { $count } { $split }
count-of-part = { $count } of { $part }
share = { NUMBER($share, style: "percent", maximumFractionDigits: 1) }
split-size = { $split } has { $count } examples instead of about { $wanted }
no-train-split = { $prefix }no examples to train on, only { LIST($splits) }
    .remedy = add a train split
split-made = { $prefix }divided by seed { NUMBER($seed, useGrouping: 0) }: { $counts } ({ $shares } requested), copies kept together{ $separated ->
    [0] { "" }
    [one] { " " }except { $separated } pair of near copies
   *[other] { " " }except { $separated } pairs of near copies
 }
split-completed = { $prefix }{ $count ->
    [one] one example without a split was
   *[other] { $count } examples without a split were
 } assigned to splits by seed { NUMBER($seed, useGrouping: 0) }
valid-carved = { $prefix }no valid split: { $of_all ->
    [true] { NUMBER($share, style: "percent") } of train was
   *[false] { $count } of { $total } examples of train were
 } set aside for it by seed { NUMBER($seed, useGrouping: 0) }
no-test-split = { $prefix }there is no test split; scores are on valid
    .remedy = add a test split: valid is also used for choices, such as the number of epochs, so its scores may be too good
split-uneven = { $prefix }{ LIST($sizes) }: groups that have to stay together (copies, --group) are too large to divide evenly
    .remedy = give smaller groups (--group), more of them, or your own split; remove copies
split-uneven-by-class = { $prefix }{ LIST($sizes) }: most classes have so few examples that all of them went to the other splits
    .remedy = collect more examples of each class, merge small classes, or give your own split
left-to-test = { $count ->
    [one] one example of train or valid is not used there, because another task has it in test
   *[other] { $count } examples of train or valid are not used there, because another task has them in test
 }: { $counts }
    .remedy = nothing to do: every test split stays as given, and no task is trained on it
left-to-valid = { $count ->
    [one] one example was moved from train to valid, because another task has it in valid
   *[other] { $count } examples were moved from train to valid, because another task has them in valid
 }: { $counts }
    .remedy = nothing to do: no task is trained on examples that another task is validated on
label-shares-differ = the { $tasks ->
    [one] classes
   *[other] classes of '{ $task }'
 } are not as common in { $split } as in train: '{ $label }' is { NUMBER($train_share, style: "percent") } of train and { NUMBER($split_share, style: "percent") } of { $split } (p < 0.001)
    .remedy = read balanced accuracy, or divide the data at random, so that all splits have the class shares that you expect in new data
