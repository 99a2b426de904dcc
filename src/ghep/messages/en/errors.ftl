# What any error may need.

did-you-mean = did you mean { OR($names) }?
known-names = known: { $names }{ $more ->
    [0] { "" }
   *[other] { " and " }{ $more } more
 }
cut-out = ({ $count } more)
finding-line = { $level }: { $finding } [{ $name }]
error-line = error: { $text }
fix-line = { "  " }fix: { $text }
severity-info = info
severity-warning = warning
severity-error = error
bad-example = { $reason }: { $detail }
    .remedy = replace the example, or leave it out
