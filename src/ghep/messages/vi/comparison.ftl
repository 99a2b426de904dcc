# Một phép so sánh: đường học, đường nhãn, kế hoạch, các lượt chạy và kết quả.

curve-one-point = { $contender }: điểm valid { SCORE($asymptote) } [{ SCORE($low) }; { SCORE($high) }]; chỉ một điểm, không phải đường theo epoch
curve-gains = { $contender }: điểm valid bắt đầu ở { SCORE($start) }, tăng { NUMBER($per_epoch, maximumSignificantDigits: 2) } điểm phần trăm mỗi epoch và ổn định ở { SCORE($asymptote) } [{ SCORE($low) }; { SCORE($high) }]
curve-gains-timed = { $contender }: điểm valid bắt đầu ở { SCORE($start) }, tăng { NUMBER($per_epoch, maximumSignificantDigits: 2) } điểm phần trăm mỗi epoch ({ NUMBER($per_second, maximumSignificantDigits: 2) } mỗi giây) và ổn định ở { SCORE($asymptote) } [{ SCORE($low) }; { SCORE($high) }]
curve-no-gain = { $contender }: điểm valid bắt đầu ở { SCORE($start) }, không tăng khi huấn luyện và ổn định ở { SCORE($asymptote) } [{ SCORE($low) }; { SCORE($high) }]

labels-saved = { $contender } với { $labels } nhãn đạt điểm ngang với { $control } với { $ratio ->
    [more] số nhãn gấp { NUMBER($times, maximumSignificantDigits: 2) } lần
    [same] cùng số nhãn
   *[fewer] ít nhãn hơn
 }: { $needed }
labels-saved-above = { $contender } với { $labels } nhãn đạt điểm cao hơn { $control } với toàn bộ { $most } nhãn
labels-saved-above-open = { $contender } với { $labels } nhãn đạt điểm cao hơn { $control } với toàn bộ { $most } nhãn, nhưng chưa chắc chắn: { $control } có thể đạt điểm đó với { $low } nhãn
labels-saved-clearly-above = { $contender } với { $labels } nhãn đạt điểm cao hơn { $control } với toàn bộ { $most } nhãn, có ý nghĩa thống kê
label-count = { $fewest ->
    [true] { $count } trở xuống
   *[false] { $count }
 }
label-count-interval = { $needed } [{ $low }; { $high }]
label-count-more = hơn { $count }

# Thư mục và trạng thái.

comparison-folder-holds-run = { $folder } chứa một lượt chạy; các tệp của phép so sánh sẽ lẫn vào đó
    .remedy = chọn --out (out) khác
comparison-folder-foreign = { $folder } không phải thư mục của một phép so sánh; phép so sánh sẽ ghi đè { $names } trong đó
    .remedy = chọn --out (out) khác: một thư mục mới hoặc rỗng
comparison-settings-differ = { $folder } chứa một phép so sánh có thiết lập khác
    .remedy = chọn --out (out) khác, hoặc thêm --overwrite (overwrite=True) để thay thế
comparison-data-changed = dữ liệu đã thay đổi kể từ khi phép so sánh trong { $folder } bắt đầu
    .remedy = chọn --out (out) khác, hoặc thêm --overwrite (overwrite=True) để bắt đầu lại
comparison-weights-changed = trọng số của { $backbone } đã thay đổi kể từ khi phép so sánh trong { $folder } bắt đầu
    .remedy = chọn --out (out) khác, hoặc thêm --overwrite (overwrite=True) để bắt đầu lại
comparison-seeds-differ = { $folder } chứa một phép so sánh với { $found } seed, không phải { $seeds }
    .remedy = chọn --out (out) khác, hoặc thêm --overwrite (overwrite=True) để thay thế
comparison-interrupted = bị dừng khi các lượt chạy đang diễn ra
comparison-stopped = phép so sánh bị ngắt: { $cause }
    .remedy = chạy lại cùng lệnh này để tiếp tục
comparison-state = trạng thái của phép so sánh
run-metrics = các số đo của lượt chạy
run-settings = các thiết lập của lượt chạy
run-plan = kế hoạch của lượt chạy
run-findings = các phát hiện của lượt chạy
run-file-unreadable = không đọc được { $file } ({ $cause })
    .remedy = xóa { $folder } rồi chạy lại lệnh: chỉ lượt chạy này được làm lại
every-run-failed = mọi lượt chạy đều thất bại; nguyên nhân của lần đầu: { $cause }
    .remedy = { $first_remedy }
run-raised = { $type }: { $text }
run-traceback = thư mục của lần chạy có traceback, { $file }

# Dữ liệu.

backbones-use-other-examples = một số mẫu của { $data } không dùng được với mọi backbone, nên không thể so sánh các backbone trên cùng các mẫu
    .remedy = so sánh từng backbone một, hoặc bỏ các mẫu không dùng được mà "ghep check" liệt kê
valid-as-test = không có tập test có nhãn: tập valid được dùng làm tập test, và một phần của train làm tập valid
    .remedy = thêm một tập test có nhãn để giữ nguyên tập valid đã chia
nothing-to-score = { $data } không có mẫu test có nhãn{ $task ->
    [none] { "" }
   *[other] { " " }cho { $task }
 }, nên không thể so sánh các mô hình
    .remedy = bỏ cách chia sẵn có để ghep tự chia dữ liệu, hoặc đưa các mẫu có nhãn vào tập test
test-has-one-class = { $data }: tập test chỉ có một lớp của { $task }, "{ $label }", nên không thể so sánh các mô hình trên đó
    .remedy = bỏ cách chia sẵn có để ghep tự chia dữ liệu, hoặc đưa mẫu của mọi lớp vào tập test

# Các tiến trình worker.

worker-prepares-otherwise = một tiến trình worker chuẩn bị mẫu cho { $backbone } khác với tiến trình đã khởi động nó
    .remedy = chạy phép so sánh trong một tiến trình: jobs=1 (--jobs 1), và vui lòng báo lỗi này
worker-ended-twice = tiến trình worker của lượt chạy này đã kết thúc hai lần trước khi xong việc, lần thứ hai khi không có lượt chạy nào khác: { $how }
    .remedy = nếu thiếu bộ nhớ, dùng batch_size hoặc image_size nhỏ hơn; cùng lệnh này sẽ làm lại lượt chạy
worker-killed = bị kết thúc bởi tín hiệu { $signal }
worker-exited = mã thoát { $code }{ $line ->
    [none] { "" }
   *[other] : { $line }
 }

# Mốc tham chiếu không cần nhãn.

no-zero-shot = mốc tham chiếu zero_shot bị bỏ qua: { $cause }
    .remedy = { $advice }
zero-shot-regression = nhãn là số, không phải tên lớp
class-name-without-words = những tên lớp như "{ $name }" không chứa từ nào
class-names-same-words = hai tên lớp gồm cùng các từ
zero-shot-multi-label = tác vụ là đa nhãn: một văn bản có thể thuộc nhiều lớp
zero-shot-no-vector = { $backbone } không tính một vector đặc trưng duy nhất cho mỗi văn bản
zero-shot-pairs = các mẫu là cặp văn bản, không phải văn bản đơn

# Phát hiện của các lượt chạy.

finding-of-runs = { $finding } ({ $runs })
finding-of-runs-details = { $finding } ({ $runs }; chi tiết là của { $first })
finding-of-a-run = { $finding } ({ $contender }, seed { $seed }{ $more ->
    [0] { "" }
   *[other] , và { $more } lượt chạy nữa
 })
runs-all-seeds = { $contender }, { $count ->
    [2] cả hai seed
   *[other] toàn bộ { $count } seed
 }
runs-of-seeds = { $contender }, { $count ->
    [1] seed
   *[other] các seed
 } { LIST($seeds) }

# Tiến độ và kết quả của ghep.compare.

compare-tasks = { $tasks } tác vụ: một mô hình cho tất cả so với mỗi tác vụ một mô hình; { $strategies }, { $seeds } seed
labels-are-all = không có điểm { $labels } nhãn mỗi lớp trên đường cong: không lớp nào có nhiều hơn, nên đó lại là toàn bộ nhãn
compare-controls = đang khớp các đối chứng không cần lượt huấn luyện: câu trả lời cố định và mô hình tuyến tính trên dữ liệu thô
compare-finding = { $level }: { $finding }
compare-model = mô hình   { $bundle }
compare-nothing-to-plot = không có gì để vẽ: chưa có mô hình nào được huấn luyện trên nhiều tác vụ
    .remedy = xem báo cáo, { $report }

# Các lần lấy mẫu với ít nhãn.

draws-unknown-task = { $data } không có tác vụ "{ $task }"
    .remedy = { $hint }
draws-labels-invalid = cần ít nhất một nhãn mỗi lớp, nhưng { $count ->
    [0] không có nhãn nào
   *[other] { $found }
 }
    .remedy = nêu số nhãn mỗi lớp, ví dụ 1, 2, 4
draws-without-test = { $data } không có tập test cũng không có tập valid, nên không chấm được mô hình huấn luyện với ít nhãn
    .remedy = thêm một tập test
draws-multi-label = { $task } là đa nhãn: mỗi mẫu có nhiều lớp, nên không lấy mẫu được theo số nhãn mỗi lớp
    .remedy = bỏ --labels, hoặc so sánh trên một cột có một lớp cho mỗi mẫu
fewer-labels = { $short } trong { $classes } lớp có ít hơn { $count } nhãn; mọi nhãn của các lớp này đều được dùng
    .remedy = gán nhãn thêm cho các lớp này, hoặc yêu cầu ít nhãn hơn mỗi lớp

# Dò tốc độ học (learning rate).

rate-other = gấp { NUMBER($factor, maximumSignificantDigits: 2) } lần tốc độ học suy ra từ dữ liệu: hơn { SCORE($gain) } trên valid, sai số chuẩn { SCORE($error) }
rate-out-of-reach = tốc độ học suy ra từ dữ liệu: điểm valid của nó cao đến mức không tốc độ nào khác có thể hơn quá một sai số chuẩn ({ SCORE($error) })
rate-only = tốc độ học suy ra từ dữ liệu; chưa thử tốc độ nào khác
rate-derived = tốc độ học suy ra từ dữ liệu: không tốc độ nào khác hơn quá một sai số chuẩn ({ SCORE($error) }) trên valid
rate-unconfirmed = tốc độ học suy ra từ dữ liệu; gấp { NUMBER($factor, maximumSignificantDigits: 2) } lần tốc độ đó cho kết quả tốt hơn trong một lượt thử ngắn, nhưng xác nhận trên toàn bộ tập train sẽ tốn quá nhiều phần của giới hạn thời gian

# Tiến độ của các lượt chạy.

runs-at-once = { $jobs } lượt chạy cùng lúc, mỗi lượt { $threads } luồng
runs-one-at-a-time = mỗi lần một lượt chạy: các tiến trình khác không đọc được mẫu trong bộ nhớ của tiến trình này
runs-planned = { $runs } lượt chạy, khoảng { DURATION($seconds) }
runs-planned-with-curve = { $runs } lượt chạy, khoảng { DURATION($seconds) }, trong đó đường học theo số nhãn mất { DURATION($curve) }
runs-that-fit = { $runs ->
    [0] không lượt chạy nào
   *[other] khoảng { $runs } lượt chạy
 } trong số này vừa với phần thời gian còn lại của giới hạn { DURATION($limit) }
no-time-for-run = không đủ thời gian: một lượt chạy mất khoảng { DURATION($seconds) }
contender-unusable = chiến lược này không dùng được với backbone này: { $cause }
no-time-for-search = không có thời gian dò tốc độ học; dùng tốc độ học suy ra từ dữ liệu
search-announced = trước hết dò tốc độ học cho { $strategies } chiến lược: khoảng { DURATION($seconds) }
search-failed = { $contender }: dò tốc độ học thất bại: { $cause }
rate-of = tốc độ học của { $contender }: { $choice }
stopped-between-runs = dừng giữa hai lượt chạy
run-begun = [{ $spent }] lượt chạy { $number }: { $contender }, { $cell }
run-failed = thất bại: { $contender }, { $cell }: { $cause }
runs-left-out = bỏ qua: { $contender } ({ $runs } lượt chạy): { $cause }
cell-seed = seed { $seed }
cell-seed-labels = seed { $seed }, { $labels } nhãn{ $numeric ->
    [true] { "" }
   *[false] { " mỗi lớp" }
 }
