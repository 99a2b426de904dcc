# ghep pretrain --objective bn: thống kê BatchNorm của ảnh không nhãn.

photos = các ảnh
photos-not-found = không có { $path }
    .remedy = truyền một thư mục ảnh, một bảng có cột ảnh hoặc đường dẫn, hoặc một ảnh
photos-none = { $path } không chứa ảnh và không chứa bảng nào
    .remedy = truyền một thư mục có ảnh bên trong hoặc bên dưới, hoặc một bảng có cột ảnh hoặc đường dẫn
photos-too-few = { $data } có { $count } ảnh dùng được, mà thống kê cần { $needed } (32 để đo, 16 để riêng): trong { $total } tệp, { $unusable } không dùng được{ $unusable ->
    [0] {""}
   *[other] {" "}({ LIST($such) })
 } và { $dropped } là bản sao của ảnh test
    .remedy = thêm ảnh; không cần nhãn
photos-unusable = { $count } tệp không phải ảnh dùng được và bị bỏ qua: { LIST($such) }
    .remedy = thay hoặc xóa các tệp đó
photos-in-test = { $count } ảnh là bản sao của ảnh test và bị loại: { LIST($such) }
    .remedy = không cần làm gì; nhờ vậy mô hình chưa thấy ảnh test nào
phase-batch-norm = thống kê BatchNorm
bn-out-exists = { $folder } đã chứa một lần tiền huấn luyện
    .remedy = chọn thư mục khác bằng --out, hoặc thay thế bằng --overwrite
bn-not-of-images = { $name } là backbone cho văn bản; --objective bn ước lượng lại thống kê BatchNorm trên ảnh
    .remedy = nêu một backbone ảnh bằng --from, hoặc mục tiêu khác
bn-no-batch-norm = { $name } không có tầng BatchNorm nào lưu thống kê, nên không có gì để ước lượng lại
    .remedy = nêu một backbone có BatchNorm (EfficientNet, MobileNet, ResNet) bằng --from
bn-random-weights = { $name } có trọng số ngẫu nhiên; thống kê của ảnh không làm cho đặc trưng của nó hữu ích
    .remedy = nêu trọng số tiền huấn luyện bằng --from
bn-weights-changed = ước lượng lại thống kê BatchNorm đã làm thay đổi các tensor khác: { LIST($names) }
image-folder-differs = { $name }, đọc từ thư mục vừa ghi, có đặc trưng khác hoặc tiền xử lý khác
bn-source = { $source }; thống kê BatchNorm của { $count } ảnh trong { $data }
bn-reestimated = thống kê BatchNorm của { $count } ảnh: độ lệch trên ảnh để riêng giảm từ { NUMBER($before, minimumFractionDigits: 2, maximumFractionDigits: 2) } xuống { NUMBER($after, minimumFractionDigits: 2, maximumFractionDigits: 2) }
    .remedy = so sánh trước và sau trên ảnh có nhãn (--then): độ lệch thấp hơn hiếm khi cho đặc trưng tốt hơn
bn-mismatch-not-lower = thống kê BatchNorm của { $count } ảnh: độ lệch trên ảnh để riêng không giảm, từ { NUMBER($before, minimumFractionDigits: 2, maximumFractionDigits: 2) } thành { NUMBER($after, minimumFractionDigits: 2, maximumFractionDigits: 2) }
    .remedy = dùng backbone như cũ; các ảnh giống dữ liệu nguồn của nó, hoặc quá ít
bn-card-title = # { $name } với thống kê BatchNorm của { $data }
bn-card-what = Trọng số của { $backbone }; trung bình và phương sai của mỗi tầng BatchNorm được ghep { $version } ước lượng lại trên { $count } ảnh không nhãn. Không trọng số nào được huấn luyện.
bn-card-mismatch = Độ lệch giữa thống kê đã lưu và thống kê đo được trên { $count } ảnh để riêng, trung bình trên các tầng của độ dịch chuyển và độ phân tán: trước { NUMBER($before, minimumFractionDigits: 3, maximumFractionDigits: 3) }, sau { NUMBER($after, minimumFractionDigits: 3, maximumFractionDigits: 3) }; `pretraining.json` ghi theo từng tầng.
bn-card-source = Nguồn: { $source }. Giấy phép của trọng số: { $licence }. Ảnh không nằm trong thư mục này.
bn-card-use = Cách dùng: `ghep fit PHOTOS --backbone FOLDER`.
