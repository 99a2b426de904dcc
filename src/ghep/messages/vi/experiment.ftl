# One run. The lines it prints before it starts.

plan-data = dữ liệu    { $name }: { $sizes }; { EACH($classes) }
plan-split = { $count } { $split }
plan-classes = { $count } { $multi_label ->
    [true] lớp của { $task }, mỗi mẫu có số lớp bất kỳ
   *[false] lớp của { $task }
 }
plan-numbers = { $task }, một số (hồi quy)
plan-backbone = backbone   { $name } ({ $pretrained ->
    [true] { $source }
   *[false] trọng số ngẫu nhiên
 }): { $blocks } khối, { $features } đặc trưng, { $preprocess }
plan-strategy = chiến lược { $name }: { $summary }
plan-sharing = dùng chung cách trộn { $mixing } (dòng: { $shares }), cân loss { $weighting }{ $given ->
    [0] { "" }
   *[other] { " " }({ $weights })
 }, gradient { $surgery ->
    [none] được cộng lại
   *[other] được chỉnh bằng { $surgery } rồi cộng lại
 }
plan-share = { $task } { NUMBER($share, style: "percent", maximumFractionDigits: 0) }
plan-task-weight = { $task } { DIGITS($weight) }
plan-stage = { "  " }giai đoạn { $index } { $name }: đóng băng { $frozen } trong { $blocks } khối, { $training }
plan-stage-solved = giải head trên đặc trưng
plan-stage-trained = { $trains ->
    [adapters] adapter hạng { $rank } ở { DIGITS($highest) }, head
    [blocks] tốc độ học { DIGITS($lowest) } đến { DIGITS($highest) }, head
   *[head] head
 } { DIGITS($head_lr) }, { $epochs } epoch, batch { $batch_size }

# Fit.

advised = do ghep advise chọn: backbone { $backbone }, chiến lược { $strategy }
    .remedy = chạy ghep advise để xem lý do, hoặc ghep compare để đo
auto-needs-unprepared-data = backbone "auto" và chiến lược "auto" cần dữ liệu chưa chuẩn bị, nhưng đã nhận một Prepared
    .remedy = truyền đường dẫn hoặc Source, hoặc nêu tên backbone và chiến lược
columns-without-table = { $names } (một { $type } không có cột: các mẫu mang sẵn nhãn)
fit-settings-refused = fit không dùng được { EACH($wrong) }
    .remedy = sửa các thiết lập này, hoặc bỏ chúng
fit-strategy-and-settings-refused = { $cause }; { $refused }
settings-with-strategy-object = không truyền được { $names } cùng với một đối tượng Strategy
    .remedy = đặt chúng trong đối tượng; { $hint }
resume-without-out = resume cần thư mục của lượt chạy bị gián đoạn
    .remedy = nêu thư mục bằng --out (out)
training-despite-error = lỗi: { $cause } [{ $finding }]; huấn luyện vẫn tiếp tục
run-interrupted = { $cause }
    .remedy = để tiếp tục, thêm --out { $folder } --resume (out, resume=True)
not-deterministic = với tùy chọn deterministic, hai lượt chạy chỉ giống hệt nhau trên CPU: phép tính (kernel) của { $device } có thể cộng theo thứ tự khác nhau mỗi lần
    .remedy = chọn --device cpu (device="cpu") để giống từng bit
refit-needs-solved-head = refit giải lại head của một backbone đóng băng trên train và valid, nhưng { $strategy } huấn luyện bằng gradient và cần valid để chọn số epoch
    .remedy = bỏ --refit (refit), hoặc chọn --strategy linear_probe
refit-needs-valid = refit thêm valid vào train, nhưng { $data } không có tập valid
    .remedy = bỏ --refit (refit)
refitted = head được giải lại trên train và valid ({ $examples } mẫu) với mức điều chuẩn đã chọn trên valid; điểm trên valid và nhiệt độ (temperature) là của head đầu tiên, giải trên train

# Scores.

scored-not-as-deployed = xác suất lúc chấm lệch { DIGITS($difference) } so với mô hình được triển khai
    .remedy = vui lòng báo lỗi này; --no-cache --engine torch-float32 tránh được các nguyên nhân thường gặp
card-source = { $data } ({ $examples } mẫu, { $strategy } bằng ghep { $version }){ $pretrained ->
    [true] , sau { $before }
   *[false] { "" }
 }

# Evaluation of a bundle.

no-usable-labelled-example = không chấm được gì: { $cause }
    .remedy = lưu { $things ->
        [images] ảnh
        [texts] văn bản
       *[other] mẫu
    } theo dạng của dữ liệu huấn luyện, hoặc thay chúng
no-label-for-tasks = { $data } không có nhãn dùng được cho { LIST($tasks) }
    .remedy = đặt tên cột nhãn theo tên tác vụ, nêu tác vụ (--task NAME=PATH), hoặc truyền { $things ->
        [images] ảnh
        [texts] văn bản
       *[other] mẫu
    } có nhãn
label-column-mapped = nhãn trong '{ $column }' được chấm là tác vụ duy nhất của bundle, '{ $task }'
    .remedy = nêu cột khác: --label-column (label_columns)
unknown-split = { $joined ->
    [true] { $part }
   *[false] dữ liệu
 } không có tập "{ $split }"
    .remedy = chọn { OR($known) }

# The run folder.

out-inside-data = { $out } nằm trong thư mục dữ liệu { $data }: lần sau các tệp của nó sẽ bị đọc như dữ liệu
    .remedy = chọn thư mục ngoài dữ liệu: --out (out)
out-not-created = không tạo được thư mục { $folder } ({ $cause })
    .remedy = chọn --out (out) khác
out-not-writable = không ghi được vào { $folder }
    .remedy = chọn --out (out) khác, hoặc đổi quyền truy cập của thư mục
out-is-foreign = { $folder } không phải thư mục của một lượt chạy; chạy vào đó sẽ ghi đè { $names }
    .remedy = chọn --out (out) khác: một thư mục mới hoặc rỗng
out-bundle-is-foreign = lượt chạy sẽ thay thế { $bundle }, vốn không do ghep ghi
    .remedy = chọn --out (out) khác, hoặc chuyển nó đi nơi khác
out-holds-comparison = { $folder } chứa một phép so sánh; tệp của một lượt chạy sẽ lẫn vào đó
    .remedy = chọn --out (out) khác
out-holds-run = { $folder } chứa { $finished ->
    [true] một lượt chạy đã xong
   *[false] một lượt chạy bị gián đoạn
 }
    .remedy = chọn --out (out) khác, truyền --overwrite (overwrite=True) để thay thế, hoặc --resume (resume=True) để tiếp tục
resume-and-overwrite = không dùng resume và overwrite cùng lúc
    .remedy = chọn một: tiếp tục lượt chạy, hoặc thay thế nó
resumed-with-other-settings = lượt chạy trong { $folder } đã bắt đầu với thiết lập khác: { EACH($changed) }
    .remedy = tiếp tục với thiết lập ban đầu, hoặc chạy mới trong --out khác
resumed-setting-changed = { $name } trước là { $was }, nay là { $now }

# Controls, copies, frames.

no-control = không khớp được đối chứng của { $task }, một mô hình không qua chuyển giao: { $cause }
    .remedy = { $cure ->
        [none] { "" }
       *[other] { $cure }
    }
control-is-better = trên { $split } của { $task }, { $control } tốt hơn mô hình này { SCORE($margin) } (khoảng tin cậy 95% của chênh lệch { SCORE($low) } đến { SCORE($high) }, p { P($p, sign: "always") })
    .remedy = dùng đối chứng, chọn backbone tiền huấn luyện trên dữ liệu tương tự, hoặc tinh chỉnh nhiều khối hơn
no-better-than-control = trên { $split } của { $task }, { $control } { $order ->
    [ahead] hơn
    [behind] kém
   *[level] ngang với
 } mô hình này, nhưng không phát hiện được khác biệt ({ SCORE($margin) }; khoảng tin cậy 95% của chênh lệch { SCORE($low) } đến { SCORE($high) }, p { P($p, sign: "always") })
    .remedy = thêm mẫu test để kết luận; khi chưa có, đối chứng là lựa chọn rẻ hơn
seen-in = { $split ->
    [valid] train
   *[other] train hoặc valid
 }
score-by-copy = { SCORE($value) } trên { $n } mẫu { $label ->
    [same] có bản sao cùng nhãn
    [other] có bản sao khác nhãn
   *[unknown] có bản sao không rõ nhãn
 }
scored-on-copies = { $copies } trong { $n } mẫu { $split } của { $task } có bản sao trong { $seen_in }: { $score } { SCORE($on_all) } trên tất cả, { $unseen ->
    [0] mẫu nào cũng có bản sao
   *[other] { SCORE($on_unseen) } trên { $unseen } mẫu không có bản sao
 }; { EACH($by_copy) }
    .remedy = báo cáo điểm không tính bản sao, và xóa bản sao khỏi { $seen_in } hoặc khỏi { $split }
pandas-missing = data frame cần pandas, nhưng gói này chưa được cài
    .remedy = pip install pandas

# The record, its figure and the model card.

record-title = { $strategy } từ { $backbone }, seed { $seed }
record-heading = { $strategy } từ { $backbone }
record-seed = seed { $seed }
record-scores = điểm
record-cost = chi phí
record-bundle = bundle
record-findings-label = phát hiện
record-seconds = { DURATION($seconds) }
record-cost-text = { DURATION($seconds) }, bộ nhớ đỉnh { BYTES($memory) }, huấn luyện { $trained } trong { $total } tham số
nothing-scored = không có điểm: không có dữ liệu nào để riêng
split-of-task = { $split } của { $task }
no-result = lượt chạy không có kết quả trên tập { $split }{ $for_task ->
    [true] { " " }cho tác vụ { $task }
   *[false] { "" }
 }
    .remedy = { $results ->
        [0] lượt chạy không có kết quả nào: không có dữ liệu để riêng
       *[other] chọn một trong: { $known }
    }
majority-class = lớp đa số
constant-mean = luôn là trung bình
no-such-score = { $task } không có điểm { $score }; chỉ có { LIST($names) }
    .remedy = chọn một trong các điểm này
more-results = và { $count } mục khác, xem metrics.json
shown-findings = { $shown }{ $more ->
    [0] { "" }
   *[other] { " " }và { $more } mục khác
 }
more-findings = thêm { $count }
info-findings = { $count } thông tin
findings-left = { LIST($counts) }: xem findings.json
lower-is-better = { $score } (càng thấp càng tốt)
interval = { SCORE($low) } đến { SCORE($high) }
column-split = tập
column-task = tác vụ
column-score = điểm
column-value = giá trị
column-interval = khoảng tin cậy 95%
column-n = n

nothing-to-plot = không có gì để vẽ: head được giải không qua epoch nào, và không có dữ liệu để riêng
    .remedy = thêm tập valid hoặc test vào dữ liệu
plot-loss = loss
plot-valid-score = điểm valid
plot-epoch = epoch
plot-epoch-and-stage = epoch; phía trên: giai đoạn
plot-mean-of-tasks = trung bình các tác vụ
plot-score = điểm; nét chấm: lớp đa số

card-title = # { $data }: { $backbone }, { $strategy }
card-use = Được huấn luyện bằng ghep { $version }. Dùng với `ghep predict FOLDER FILES`, hoặc trong Python với
    `ghep.load(folder).predict([{ $example }])`.
card-data = ## Dữ liệu
card-data-header = | { $task } | train | valid | test |
card-number-header = | { $task } | số mẫu | nhỏ nhất | trung vị | lớn nhất | độ lệch chuẩn |
card-left-out = { $count } { $files ->
    [files] tệp
   *[texts] văn bản
 } không dùng được và bị bỏ qua.
card-training = ## Huấn luyện
card-backbone = - backbone: { $name } ({ $source }; giấy phép: { $licence })
card-strategy = - chiến lược: { $strategy }, seed { $seed }
card-cost = - chi phí: { DURATION($seconds) }, bộ nhớ đỉnh { BYTES($memory) }, huấn luyện { $trained } trong { $total } tham số
card-results = ## Kết quả
card-results-header = | tập | tác vụ | điểm | giá trị | khoảng tin cậy 95% | n |
card-score-unseen = { $score } không tính bản sao trong { $seen_in }
card-accuracy-of-sets = Độ chính xác của { $task } tính theo khớp hoàn toàn: câu trả lời đúng khi mọi lớp đều đúng.
card-findings = ## Phát hiện
card-no-findings = - không có
card-limits = ## Giới hạn
card-limits-text = { $predicted ->
    [number] Mô hình dự đoán một số cho mọi đầu vào, kể cả { $others }, và hiếm khi dự đoán số nằm ngoài khoảng của nhãn huấn luyện
    [sets] Mô hình chỉ biết các lớp ở trên: { $others } sẽ được gán vài lớp trong đó, hoặc không lớp nào
   *[one] Mô hình chỉ biết các lớp ở trên: { $others } sẽ được gán một lớp trong đó
 }.
    Các khoảng tin cậy đúng cho { $things ->
        [images] ảnh
        [texts] văn bản
       *[other] mẫu
    } giống loại đã đo, không đúng cho loại khác.
card-environment = ## Môi trường

# Prepared data.

prepared-for-another-backbone = { $data } đã được chuẩn bị với tiền xử lý khác với của backbone này
    .remedy = chuẩn bị lại với tiền xử lý của backbone cần huấn luyện
all-weights-zero = toàn bộ { $count } mẫu huấn luyện có trọng số 0
    .remedy = đặt trọng số lớn hơn 0 cho vài mẫu
rating-of-unknown-task = { $names } không phải tác vụ của { $data }
    .remedy = { $hint }

# Experiment trackers.

tracker-settings-header = | thiết lập | giá trị |
tracker-no-findings = không có
tracker-names = một hoặc nhiều trong { $names }
tracker-not-installed = { $name } chưa được cài: pip install { $name }
tracker-not-started = không khởi động được { $name }: { $cause }
    .remedy = cài đặt lại cho đúng, hoặc bỏ nó khỏi --report-to (report_to)
tracker-failed = { $name } gặp lỗi và không được dùng nữa: { $cause }
    .remedy = không cần làm gì: thư mục lượt chạy có mọi thứ đã báo cáo
tracker-warning = cảnh báo: { $cause }
class-weights-without-classes = class_weights tính mọi lớp ngang nhau, nhưng { LIST($tasks) } dự đoán số và không có lớp
    .remedy = bỏ class_weights
