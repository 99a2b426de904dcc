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
