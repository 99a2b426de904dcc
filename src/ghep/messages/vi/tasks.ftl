# Tác vụ: nhãn, điểm đánh giá, và các tác vụ đọc từ bundle.

unknown-labels = { $count } nhãn của tác vụ "{ $task }" không thuộc các lớp của nó: { EACH($hints) }
    .remedy = sửa các nhãn, hoặc huấn luyện với dữ liệu có đủ mọi lớp
unknown-label-names = { $count } tên trong nhãn của tác vụ "{ $task }" không thuộc các lớp của nó: { EACH($hints) }
    .remedy = sửa các nhãn, hoặc huấn luyện với dữ liệu có đủ mọi lớp
unknown-label-hint = "{ $label }": { $hint }
class-name-not-a-label = một lớp của tác vụ "{ $task }" tên là { $name }: nhãn bị tách ở gạch đứng và bị cắt khoảng trắng hai đầu
    .remedy = đổi tên lớp: không có gạch đứng, không có khoảng trắng ở hai đầu
rating-spelt-twice = "{ $first }" và "{ $second }" là cùng một điểm đánh giá của tác vụ "{ $task }", nhưng viết khác nhau
    .remedy = viết giống nhau ở mọi nơi: "{ $first }"
ratings-not-ascending = các điểm đánh giá của tác vụ "{ $task }" phải theo thứ tự tăng dần, nhưng "{ $first }" đứng trước "{ $second }"
    .remedy = tạo tác vụ bằng Rating.of, hàm này sắp xếp chúng
ratings-not-numbers = { $count } nhãn của tác vụ "{ $task }" không phải số, trong khi điểm đánh giá phải là số: { $shown }{ $more ->
    [0] { "" }
   *[other] { " và " }{ $more } nhãn nữa
 }
    .remedy = viết điểm đánh giá như 1, 2 hoặc 3.5 (dấu chấm, không phải dấu phẩy), hoặc bỏ --rating (ratings) để huấn luyện theo lớp
rating-and-regression = tác vụ "{ $task }" vừa là --rating (ratings) vừa là --regression (regression)
    .remedy = giữ một: điểm đánh giá là một trong vài lớp có thứ tự, hồi quy dự đoán một số bất kỳ
task-invalid = không phải tác vụ loại { $kind }: { $found }
    .remedy = lưu lại bundle
task-classes-invalid = tác vụ "{ $task }" không có lớp nào, hoặc có một lớp hai lần: { $found }
    .remedy = lưu lại bundle
task-not-built = { $cause }
    .remedy = lưu lại bundle
task-without-kind = tác vụ là một đối tượng JSON có "kind"; nhận được { $found }
    .remedy = lưu lại bundle
unknown-task-kind = không có loại tác vụ "{ $kind }"; { $hint }
    .remedy = nâng cấp ghep: bundle có thể đến từ phiên bản mới hơn
