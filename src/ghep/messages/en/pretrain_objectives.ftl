# Objectives of ghep pretrain: span, tsdae, electra, bilm.

pretrain-no-sentinels = span corruption needs at least two sentinels, <extra_id_0> and <extra_id_1>, and the end of a text, </s>; the vocabulary has { $found ->
        [one] one sentinel
       *[other] { $found } sentinels
    }
    .remedy = continue a backbone of T5 kind, or train from scratch
pretrain-span-of-other-kind = span corruption trains an encoder with a decoder ({ OR($kinds) }); "{ $name }" is of kind { $kind }
    .remedy = choose another objective, such as mlm, or another backbone
pretrain-tsdae-kind = "{ $name }" is of kind { $kind }, which cannot be a decoder with cross-attention, as TSDAE needs
    .remedy = use a backbone of the kinds bert, roberta, xlm-roberta, camembert or electra, or the objective mlm
pretrain-tsdae-pooling = TSDAE needs one vector of a text ({ OR($poolings) }); this sentence encoder pools by { $pooling }
    .remedy = use the objective mlm
pretrain-electra-of-other-kind = the objective electra continues discriminators of kind electra; "{ $name }" is of kind { $kind }
    .remedy = use the objective mlm, or train from scratch
pretrain-bilm-of-other-kind = the objective bilm continues networks of ELMo's kind; "{ $name }" is another
    .remedy = use the objective mlm or clm, or train from scratch
pretrain-vocabulary-of-objective = the objective { $objective } cannot have a vocabulary of { $kind }
    .remedy = use { OR($kinds) }, or leave the setting out
electra-small-corpus = the corpus has { $words ->
    [one] one word
   *[other] { NUMBER($words, useGrouping: 1) } words
 }, few for ELECTRA: published recipes use a thousand times as many
    .remedy = compare with the objective mlm on the same corpus
electra-at-chance = the discriminator knows at most which tokens are frequent: among occurrences of the same token its AUC is { SCORE($context_auc) } (0.5 is guessing); over all, { SCORE($replaced_auc) } on tokens that the generator drew, { SCORE($random_auc) } on random ones
    .remedy = train longer, or use the objective mlm
