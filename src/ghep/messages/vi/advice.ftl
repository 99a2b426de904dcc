# Lời khuyên: nên thử backbone và chiến lược nào trước.

# Lỗi và phát hiện.

no-backbone-installed = chưa cài backbone nào cho { $modality ->
    [image] ảnh
    [text] văn bản
   *[other] dữ liệu { $modality }
 }
    .remedy = { $install ->
    [none] cài lại ghep
   *[other] { $install }
 }, hoặc nêu tên vài backbone: --backbones a,b (backbones=[...])
backbone-too-large = trọng số chiếm { BYTES($size) }; backbone lớn như vậy chỉ được thử khi được nêu tên
    .remedy = nêu tên nó bằng --backbones (backbones=[...])
folder-without-backbone = { $folder } không chứa backbone nào: không có config.json, và không có *.safetensors đi cùng tệp json cùng tên
    .remedy = truyền một tệp trọng số, một bundle, hoặc một thư mục các tệp trọng số kèm json
backbone-generates-labels = { $backbone } sinh nhãn dưới dạng văn bản, nên không có đặc trưng cho head tuyến tính mà advise cần
    .remedy = bỏ nó ra, hoặc tinh chỉnh nó: ghep fit --strategy full
advise-unknown-option = advise không có tùy chọn { LIST($names) }
    .remedy = { $hints }
advise-multi-label = { $task } là đa nhãn, có gạch đứng giữa các lớp trong một nhãn; advise cần một lớp cho mỗi mẫu
    .remedy = nêu cột khác bằng --label (label_columns), hoặc so sánh các backbone: ghep compare
one-task = lời khuyên chỉ nói về { $task }, tác vụ đầu tiên trong { $count } tác vụ
    .remedy = với tác vụ khác, nêu cột của nó bằng --label (label_columns)
advice-for-numbers = { $task } là tác vụ hồi quy: các backbone được so sánh trên dữ liệu này, nhưng các quy tắc chọn chiến lược chỉ được kiểm tra với phân loại
    .remedy = so sánh các chiến lược: ghep compare
sampled = lời khuyên dùng { $used } trong { $total } mẫu, một mẫu ngẫu nhiên phân tầng
track-record = thành tích của lời khuyên

# Cuộc đua giữa các backbone.

advice-probed = { $backbone }: { SCORE($accuracy) } trên { $count } mẫu
advice-clearly-worse = kém rõ rệt so với { $best } trên { $count } mẫu: { SCORE($accuracy) } so với { SCORE($best_accuracy) }
advice-stopped = không chấm tiếp trên nhiều mẫu hơn, vì kém rõ rệt trên { $count } mẫu đầu tiên: { $backbones }
advice-race = { $total } backbone được chấm trên { $count } mẫu; { $stopped } backbone kém rõ rệt và dừng ở đó, { $finished } backbone còn lại được chấm trên toàn bộ { $all } mẫu

# Vì sao một backbone không có bộ phân loại của tác vụ nguồn.

source-head-none = backbone không được tiền huấn luyện để phân loại
source-head-hub = trọng số lấy từ hub, không kèm bộ phân loại
source-head-no-weights = backbone không có trọng số tiền huấn luyện
no-leep-of-numbers = nhãn là số
source-head-ambiguous = tệp trọng số có { $count } tầng có thể là bộ phân loại

# Chiến lược, và vì sao.

advice-size = { $size ->
    [few] ít
   *[many] nhiều
 }: { $num_train } mẫu huấn luyện của { $classes } lớp, { NUMBER($per_class, maximumFractionDigits: 0) } mỗi lớp (nhiều: từ { $many } mỗi lớp trở lên)
advice-size-of-numbers = { $size ->
    [few] ít
   *[many] nhiều
 }: { $num_train } mẫu huấn luyện; với hồi quy, số đó tính như { $classes } lớp, mỗi lớp { NUMBER($per_class, maximumFractionDigits: 0) } mẫu (nhiều: từ { $many } mẫu trở lên)
advice-distance = { $distance ->
    [near] gần
   *[far] xa
 }: một head tuyến tính trên đặc trưng đóng băng tránh được { NUMBER($closeness, maximumFractionDigits: 0) }% số lỗi của việc luôn đoán lớp thường gặp nhất (gần: từ { NUMBER($near, maximumFractionDigits: 0) }% trở lên) và { NUMBER($gain, maximumFractionDigits: 0) }% số lỗi của đặc trưng ngẫu nhiên (gần: từ { NUMBER($near_gain, maximumFractionDigits: 0) }% trở lên)
advice-distance-of-numbers = { $distance ->
    [near] gần
   *[far] xa
 }: một head tuyến tính trên đặc trưng đóng băng giải thích { NUMBER($closeness, maximumFractionDigits: 0) }% phương sai (gần: từ { NUMBER($near, maximumFractionDigits: 0) }% trở lên) và { NUMBER($gain, maximumFractionDigits: 0) }% phần phương sai mà đặc trưng ngẫu nhiên chưa giải thích được (gần: từ { NUMBER($near_gain, maximumFractionDigits: 0) }% trở lên)

# Lời khuyên khi in ra.

advice-take = chọn      { $backbone } với { $strategy }
advice-heading = Chọn { $backbone } với { $strategy }
advice-based-on = dựa trên  { $evidence }
advice-based-on-title = dựa trên
advice-evidence = { $score }; { $rank }
advice-score = một head tuyến tính trên đặc trưng đóng băng của nó: { SCORE($accuracy) } [{ SCORE($low) }; { SCORE($high) }] (khoảng tin cậy 95%; n={ $count }, { $folds ->
    [0] đo trên valid
   *[other] kiểm định chéo với { $folds } fold của train và valid
 })
advice-only = đó là backbone duy nhất được thử
advice-ahead = nó đứng trước { $others } backbone còn lại
advice-ranks-tied = các hạng { $ranks } không phân biệt được
advice-first-ranks-tied = các hạng từ 1 đến { $last } không phân biệt được
advice-scores-disagree = { $choices }, nhưng linear probe kém rõ rệt ({ LIST($accuracies) } so với { SCORE($best_accuracy) }): nên tin linear probe, vì các điểm khác là ước lượng thô hơn; để quyết định bằng tinh chỉnh, chạy ghep compare --backbones { $backbones }
advice-score-prefers = { LIST($scores) } sẽ chọn { $backbone }
advice-accuracy = { SCORE($accuracy) }
advice-record = trên { $data_sets } bộ dữ liệu chuẩn, mô hình được khuyên kém { NUMBER($median, minimumFractionDigits: 1, maximumFractionDigits: 1) } điểm phần trăm độ chính xác (trung vị; tệ nhất { NUMBER($worst, minimumFractionDigits: 1, maximumFractionDigits: 1) }) so với kết quả tốt nhất trong mọi backbone và chiến lược đã thử; trên { $right } bộ, nó kém kết quả tốt nhất không quá một sai số chuẩn
advice-record-rival = trên cùng các bộ dữ liệu, quy tắc cố định tốt nhất ({ $rule }) kém { NUMBER($median, minimumFractionDigits: 1, maximumFractionDigits: 1) } điểm phần trăm (trung vị; tệ nhất { NUMBER($worst, minimumFractionDigits: 1, maximumFractionDigits: 1) })
advice-left-out = bỏ qua    { $backbone }: { $cause }
advice-was-left-out = { $backbone } bị bỏ qua: { $cause }
advice-trust-title = nên tin đến mức nào

# Bảng của lời khuyên.

advice-column-backbone = backbone
advice-column-examples = số mẫu
advice-column-probe = probe
advice-column-interval = khoảng tin cậy 95%
advice-column-seconds = giây
advice-row-random = đặc trưng ngẫu nhiên
advice-row-majority = lớp đa số
advice-tied = = không phân biệt được với hạng nhất
advice-no-leep = "-": không có điểm LEEP, vì { $cause }
advice-more = và { $count } dòng nữa
advice-mark-first = hạng nhất
advice-mark-level = ngang hạng nhất
advice-mark-stopped = đã dừng
advice-interval = { SCORE($low) } đến { SCORE($high) }
advice-range = { NUMBER($low, minimumFractionDigits: 2, maximumFractionDigits: 2) } đến { NUMBER($high, minimumFractionDigits: 2, maximumFractionDigits: 2) }
