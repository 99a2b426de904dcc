# ghep pretrain: mục tiêu, khối văn bản, thiết lập, thư mục được ghi ra.

pretrain-objective-unknown = không có mục tiêu tên "{ $name }"
    .remedy = { $hint }
pretrain-objective-missing = pretrain cần một mục tiêu
    .remedy = thêm --objective với { OR($known) }
pretrain-bn-without-backbone = bn ước lượng lại thống kê của một backbone, mà chưa nêu backbone nào
    .remedy = nêu một backbone ảnh có BatchNorm: --from efficientnet-lite0
pretrain-setting-of-other-objective = { $objective } không có thiết lập { OR($names) }
    .remedy = bỏ thiết lập đó; { $objective } có { LIST($known) }
pretrain-setting-of-scratch = { LIST($names) }: chỉ dành cho mạng bắt đầu từ trọng số ngẫu nhiên; backbone để huấn luyện tiếp đã có kích thước và từ vựng riêng
    .remedy = bỏ thiết lập đó, hoặc bắt đầu không có --from
pretrain-vectors-from-backbone = { $objective } bắt đầu từ vector ngẫu nhiên và không huấn luyện tiếp backbone nào
    .remedy = bỏ --from
pretrain-settings-refused = pretrain không dùng được { EACH($wrong) }
    .remedy = sửa các giá trị này, hoặc bỏ chúng
pretrain-setting-unknown = pretrain không có thiết lập { OR($names) }
    .remedy = { $hint }; ghep pretrain --help liệt kê tất cả
setting-objective = Học gì: mlm (từ bị che), clm (từ tiếp theo), span, tsdae, electra, bilm; word2vec, fasttext (vector từ); bn (thống kê BatchNorm của ảnh).
    .allowed = tên của một mục tiêu
setting-pretrain-backbone = Backbone để huấn luyện tiếp, với từ vựng của nó: minilm, hf/NAME, hoặc một thư mục. Mặc định: trọng số ngẫu nhiên và từ vựng lấy từ ngữ liệu.
setting-pretrain-seed = Seed của trọng số, của thứ tự và của những gì bị che.
help-pretrain-corpus = Văn bản không nhãn: tệp văn bản, thư mục, bảng, Parquet; với bn là ảnh.
command-pretrain = Tiền huấn luyện một backbone trên văn bản không nhãn: mô hình ngôn ngữ, vector từ; từ trọng số ngẫu nhiên hoặc từ một backbone (--from).

 ghep pretrain reviews.txt --objective mlm --from minilm --time-limit 20m --out runs/reviews-minilm

 ghep fit labelled.csv --backbone runs/reviews-minilm
setting-pretrain-time_limit = Thời gian huấn luyện tối đa: 90s, 20m, 1.5h; lịch tốc độ học cũng kết thúc đúng lúc đó.
setting-passes = Số lượt đi qua ngữ liệu, với vector từ thì làm tròn lên; khi có giới hạn thời gian thì là số lượt tối đa.
    .allowed = lớn hơn 0
setting-pretrain-lr = Tốc độ học cao nhất; 1e-3 khi huấn luyện từ đầu, 1e-4 khi huấn luyện tiếp một backbone.
setting-pretrain-batch_size = Số khối văn bản mỗi bước.
setting-length = Số token của một khối văn bản, kể cả token đặc biệt.
    .allowed = một số nguyên từ 8 trở lên
setting-masking = Tỉ lệ token bị che; 0.25 khi huấn luyện từ đầu, 0.15 khi huấn luyện tiếp một backbone.
    .allowed = từ 0.01 đến 0.9
setting-layers = Khi không có --from: số tầng.
    .allowed = một số nguyên từ 1 đến 48
setting-width = Khi không có --from: số đặc trưng mỗi token; 256, hoặc 128 nếu dưới 500.000 từ.
    .allowed = một bội số của 16
setting-pretrain-dropout = Khi không có --from: dropout; 0 nếu ít lượt, nếu không thì 0.1.
setting-vocabulary = Khi không có --from: số token tối đa của từ vựng.
    .allowed = một số nguyên từ 32 trở lên
setting-vocabulary_kind = Khi không có --from: wordpiece, bytes (BPE mức byte), unigram, hoặc characters; với bilm: words, hoặc characters, loại đọc theo chữ cái.
setting-column = Khi ngữ liệu là một bảng: cột chứa văn bản.
    .allowed = tên của một cột
setting-licence = Giấy phép của ngữ liệu, để ghi vào thẻ.
    .allowed = văn bản
setting-held_out = Tỉ lệ tài liệu không dùng để huấn luyện, dùng để đánh giá việc huấn luyện.
    .allowed = từ 0.001 đến 0.5
setting-pretrain-out = Thư mục được ghi ra; mặc định: trong runs/, theo ngữ liệu, mục tiêu và thời điểm.
setting-pretrain-overwrite = Thay thế lần tiền huấn luyện trong thư mục.
setting-pretrain-resume = Tiếp tục từ checkpoint cuối cùng trong thư mục.
setting-pretrain-workers = Số luồng chọn những gì bị che.
pretraining-folder = thư mục của một lần tiền huấn luyện
pretrain-reading = đang đọc ngữ liệu
pretrain-corpus-line = ngữ liệu: { NUMBER($words) } từ; { NUMBER($documents) } tài liệu để huấn luyện, { NUMBER($held_out) } để riêng
pretrain-blocks-line = { NUMBER($tokens) } token, từ vựng { NUMBER($vocabulary) } token, chia thành { NUMBER($blocks) } khối dài tối đa { $length }; { NUMBER($held_out) } khối để riêng
pretrain-interrupted = { $cause }
    .remedy = tiếp tục bằng cùng lệnh này, thêm --resume --out { $folder }
pretrain-kind-without-head = { $objective } không có head cho backbone loại { $kind }
    .remedy = thử mục tiêu khác, hoặc bắt đầu không có --from
pretrain-no-mask-token = { $objective } cần một token che (mask), mà từ vựng của backbone không có
    .remedy = thử --objective clm hoặc tsdae, hoặc bắt đầu không có --from
pretrain-mlm-of-causal = mlm đoán từ cả hai phía của văn bản, còn { $name } chỉ đọc từ trái sang phải
    .remedy = dùng --objective clm
pretrain-clm-of-bidirectional = clm đoán token tiếp theo, mà { $name } đã đọc token đó rồi: nó đọc toàn bộ văn bản
    .remedy = dùng --objective mlm
pretrain-backbone-not-a-transformer = { $name } không phải transformer của Hugging Face cho văn bản, và chỉ loại này huấn luyện tiếp được
    .remedy = nêu minilm, hf/NAME hoặc một thư mục; hoặc bắt đầu không có --from
pretrain-exclude-of-corpus = ngữ liệu đã được đọc rồi, nên không thể loại { $count ->
    [1] văn bản test
   *[other] { $count } văn bản test
 } trong exclude ra khỏi đó nữa
    .remedy = truyền chúng khi đọc ngữ liệu: read_corpus(..., exclude=texts), hoặc truyền các tệp cho pretrain
pretrain-corpus-without-tokens = ngữ liệu quá nhỏ: trong { $train } khối để huấn luyện, hoặc { $held_out } khối để riêng, không có token nào để đoán
    .remedy = thêm văn bản, hoặc để riêng nhiều hơn (--held-out 0.2)
pretrain-resumed-with-other-settings = { $folder } chứa một lần tiền huấn luyện khác: ngữ liệu, mục tiêu, backbone, seed hoặc thiết lập không giống
    .remedy = lặp lại lệnh của lần đầu với --resume, hoặc chọn thư mục khác
pretrain-out-is-foreign = { $folder } chứa những tệp không thuộc một lần tiền huấn luyện
    .remedy = chọn thư mục khác bằng --out
pretrain-out-held = { $folder } chứa { $finished ->
    [true] một lần tiền huấn luyện đã hoàn tất
   *[other] một lần tiền huấn luyện bị ngắt giữa chừng
 }
    .remedy = { $finished ->
    [true] chọn thư mục khác bằng --out, thay thế bằng --overwrite, hoặc giữ nguyên và dùng tiếp bằng --resume, chẳng hạn để hoàn tất phép so sánh của --then
   *[other] chọn thư mục khác bằng --out, hoặc thay thế bằng --overwrite, hoặc tiếp tục bằng --resume
 }
pretrained-folder-differs = thư mục vừa ghi cho ra trạng thái khác với mô hình đã huấn luyện: lệch { NUMBER($difference, maximumSignificantDigits: 3) }
setting-documents = Cách chia tệp văn bản thành tài liệu: line, paragraph, article, separator, file; mặc định: quy tắc đầu tiên phù hợp.
pretrain-no-progress = loss trên văn bản để riêng là { NUMBER($after, maximumFractionDigits: 3) } sau khi tiền huấn luyện, trước đó là { NUMBER($before, maximumFractionDigits: 3) }
    .remedy = huấn luyện lâu hơn, hoặc với tốc độ học thấp hơn (--lr); backbone đã quen loại văn bản này thì học được ít từ nó
pretrain-not-above-counts = { $level ->
    [nothing] mô hình chưa học được gì: nó cần { NUMBER($loss, maximumFractionDigits: 2) } nat cho một token của văn bản để riêng, còn tần suất token chỉ cần { NUMBER($unigram, maximumFractionDigits: 2) }
   *[frequencies] tần suất các token kề nhau đoán tốt hơn mô hình: mô hình cần { NUMBER($loss, maximumFractionDigits: 2) } nat cho một token của văn bản để riêng, tần suất token cần { NUMBER($unigram, maximumFractionDigits: 2) }, và tần suất cặp token cần { NUMBER($bigram, maximumFractionDigits: 2) }
 }
    .remedy = huấn luyện lâu hơn (--passes, --time-limit), hoặc thêm văn bản

# Thẻ và các dòng được in ra.

pretrain-card-title = # Tiền huấn luyện bằng { $objective } trên { NUMBER($words) } từ
pretrain-card-what = { $backbone ->
    [none] Một mạng với trọng số ngẫu nhiên
   *[other] { $backbone }
 } được ghep { $version } tiền huấn luyện trên văn bản không nhãn với mục tiêu { $objective }: { NUMBER($parameters) } tham số, { NUMBER($vocabulary) } token. Đây là một backbone: `ghep fit DATA --backbone FOLDER` huấn luyện trên nó một head cho một tác vụ.
pretrain-card-corpus = ## Ngữ liệu
pretrain-card-documents = - { NUMBER($documents) } tài liệu để huấn luyện, { NUMBER($held_out_documents) } để riêng
pretrain-card-dropped = - { $count ->
    [0] không văn bản test nào của tác vụ bị loại
   *[other] { NUMBER($count) } văn bản test của tác vụ có trong ngữ liệu và đã bị loại
 }
pretrain-card-steps = - { NUMBER($steps) } bước, { NUMBER($passes, maximumFractionDigits: 2) } lượt qua ngữ liệu, { DURATION($seconds) }, { $precision }, seed { $seed }
pretrain-card-held-out = Dự đoán { NUMBER($tokens) } token của { NUMBER($blocks) } khối để riêng, lần nào cũng là các token đó, so với tần suất token (unigram) và tần suất cặp token (bigram) trong văn bản huấn luyện:
pretrain-card-header = | | nat mỗi token | bit mỗi byte |
pretrain-card-row = | { $name } | { $nats_per_token } | { $bits_per_byte } |
pretrain-card-samples = ## Mẫu văn bản
pretrain-sample-written = { $prompt } … { $text }
pretrain-sample-filled = { $masked } → { LIST($filled) }
pretrain-round-line = { $stage }, vòng { $round }{ $rounds ->
    [0] {""}
   *[other] {" "}trong { $rounds }
 }{ $bits ->
    [none] : loss { $train } khi huấn luyện, { $held_out } trên phần để riêng
   *[other] : { $train } nat khi huấn luyện, { $held_out } trên phần để riêng, { $bits } bit mỗi byte
 }
pretrain-done-line = tiền huấn luyện xong trong { DURATION($seconds) }: { $before } nat mỗi token của văn bản để riêng trước đó, { $after } sau đó
pretrain-done-bits = bit mỗi byte: trước { $before }, sau { $after }; tần suất token { $unigram }, tần suất cặp token { $bigram }
pretrain-written = backbone: { $folder }
pretrain-use-line = tiếp theo: ghep fit DATA --backbone { $folder }
