# What any error may need.

did-you-mean = did you mean { OR($names) }?
known-names = known: { $names }{ $more ->
    [0] { "" }
   *[other] { " and " }{ $more } more
 }
bad-example = { $reason }: { $detail }
    .remedy = replace it, or leave it out
