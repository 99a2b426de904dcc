# ghep pretrain --objective word2vec và fasttext.

setting-dim = Vector từ: số chiều của mỗi vector; 100.
    .allowed = một số nguyên từ 1 đến 2.000
setting-window = Vector từ: số từ tối đa ở mỗi bên làm ngữ cảnh cho một từ; 5.
    .allowed = một số nguyên từ 1 đến 100
setting-negatives = Vector từ: số từ ngẫu nhiên dùng làm mẫu âm (negative) cho mỗi từ; 5.
    .allowed = một số nguyên từ 1 đến 100
setting-min_count = Vector từ: số lần xuất hiện mà một từ cần có; 5, hoặc 2 nếu dưới một triệu từ.
    .allowed = một số nguyên từ 1 trở lên
setting-sample = Vector từ: từ nào chiếm quá tỉ lệ này của ngữ liệu thì đôi khi bị bỏ qua; 0.001. 0: không bỏ từ nào.
    .allowed = từ 0 đến 1
setting-buckets = fastText: số dòng dùng chung cho các n-gram ký tự; 200.000.
    .allowed = một số nguyên từ 1 đến 10.000.000

vectors-setting-unknown = { $objective } không có thiết lập { OR($names) }
    .remedy = { $hint }
vectors-buckets-without-ngrams = buckets là của n-gram ký tự, chỉ --objective fasttext mới có
vectors-vocabulary-too-small = trong { NUMBER($words) } từ của ngữ liệu, { $kept ->
    [0] không từ nào
   *[other] chỉ { $kept } từ
 } xuất hiện ít nhất { $least } lần, mà vector từ cần hai từ
    .remedy = thêm văn bản, hoặc đặt --min-count thấp hơn
vectors-diverged = các vector từ trở thành vô cùng sau { NUMBER($steps) } batch, ở tốc độ học { DIGITS($lr) }
    .remedy = đặt --lr thấp hơn; thường là 0.025
vectors-interrupted = huấn luyện được dừng theo yêu cầu sau { NUMBER($steps) } batch, ở lượt { $epoch }
vectors-saved = { $cause }
    .remedy = tiếp tục bằng cùng lệnh này, thêm --resume --out { $folder }
vectors-word-unknown = không có vector cho từ "{ $word }"
    .remedy = { $hint }; các từ được viết thường, và những từ hiếm nhất không có vector
vectors-not-judged = không tài liệu để riêng nào có hai từ đã biết trong một cửa sổ, nên không có gì cho biết các vector đã học được gì
    .remedy = thêm văn bản, hoặc để riêng nhiều hơn (--held-out 0.2)
vectors-text-not-split = văn bản chưa được tách từ: { NUMBER($share, style: "percent", maximumFractionDigits: 0) } chữ cái nằm trong các chuỗi gồm nhiều từ tiếng Trung, Nhật, Thái hoặc Khmer viết liền, mỗi chuỗi bị tính là một từ
    .remedy = tách từ bằng khoảng trắng với một bộ tách từ (như jieba, fugashi hoặc pythainlp), ở đây và trong văn bản của tác vụ; hoặc dùng mục tiêu có từ vựng gồm các mảnh: mlm
vectors-learnt-nothing = các vector đoán từ xung quanh một từ không tốt hơn tần suất từ: loss trên phần để riêng { DIGITS($after) } so với { DIGITS($unigram) }
    .remedy = thêm văn bản hoặc thêm lượt; nếu thứ tự từ là ngẫu nhiên thì không có gì để học
vectors-phase = từ
vectors-corpus-line = { NUMBER($words) } từ có vector, { NUMBER($vocabulary) } từ khác nhau; { DIGITS($passes) } lượt
vectors-round-line = { $part }%: loss { DIGITS($train) }, { DURATION($seconds) }
vectors-round-line-held = { $part }%: loss { DIGITS($train) }, phần để riêng { DIGITS($held_out) }, { DURATION($seconds) }
vectors-judged-line = loss trên phần để riêng { DIGITS($after) } mỗi cặp từ ({ NUMBER($pairs) } cặp); chỉ dùng tần suất từ { DIGITS($unigram) }, vector ngẫu nhiên { DIGITS($guessing) }
vectors-lines-head = { $what ->
    [neighbours] các từ và những từ gần chúng nhất, lấy ở nhiều mức tần suất:
   *[analogies] phép loại suy, ba từ gần nhất cho mỗi phép:
}
vectors-neighbours-line = { $word }: { $neighbours }
vectors-analogy-line = { $a } : { $b } = { $c } : { $found }

vectors-card-title = # Vector { $objective } của { NUMBER($vocabulary) } từ
vectors-card-use = `ghep fit TABLE --backbone FOLDER` dùng chúng làm đặc trưng đóng băng: một văn bản là trung bình các vector của từ trong đó. `{ $file }` ở dạng văn bản của word2vec.
vectors-card-use-ngrams = `ghep fit TABLE --backbone FOLDER` dùng chúng làm đặc trưng đóng băng: một văn bản là trung bình các vector của từ trong đó. `{ $file }` ở dạng văn bản của word2vec; `{ $binary }` ở dạng nhị phân của fastText và có vector cho mọi từ.
vectors-card-corpus = ## Ngữ liệu
vectors-card-training = ## Huấn luyện
vectors-card-settings = Skip-gram với negative sampling: { $dim } chiều, cửa sổ { $window }, { NUMBER($negatives) } mẫu âm, các từ xuất hiện ít nhất { NUMBER($min_count) } lần, { DIGITS($passes) } lượt qua { NUMBER($tokens) } từ trong { DURATION($seconds) }, seed { $seed }, ghep { $version }.
vectors-card-neighbours = ## Từ lân cận
vectors-card-head = | từ | gần nhất |
