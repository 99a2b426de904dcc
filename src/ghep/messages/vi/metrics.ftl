# Các phép đo: những đối số không chấm hoặc không so sánh được.

score-shapes = cần giá trị đích (n,) và xác suất (n, K), nhận được { $targets } và { $probabilities }
    .remedy = truyền cho mỗi mẫu một giá trị đích và một dòng K xác suất
multi-label-score-shapes = cần giá trị đích và xác suất (n, K), nhận được { $targets } và { $probabilities }
    .remedy = truyền cho mỗi mẫu một dòng K giá trị đích và một dòng K xác suất
targets-out-of-range = giá trị đích nằm trong [{ $lowest }, { $highest }], cần [0, { $most }]
    .remedy = đánh số các lớp từ 0, và bỏ các mẫu không có nhãn (thường là -1 hoặc 255)
targets-not-binary = giá trị đích phải là 0 hoặc 1, nhưng trải từ { $lowest } đến { $highest }
    .remedy = bỏ các mẫu không nhãn (-1) trước
probabilities-not-finite = { $count } trong { $total } dòng xác suất không hữu hạn (đầu tiên: dòng { $first })
    .remedy = giảm tốc độ học: mô hình đã phân kỳ
paired-shapes-differ = hai mô hình phải được so sánh trên cùng n mẫu, nhưng kích thước là { $a } và { $b }
    .remedy = truyền cho mỗi mẫu một câu trả lời của mỗi mô hình, theo cùng thứ tự
ratio-not-positive = tỉ số cần các số lớn hơn 0, nhận được { $value }
    .remedy = bỏ các mẫu có số 0, hoặc cộng thêm bước nhỏ nhất đo được
contenders-differ-in-examples = hai phương án phải được so sánh trên cùng n mẫu, nhận được { $a } và { $b }
    .remedy = chấm cả hai trên cùng một tập
paired-tables-differ = các bảng lượt chạy theo cặp phải có cùng kích thước, nhận được { $a } và { $b }
    .remedy = giữ các lần lấy mẫu mà cả hai phương án đều có
table-shape = cần bảng đúng sai kích thước (S, n) với S và n ít nhất là 1, nhận được { $found }
    .remedy = chấm các lượt chạy trên một tập có nhãn
regression-score-shapes = cần giá trị đích (n,) và dự đoán (n, 3), nhận được { $targets } và { $predictions }
    .remedy = truyền cho mỗi mẫu một dòng: số được dự đoán và hai đầu khoảng dự đoán (NaN nếu không có)
