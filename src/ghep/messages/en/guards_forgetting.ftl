# What fine-tuning left of what the backbone knew before.

forgetting-none = no pretrained block changed, so nothing is forgotten
forgetting-measured = { $measure ->
    [source] accuracy on the source data is { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of what it was
    [neighbours] { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of the { $count } nearest neighbours of each probe sentence are the same as before
   *[cka] the features of { $inputs } { $split } examples resemble those before by { SCORE($share) } (CKA; 1 is unchanged)
 }
forgetting-summary = { $measured }; reported below { SCORE($bar) }
forgetting-cka = the features of { $inputs } { $split } examples resemble those before by { SCORE($share) } (CKA; 1 is unchanged); the block that changed most is { $block }, { SCORE($cka) }
forgetting-agreement = with its source head put back, the backbone gives { NUMBER($share, style: "percent", maximumFractionDigits: 0) } [{ NUMBER($low, style: "percent", maximumFractionDigits: 0) }, { NUMBER($high, style: "percent", maximumFractionDigits: 0) }] of { $inputs } { $split } examples the same answer as before (KL divergence { NUMBER($divergence, minimumFractionDigits: 2, maximumFractionDigits: 2) } nats)
forgetting-neighbours = { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of the { $count } nearest neighbours of each probe sentence are the same as before
forgetting-loss = predicting the next token of the probe sentences costs { NUMBER($after, minimumFractionDigits: 2, maximumFractionDigits: 2) } nats, before { NUMBER($before, minimumFractionDigits: 2, maximumFractionDigits: 2) }
forgetting-source = accuracy on the source data is { SCORE($after) }, before { SCORE($before) }: { POINTS($difference) } points [{ POINTS($low) }, { POINTS($high) }] (n={ $count })
forgetting-label = source kept
run-forgetting = kept      { $text }
card-forgetting = ## What training left of the pretraining

forgot-source = fine-tuning has overwritten most of what the backbone knew: { $measured }; healthy runs stay above { SCORE($bar) }
    .remedy = if the model should still work on data unlike train, use --keep wise, --strategy light, or a lower --lr

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

board-kept = kept: of what the backbone knew before
leaderboard-kept = <em>Kept</em> is what training left of what the backbone knew before, mean over runs; 1 is unchanged. For images it is the similarity (CKA) of the features of held-out examples with those before, for texts the share of the nearest neighbours of fixed sentences that are the same, and with --source-data the accuracy on them after training divided by that before. See docs/guards.md, "Forgetting".
