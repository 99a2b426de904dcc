# Bộ phân loại của scikit-learn. Các ValueError của nó không có cách sửa riêng.

classes-left-out = không có { $things ->
    [images] ảnh
    [texts] văn bản
   *[other] mẫu
 } dùng được nào của { $classes }: bị bỏ khỏi classes_
inputs-unusable = { $count } trong { $total } { $things ->
    [images] ảnh
    [texts] văn bản
   *[other] mẫu
 } không dùng được: { EACH($first) }{ $more ->
    [0] { "" }
   *[other] ; và { $more } mẫu nữa
 }
    .remedy = bỏ chúng ra, hoặc dùng predictor_.predict, hàm này trả lời cho từng { $things ->
        [images] ảnh
        [texts] văn bản
       *[other] mẫu
    }
inputs-left-out = { $count } trong { $total } { $things ->
    [images] ảnh
    [texts] văn bản
   *[other] mẫu
 } không dùng được và bị bỏ qua: { EACH($first) }{ $more ->
    [0] { "" }
   *[other] ; và { $more } mẫu nữa
 }
input-problem = dòng { $row }{ $named ->
    [true] { " " }({ $path })
   *[false] { "" }
 }: { $problem }
inputs-empty = X có 0 { $things ->
    [images] ảnh
    [texts] văn bản
   *[other] mẫu
 } (0 sample(s)), cần ít nhất một
    .remedy = truyền { $things ->
        [images] ảnh
        [texts] văn bản
       *[other] mẫu
    }
y-numbers-not-1d = y phải là mảng 1d, nhận được mảng có kích thước { $shape }: bộ hồi quy dự đoán một số cho mỗi mẫu
y-missing = cần truyền y, nhưng y là None
y-not-1d = y phải là mảng 1d, nhận được mảng có kích thước { $shape }: bộ phân loại này dự đoán một lớp cho mỗi mẫu; nếu có nhiều lớp, viết một bảng với nhãn như a|b rồi gọi ghep.fit
y-has-missing-labels = y thiếu { $count } nhãn (None hoặc NaN), đầu tiên ở dòng { $row }
y-has-one-class = y có { $count } lớp, cần hai lớp trở lên
y-not-a-rating = y có { $label } ở dòng { $row }, cần số vì rating=True
y-not-a-number = y có { $label } ở dòng { $row }, cần số hữu hạn
y-has-one-number = y có { $count ->
    [1] 1 mẫu
   *[other] { $count } mẫu với các số bằng nhau
 }, cần ít nhất hai số khác nhau
sample-weight-shape = sample_weight.shape == { $found }, cần { $expected }: mỗi mẫu một trọng số
sample-weight-refused = sample_weight: { $problem ->
    [value] dòng { $row } có { $found }
   *[zeros] tất cả là { $found }
 }; cần số hữu hạn không âm, không phải toàn 0
class-weight-mapping = class_weight { $problem ->
    [label] nêu { $found }, không phải nhãn của y
   *[value] là { $found }
 }; cần một ánh xạ từ nhãn của y sang số không âm, không phải toàn 0
class-weight-unknown = class_weight={ $found }; chọn "balanced", một số cho mỗi nhãn, hoặc None
valid-fraction-refused = valid_fraction={ $found }
    .remedy = chọn một tỉ lệ từ 0 (không có tập valid) đến dưới 1
data-in-memory = { $things ->
    [images] ảnh trong bộ nhớ
    [texts] văn bản trong bộ nhớ
   *[other] mẫu trong bộ nhớ
 }
serious-findings = { EACH($found) }; run_.findings có mọi phát hiện
finding-with-code = { $text } [{ $finding }]
