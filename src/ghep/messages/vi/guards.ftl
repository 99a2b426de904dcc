# Các phép kiểm tra của một lượt chạy.

temperature-at-bound = nhiệt độ (temperature) của { $task } chạm giới hạn ({ DIGITS($temperature) }): trên { $count } mẫu valid, câu trả lời có độ tin cậy cao cũng không đúng nhiều hơn những câu khác
    .remedy = không dựa vào xác suất; kiểm tra nhãn của valid, huấn luyện lâu hơn, hoặc huấn luyện nhiều phần hơn của backbone
not-calibrated = xác suất của { $task } chưa được hiệu chuẩn: { $count ->
    [0] không mẫu valid nào có nhãn
   *[other] { $count } mẫu valid có nhãn
 }, cần { $needed } để khớp nhiệt độ (temperature)
    .remedy = không dựa vào xác suất, hoặc thêm mẫu valid

bundle-answers-differ = bundle { $bundle } và mô hình đã được chấm cho logit khác nhau với { $task } (lệch đến { DIGITS($difference) })
    .remedy = không dùng bundle này, và vui lòng báo lỗi này

below-majority = { $score } của { $task } trên { $split } là { SCORE($value) }, thấp hơn mức { SCORE($majority) } của việc luôn đoán nhãn thường gặp nhất
    .remedy = không dùng mô hình này khi chưa sửa; so sánh nhãn của train và { $split }, dùng --class-weights, hoặc huấn luyện nhiều phần hơn của backbone
below-majority-class = { $score } của { $task } trên { $split } là { SCORE($value) }, thấp hơn mức { SCORE($majority) } của việc luôn đoán nhãn thường gặp nhất: "{ $label }" được đoán cho { NUMBER($answered, style: "percent", maximumFractionDigits: 0) } số mẫu, nhưng là nhãn của { NUMBER($right, style: "percent", maximumFractionDigits: 0) }
    .remedy = không dùng mô hình này khi chưa sửa; so sánh nhãn của train và { $split }, dùng --class-weights, hoặc huấn luyện nhiều phần hơn của backbone
below-mean = { $score } của { $task } trên { $split } là { SCORE($value) }: luôn đoán giá trị trung bình còn tốt hơn ({ SCORE($majority) })
    .remedy = không dùng mô hình này khi chưa sửa; so sánh các số của train và { $split }, hoặc huấn luyện nhiều phần hơn của backbone
no-prediction-intervals = các dự đoán của { $task } không có khoảng dự đoán: valid có { $count } nhãn, cần { $needed }
    .remedy = đưa thêm mẫu vào valid

frozen-tensors-changed = { $count ->
    [1] một tensor đóng băng của khối { $block } đã thay đổi: { $names }
   *[other] { $count } tensor đóng băng của khối { $block } đã thay đổi, ví dụ { $names }
 }
    .remedy = vui lòng báo lỗi này kèm kế hoạch đã in ra
thawed-but-still = { $count ->
    [1] một tham số đã mở băng không thay đổi: { $names }
   *[other] { $count } tham số đã mở băng không thay đổi, ví dụ { $names }
 }
    .remedy = huấn luyện lâu hơn; nếu chúng vẫn không đổi, không đầu ra nào của mạng phụ thuộc vào chúng

seen-unknown = bundle này không ghi lại các mẫu huấn luyện, nên không biết nó có đang được chấm trên chúng hay không
    .remedy = chấm trên những mẫu được thu thập sau khi nó được huấn luyện
scored-on-training-data = mô hình đã được huấn luyện trên { $count } trong { $total } mẫu được chấm: điểm không nói gì về dữ liệu mới
    .remedy = chấm trên những mẫu mà mô hình chưa từng thấy
scored-on-validation-data = { $count } trong { $total } mẫu được chấm đã được dùng để chọn mô hình: điểm có lẽ cao hơn thực tế
    .remedy = chấm trên những mẫu mà mô hình chưa từng thấy

tasks-unequal = { $large } có { $large_labels } nhãn huấn luyện còn { $small } có { $small_labels }: { NUMBER($large_share, style: "percent", maximumFractionDigits: 0) } số nhãn được lấy là của { $large } và { NUMBER($small_share, style: "percent", maximumFractionDigits: 1) } là của { $small }
    .remedy = dùng --mixing sqrt, temperature hoặc equal để lấy mẫu của tác vụ nhỏ thường xuyên hơn; ghep compare cho biết cách đó hay một mô hình đơn nhiệm tốt hơn cho tác vụ đó
gradients-conflict = gradient của { $first } và { $second } xung đột: cosine trung bình { NUMBER($cosine, minimumFractionDigits: 2, maximumFractionDigits: 2) }, âm trong { NUMBER($share, style: "percent", maximumFractionDigits: 0) } của { $steps } bước
    .remedy = { $surgery ->
        [none] dùng --surgery pcgrad để loại bỏ xung đột; ghep compare cho biết việc dùng chung có làm hại tác vụ nào không
       *[other] chạy ghep compare để xem việc dùng chung có làm hại tác vụ nào không dù đã có { $surgery }
    }
task-drowned = { $task } bị { $largest } lấn át: chuẩn của gradient của nó trên các tham số chung chỉ bằng { NUMBER($share, style: "percent", maximumFractionDigits: 1) } của { $largest }
    .remedy = dùng --weighting gradnorm để cân bằng các tác vụ, hoặc --task-weight { $task }=2 hay --mixing equal để hỗ trợ { $task }

nothing-held-out = mọi mẫu đều được dùng để huấn luyện, nên không biết chất lượng của mô hình
    .remedy = thêm thư mục valid hoặc test, hoặc thêm mẫu mỗi lớp, để có thể để riêng một phần
valid-reused = điểm được tính trên tập valid, là tập cũng đã chọn epoch hoặc mức điều chuẩn
    .remedy = trên dữ liệu mới, điểm có thể thấp hơn một chút; hoặc thêm thư mục test
valid-and-test-differ = { $score } là { SCORE($valid) } trên valid và { SCORE($test) } trên test, chênh lệch lớn hơn mức ngẫu nhiên cho phép
    .remedy = hai tập khác nhau: giữ các mẫu liên quan (khung hình của cùng một phim, văn bản của cùng một tác giả) trong cùng một tập, bằng một cột chia tập
valid-and-test-differ-by-task = { $score } của { $task } là { SCORE($valid) } trên valid và { SCORE($test) } trên test, chênh lệch lớn hơn mức ngẫu nhiên cho phép
    .remedy = hai tập khác nhau: giữ các mẫu liên quan (khung hình của cùng một phim, văn bản của cùng một tác giả) trong cùng một tập, bằng một cột chia tập
