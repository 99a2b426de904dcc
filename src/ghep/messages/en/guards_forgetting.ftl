# What fine-tuning left of what the backbone knew before.

forgetting-none = no pretrained block changed, so nothing is forgotten
forgetting-measured = { $measure ->
    [agreement] with its source head put back, the backbone gives { NUMBER($share, style: "percent", maximumFractionDigits: 0) } [{ NUMBER($low, style: "percent", maximumFractionDigits: 0) }, { NUMBER($high, style: "percent", maximumFractionDigits: 0) }] of { $inputs } { $split } examples the same answer as before (KL divergence { NUMBER($divergence, minimumFractionDigits: 2, maximumFractionDigits: 2) } nats)
    [neighbours] { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of the { $count } nearest neighbours of each probe sentence are the same as before
   *[cka] the similarity (CKA) of the features of { $inputs } { $split } examples with those before is { SCORE($share) }
 }
forgetting-summary = { $measured }; reported below { NUMBER($bar, style: "percent", maximumFractionDigits: 0) }
forgetting-cka = the block that changed most is { $block }: CKA { SCORE($cka) }
forgetting-neighbours = { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of the { $count } nearest neighbours of each probe sentence are the same as before
forgetting-loss = predicting the next token of the probe sentences costs { NUMBER($after, minimumFractionDigits: 2, maximumFractionDigits: 2) } nats, before { NUMBER($before, minimumFractionDigits: 2, maximumFractionDigits: 2) }
forgetting-source = accuracy on the source data is { SCORE($after) }, before { SCORE($before) }: { POINTS($difference) } points [{ POINTS($low) }, { POINTS($high) }] (n={ $count })
forgetting-label = source kept
run-forgetting = kept      { $text }
card-forgetting = ## What training left of the pretraining

forgot-source = fine-tuning has overwritten most of what the backbone knew: { $measured }; healthy runs keep more than { NUMBER($bar, style: "percent", maximumFractionDigits: 0) }
    .remedy = if the model should still work on data unlike train, use --strategy light or lora, or a lower --lr

setting-source_data = Labelled data like those that the backbone was pretrained on: its accuracy on them is measured before and after.
    .allowed = a path
source-data-without-head = the accuracy of { $name } on { $data } cannot be measured: { $cause }
    .remedy = omit --source-data, or use a backbone with the classifier of its pretraining
source-data-several-tasks = { $data } has the label columns { LIST($tasks) }; source data has one label for each example
    .remedy = give a table with one label column, or a folder with a folder per class
source-data-unknown-labels = none of the { $count } labels of { $data } is a class of { $name }, for example { LIST($examples) }
    .remedy = label each example with the name, a synonym, the WordNet id or the index (from 0) of its source class
source-labels-left-out = { $count ->
    [one] one example of the source data has a label that is
   *[other] { $count } examples of the source data have labels that are
 } not exactly one source class, for example { LIST($labels) }
    .remedy = label them with the index (from 0) of the class
source-data-unused = the source data were not used, because the backbone has random weights
source-data-unusable = no example of the source data can be read
source-files-left-out = { $count ->
    [one] one example of the source data is
   *[other] { $count } examples of the source data are
 } unreadable and left out
source-head-of-number = its source head predicts a number, not a class

# In the report of a comparison

percent-of = { NUMBER($share, style: "percent", maximumFractionDigits: 0) }
board-kept = kept: of what the backbone knew before
leaderboard-kept = <em>Kept</em> is what training left of what the backbone knew before: the share of held-out examples to which the backbone with its source head gives the same answer as before (mean over runs). Without a source head, for texts, it is the share of the nearest neighbours of fixed sentences that are the same as before; else the similarity (CKA) of the features. See docs/guards.md, "Forgetting".
