# Exports that run in a browser: the page, and what can go wrong when they are written.

web-page-subtitle = { $modality ->
    [image] ảnh
   *[text] văn bản
 }; { EACH($tasks) }
web-page-task = { $name }: { $kind ->
    [number] một số
    [one] một trong { $count } lớp
   *[any] số lớp bất kỳ trong { $count } lớp
 }
web-page-private = Mô hình chạy ngay trong trình duyệt này. Không có gì được gửi đi hay lưu lại.
web-page-choose = Chọn ảnh
web-page-drop = Hoặc thả ảnh vào bất kỳ chỗ nào trên trang, hoặc dán một ảnh.
web-page-text = Văn bản
web-page-keys = Nhấn Ctrl + Enter để dự đoán.
web-page-predict = Dự đoán
web-page-answers = Câu trả lời
web-page-loading = Đang nạp mô hình
web-page-no-script = Trang này cần JavaScript và WebAssembly.
web-page-ready = Sẵn sàng: ở đây mô hình trả lời giống như ở nơi đã xuất.
web-page-working = Đang dự đoán
web-page-failed = Mô hình không chạy được trong trình duyệt này:
web-page-differs = trình duyệt này tính ra số khác với ghep; chênh lệch lớn nhất là
web-page-probability = xác suất { $value }
web-page-interval = { $low } đến { $high } trong 9 phần 10 số trường hợp
web-page-classes = Xác suất của { $task }
web-page-more = Số lớp không hiện: { $count }

web-problem-empty = không có nội dung
web-problem-too-large-file = tệp quá lớn
web-problem-too-many-pixels = ảnh có quá nhiều pixel
web-problem-too-elongated = một cạnh của ảnh dài gấp quá nhiều lần cạnh kia
web-problem-truncated = tệp kết thúc quá sớm
web-problem-damaged = tệp bị hỏng
web-problem-not-an-image = đây không phải ảnh mà trình duyệt này đọc được
web-problem-format-not-allowed = ở đây không đọc được ảnh định dạng này; lưu thành PNG hoặc JPEG
web-problem-unsupported-mode = ở đây không đọc được kiểu màu của ảnh này; lưu thành PNG hoặc JPEG 8 bit
web-problem-unknown-range = giá trị pixel của ảnh này không hợp với thang của ảnh huấn luyện
web-problem-too-long = văn bản quá dài
web-problem-not-text = đây không phải văn bản
web-problem-not-utf-8 = tệp không phải UTF-8
web-licences = Trang này do ghep { $version } (Apache-2.0) tạo. Trong trang có:

web-pairs = không xuất được mô hình dùng cặp văn bản cho trình duyệt
    .remedy = xuất với --to onnx, hoặc phục vụ bundle
web-preprocess = không xuất được bước tiền xử lý { $name } cho trình duyệt
    .remedy = xuất với --to onnx, hoặc phục vụ bundle
web-no-room = mô hình đọc { $length } token, trong đó { $special } là token đặc biệt: không còn chỗ cho văn bản
    .remedy = huấn luyện lại với max_length lớn hơn
web-no-npm = npm chưa được cài, và { $package } { $version } không có trong bộ nhớ đệm (cache)
    .remedy = cài Node.js kèm npm, hoặc truyền thư mục chứa gói đã giải nén: --runtime node_modules
web-fetch-failed = npm không tải được { $package } { $version }: { $error }
    .remedy = thử lại khi có mạng, hoặc truyền thư mục chứa gói đã giải nén: --runtime node_modules
web-library-missing = { $folder } không chứa { $files } của { $package } { $version }
    .remedy = truyền thư mục có gói đã giải nén, chẳng hạn node_modules
web-library-differs = { $file } không phải của { $package } { $version }: mã băm khác
    .remedy = truyền đúng phiên bản này, hoặc xóa tệp để tải lại
web-written = mở { $page } bằng cách nhấp đúp, hoặc sao chép thư mục lên máy chủ web tĩnh bất kỳ
web-too-large = sao chép thư mục lên một máy chủ web tĩnh; trang gói trong một tệp chỉ được ghi cho mô hình tối đa { BYTES($limit) }
web-not-compared = chưa so câu trả lời: cần Node.js 20 trở lên
web-check-failed = bản xuất không chạy: { $error }
    .remedy = cập nhật Node.js, hoặc xuất với --to onnx và phục vụ bản đó
help-export-runtime = Với --to web: thư mục chứa các gói npm đã giải nén, chẳng hạn node_modules. Mặc định: npm tải chúng một lần.
