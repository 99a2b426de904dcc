# The page of ghep serve.

page-images = ảnh
page-texts = văn bản
page-a-number = một số
page-classes = { $exclusive ->
    [one] một trong { $count }
   *[any] số lớp bất kỳ trong { $count }
 } lớp
page-choose = Chọn ảnh
page-drop = Thả ảnh vào bất kỳ chỗ nào trên trang, hoặc dán một ảnh.
page-unchanged = Tối đa { $count } ảnh một lần, tổng cộng { BYTES($limit) }. Mỗi ảnh được gửi nguyên vẹn đến máy chủ này và không được lưu lại.
page-camera = Chụp ảnh
page-text = Văn bản
page-first-text = Văn bản thứ nhất
page-second-text = Văn bản thứ hai
page-keys = Nhấn Ctrl + Enter để dự đoán. Có thể thả một tệp văn bản vào.
page-characters = Tối đa { $limit } ký tự. Văn bản được gửi đến máy chủ này và không được lưu lại.
page-predict = Dự đoán
page-answers = Câu trả lời
page-no-answers = Chưa có.
page-working = Đang dự đoán
page-offline = Không kết nối được tới máy chủ. Máy chủ còn chạy không?
page-strange = Máy chủ trả lời theo dạng mà trang này không đọc được.
page-too-large = Lớn hơn { BYTES($limit) }, mức tối đa mà máy chủ này nhận.
page-probability = xác suất { SCORE($probability) }
page-interval = { $low } đến { $high } trong 9 phần 10 số trường hợp
page-no-interval = không có khoảng dự đoán: có quá ít mẫu để đo
page-probabilities-of = Xác suất của { $task }
page-each-class = Mỗi lớp là một câu hỏi riêng; xác suất của nó không phụ thuộc các lớp khác.
page-abstained = Mô hình từ chối trả lời: { $cause ->
    [unfamiliar] đầu vào này không giống dữ liệu huấn luyện, nên xác suất có thể không đúng
   *[undecided] mô hình không đủ chắc chắn để trả lời
 }. Câu trả lời khả dĩ nhất:
page-where = Mô hình nhìn vào đâu
page-where-legend = Đỏ: bằng chứng ủng hộ câu trả lời; xanh dương: bằng chứng chống lại (Grad-CAM). Phần mô hình không thấy có màu tối.
page-about = Về mô hình này
page-trained-on = được huấn luyện trên
page-score = khoảng tin cậy 95% { $interval }, { $count } mẫu của { $split }
page-score-alone = { $count } mẫu của { $split }
page-loading = Mô hình đang được nạp.
page-version = phiên bản
page-limits = Giới hạn
page-data = Dữ liệu huấn luyện
page-card = Toàn bộ thẻ mô hình
page-no-card = Không có thẻ mô hình.
page-table = bảng

serve-explains-not = máy chủ này không chỉ ra được mô hình nhìn vào đâu
    .remedy = phục vụ một bundle ảnh trên máy có cài PyTorch; bản xuất không có gradient
serve-explain-failed = { $detail }
