# Đầu vào lạ: bundle biết gì về dữ liệu huấn luyện của nó, và những câu mà mô hình từ chối trả lời.

familiarity-invalid = familiarity.safetensors không chứa những gì ghep ghi vào đó
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
familiarity-features = đặc trưng có kích thước { $found } cho mỗi đầu vào, còn trong familiarity.safetensors có { $expected } số
    .remedy = sao chép lại thư mục: tệp của hai mô hình đã lẫn vào nhau
inputs-drifted = { $count } trong { $total } đầu vào xa dữ liệu huấn luyện ngang với { NUMBER($expected, style: "percent", maximumFractionDigits: 0) } mẫu xa nhất trong { $n } mẫu valid; nếu đầu vào giống các mẫu đó thì chỉ khoảng { NUMBER($expected, style: "percent", maximumFractionDigits: 0) } xa như vậy (p = { $p })
    .remedy = không tin các điểm đã đo với những đầu vào này; xem những đầu vào ít quen thuộc nhất (--json in độ quen thuộc của từng đầu vào), dùng --abstain, hoặc gán nhãn một số rồi huấn luyện lại
drift-summary = { $count } trong { $total } đầu vào xa dữ liệu huấn luyện ngang với { NUMBER($expected, style: "percent", maximumFractionDigits: 0) } mẫu valid xa nhất (p = { $p }; báo trôi dữ liệu (drift) khi p không quá { $level })
setting-familiarity = Lưu đặc trưng của tối đa 2.000 mẫu huấn luyện trong bundle, để predict nhận ra đầu vào lạ.
    .allowed = true hoặc false
setting-abstain = Tỉ lệ từ chối trả lời trên đầu vào giống dữ liệu valid, ví dụ 0.05: đầu vào lạ và câu trả lời lưỡng lự.
    .allowed = một số lớn hơn 0 và nhỏ hơn 1
help-predict-abstain = Tỉ lệ từ chối trả lời trên đầu vào giống dữ liệu valid, ví dụ 0.05: một nửa vì đầu vào lạ, một nửa vì câu trả lời lưỡng lự. Nhãn vẫn được in, theo sau là lạ hoặc lưỡng lự.
help-evaluate-abstain = Chấm thêm những câu trả lời mà ghep predict --abstain RATE không từ chối, ví dụ 0.05.
abstain-not-a-rate = không thể từ chối trả lời ở tỉ lệ { $found }
    .remedy = chọn một số giữa 0 và 1, ví dụ 0.05
abstain-without-familiarity = mô hình này không thể từ chối trả lời: nó không lưu đặc trưng của dữ liệu huấn luyện
    .remedy = huấn luyện lại với tập valid và không có --no-familiarity; các bản xuất int8, web và hf không có chúng, các mạng có một vector đặc trưng cho mỗi token cũng không
abstain-rate-too-small = không thể từ chối trả lời ở tỉ lệ { $rate } cho { $task }: quá ít mẫu valid để nhận ra đầu vào hiếm như vậy
    .remedy = chọn { $least } trở lên, hoặc huấn luyện với nhiều mẫu valid hơn
predictions-withheld = { $unfamiliar } đầu vào lạ và { $undecided } câu trả lời lưỡng lự trong tổng số { $total }; với đầu vào giống dữ liệu valid, nhiều nhất { NUMBER($rate, style: "percent", maximumFractionDigits: 1) } sẽ thuộc một trong hai loại
scores-abstain = với --abstain { $rate }, { $unfamiliar } đầu vào lạ và { $undecided } câu trả lời lưỡng lự của { $task }:
scores-of-answered = { $kind ->
    [answered] tỉ lệ được trả lời
    [on-answered] { $score }, được trả lời
   *[on-unfamiliar] { $score }, đầu vào lạ
 }
prediction-abstained = { $kind ->
    [unfamiliar] lạ: không giống dữ liệu huấn luyện
   *[undecided] lưỡng lự: kém chắc chắn hơn gần như mọi câu trả lời trên dữ liệu valid
 }
prediction-count-abstained = { $count } câu từ chối trả lời
