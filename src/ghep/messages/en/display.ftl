# Notebook display.

display-items = { $count ->
    [one] 1 item
   *[other] { $count } items
 }
display-more-items = and { $count } more
