# Các mục tiêu của ghep pretrain: span, tsdae, electra, bilm.

pretrain-no-sentinels = span corruption cần ít nhất hai token đánh dấu, <extra_id_0> và <extra_id_1>, cùng token kết thúc văn bản, </s>; từ vựng có { $found } token đánh dấu
    .remedy = huấn luyện tiếp một backbone loại T5, hoặc huấn luyện từ đầu
pretrain-span-of-other-kind = span corruption huấn luyện một encoder kèm decoder ({ OR($kinds) }); "{ $name }" thuộc loại { $kind }
    .remedy = chọn mục tiêu khác, như mlm, hoặc backbone khác
pretrain-tsdae-kind = "{ $name }" thuộc loại { $kind }, không thể làm decoder có cross-attention như TSDAE cần
    .remedy = dùng một backbone loại bert, roberta, xlm-roberta, camembert hoặc electra, hoặc mục tiêu mlm
pretrain-tsdae-pooling = TSDAE cần một vector cho mỗi văn bản ({ OR($poolings) }); bộ mã hóa câu này dùng pooling { $pooling }
    .remedy = dùng mục tiêu mlm
pretrain-electra-of-other-kind = mục tiêu electra huấn luyện tiếp các discriminator loại electra; "{ $name }" thuộc loại { $kind }
    .remedy = dùng mục tiêu mlm, hoặc huấn luyện từ đầu
pretrain-bilm-of-other-kind = mục tiêu bilm huấn luyện tiếp các mạng loại ELMo; "{ $name }" thuộc loại khác
    .remedy = dùng mục tiêu mlm hoặc clm, hoặc huấn luyện từ đầu
pretrain-vocabulary-of-objective = mục tiêu { $objective } không thể có từ vựng loại { $kind }
    .remedy = dùng { OR($kinds) }, hoặc bỏ thiết lập này
electra-small-corpus = ngữ liệu có { NUMBER($words, useGrouping: 1) } từ, ít đối với ELECTRA: các công thức đã công bố dùng gấp nghìn lần
    .remedy = so sánh với mục tiêu mlm trên cùng ngữ liệu
electra-at-chance = discriminator nhiều nhất chỉ biết token nào thường gặp: giữa các lần xuất hiện của cùng một token, AUC của nó là { SCORE($context_auc) } (0,5 là đoán mò); trên tất cả, { SCORE($replaced_auc) } với token do generator chọn, { SCORE($random_auc) } với token ngẫu nhiên
    .remedy = huấn luyện lâu hơn, hoặc dùng mục tiêu mlm
