# Predictions and their display in notebooks.

predictor-unknown-task = bundle không có tác vụ "{ $name }"
    .remedy = { $hint }
predictor-names-count = { $inputs } đầu vào và { $names } tên; cần mỗi đầu vào một tên
    .remedy = truyền mỗi đầu vào một tên, hoặc bỏ names
predictor-network-failed = mạng của { $path } gặp lỗi với các đầu vào này: { $error }
    .remedy = nếu bộ nhớ đầy, truyền ít đầu vào hơn mỗi lần; nếu không, lưu lại bundle
no-probabilities-of-regression = "{ $task }" là tác vụ hồi quy: có số, không có xác suất
    .remedy = dùng predict, dự đoán của nó có giá trị và khoảng
unnamed-input = đầu vào { NUMBER($place, useGrouping: 0) }
unusable-input = { $name }: { $detail }
outputs-not-finite = đầu ra của mô hình cho đầu vào này là NaN hoặc vô cùng
finding-in-warning = { $text } [{ $finding }]; { $fix }

prediction-none = không có dự đoán
prediction-of-task = xác suất { SCORE($probability) } · { $task }
prediction-of-number = { $interval } · { $task }
prediction-class = lớp
prediction-input = đầu vào
prediction-task = tác vụ
prediction-label = nhãn
prediction-probability = xác suất
prediction-next = lựa chọn thứ hai
prediction-without-class = không thuộc lớp nào
prediction-more-classes = và { $count } lớp khác
prediction-count = { $count } dự đoán
prediction-count-none = { $count } không dùng được
prediction-more = và { $count } dự đoán khác

exported-model = mô hình đã xuất
export-not-a-folder = { $path } không phải là thư mục
    .remedy = truyền thư mục do ghep export ghi
export-other-format = { $path } không phải bản xuất ở định dạng { $format } mà phiên bản ghep này đọc được
    .remedy = nạp bằng phiên bản ghep đã ghi nó ({ $version }), hoặc xuất lại bundle
export-invalid = { $path } không phải bản xuất đầy đủ ({ $error })
    .remedy = sao chép lại bản xuất, hoặc xuất lại bundle
export-graph-unusable = không nạp hoặc không chạy được đồ thị trong { $path }: { $error }
    .remedy = cài các phiên bản ghi trong requirements.txt bên cạnh, hoặc xuất lại bundle
export-kind-unknown = { $path } có đồ thị loại "{ $kind }"; cần { OR($known) }
    .remedy = xuất lại bundle với --to { OR($known) }
export-unknown-kind = ghep không xuất được sang "{ $kind }"
    .remedy = { $hint }
export-failed = không xuất được mạng này sang { $kind }: { $error }
    .remedy = xuất sang định dạng khác, hoặc phục vụ chính bundle
export-self-test-failed = trên máy này, đồ thị trong { $path } tính ra logit khác với PyTorch ở nơi đã xuất: chênh lệch tương đối { $found }, giới hạn { $limit }
    .remedy = cài các phiên bản ghi trong requirements.txt bên cạnh, hoặc xuất bundle ngay trên máy này
export-out-not-export = không thay thế { $path }: đây là bundle hoặc một thư mục khác của ghep, không phải bản xuất
    .remedy = chọn --out khác
export-self-test-failed-int8 = trên máy này, đồ thị int8 trong { $path } tính ra logit khác với nơi đã xuất: chênh lệch tương đối { $found }, giới hạn { $limit }
    .remedy = xuất bundle ngay trên máy này, hoặc xuất không có --int8: bộ xử lý cũ cắt mất phần tràn khi cộng các tích 8 bit
int8-only-onnx = --int8 dành cho onnx, không dành cho { $kind }
    .remedy = bỏ --int8, hoặc xuất với --to onnx
int8-without-data = --int8 lấy khoảng giá trị từ train và đo độ chính xác trên valid, nhưng không tìm thấy các mẫu này; chưa ghi gì
    .remedy = nêu nơi chứa dữ liệu của lượt chạy bằng --data, hoặc xuất không có --int8
int8-few-valid = --int8 được chấp nhận nếu khoảng tin cậy 95% của độ chính xác trên valid loại trừ mức giảm { POINTS($loss, sign: "auto") } điểm phần trăm; muốn vậy cần { $least } mẫu, kể cả khi không câu trả lời nào thay đổi (ít hơn thì chỉ đạt do ngẫu nhiên); valid có { $n }; chưa ghi gì
    .remedy = xuất không có --int8, hoặc huấn luyện với tập valid lớn hơn
int8-refitted = head của lượt chạy này đã được khớp cả trên valid (--refit), nên valid không cho biết int8 làm giảm bao nhiêu; chưa ghi gì
    .remedy = huấn luyện không có --refit, truyền các mẫu có nhãn khác bằng --data, hoặc xuất không có --int8
int8-failed = onnxruntime không lượng tử hóa được mạng này: { $error }
    .remedy = xuất không có --int8
int8-does-not-pay = ở đây int8 không đáng dùng, nên chưa ghi gì; biến thể tốt nhất trong { $count } biến thể ({ $variant }): "{ $task }" trên { $n } mẫu valid { POINTS($difference) } điểm phần trăm (khoảng tin cậy 95% { POINTS($low) } đến { POINTS($high) }; cho phép giảm { POINTS($loss, sign: "auto") }), nhanh gấp { $faster } lần float32 (tứ phân vị { $slowest } đến { $fastest }; cần { $least })
    .remedy = xuất không có --int8
int8-line = int8 ({ $variant }): "{ $task }" trên { $n } mẫu valid { POINTS($difference) } điểm phần trăm (khoảng tin cậy 95% { POINTS($low) } đến { POINTS($high) }), nhanh gấp { $faster } lần float32 (tứ phân vị { $slowest } đến { $fastest }), { NUMBER($megabytes, maximumFractionDigits: 1) } MB thay vì { NUMBER($before, maximumFractionDigits: 1) }
int8-in-a-batch = khoảng giá trị tính chung cho các đầu vào của một lần gọi, nên câu trả lời phụ thuộc các đầu vào khác: một logit lệch tối đa { $difference } so với logit lớn nhất
export-other-answers = bản xuất { $kind } trả lời khác bundle trên { $where }: { $labels } trong { $n } nhãn khác nhau, và có xác suất lệch { $difference } (cho phép: { $limit }), ví dụ với "{ $example }"; chưa ghi gì
    .remedy = xuất sang định dạng khác, hoặc phục vụ chính bundle
export-other-batch = bản xuất { $kind } tính ra logit khác trong batch { NUMBER($size, useGrouping: 0) } mẫu: chênh lệch tương đối { $difference }; chưa ghi gì
    .remedy = xuất sang định dạng khác, hoặc phục vụ chính bundle
parity-inputs = { $inputs ->
    [odd] các đầu vào bất thường
    [all] dữ liệu
   *[other] tập { $inputs }
 }
parity-line = câu trả lời giống nhau trên { $where }: { $equal } trong { $n }{ $chosen ->
    [yes] {" "}(chọn từ { $of })
   *[no] {""}
 }; xác suất lệch nhiều nhất { $difference }
parity-without-data = không tìm thấy dữ liệu của lượt chạy, nên chỉ so trên các đầu vào bất thường; thêm --data để so trên nhiều mẫu hơn
export-written = { $kind }: { $folder } ({ NUMBER($megabytes, maximumFractionDigits: 1) } MB)
export-data-missing = dữ liệu để so câu trả lời không có ở { $data }
    .remedy = nêu nơi chứa các mẫu có nhãn, hoặc bỏ --data
export-openvino-no-wheels = không cài được OpenVINO: không có gói pip cho bộ xử lý này ({ $processor })
    .remedy = xuất sang onnx, định dạng chạy được trên bộ xử lý này
export-holds-code = chương trình của torch.export chứa thứ có thể làm mã lạ chạy khi nạp: { $found }
    .remedy = xuất sang onnx; không dùng tệp do người khác làm trừ khi xuất lại
torch-missing = PyTorch chưa được cài, mà bản xuất loại torch-export cần nó
    .remedy = pip install torch, hoặc xuất bundle với --to onnx, loại chạy không cần PyTorch
engine-package-missing = gói { $package } chưa được cài
    .remedy = pip install "ghep[{ $extra }]", hoặc pip install { $package }

export-usage =
    ## Cách dùng bản xuất này

    { $network ->
        [int8] Thư mục này trả lời gần giống bundle gốc ({ $kind } ở số nguyên 8 bit; `parity.json` cho biết gần đến mức nào; đo khi xuất: { $int8 })
       *[float32] Thư mục này trả lời giống bundle gốc ({ $kind }; `parity.json` cho biết đã kiểm tra trên dữ liệu nào)
    }{ $kind ->
        [torch-export] .
       *[other] , không cần PyTorch.
    }

        { $kind ->
            [torch-export] pip install -r requirements.txt
           *[other] pip install --no-deps -r requirements.txt
        }
        pip install --no-deps ghep
        ghep predict FOLDER new/
        ghep serve FOLDER

    Với `ghep serve`, cài `requirements-serve.txt` theo cùng cách. Trong Python:

        from ghep.export.runtime import load
        load("FOLDER").predict(["new.jpg"])

    Trong container, chạy với người dùng thường trên hệ thống tệp chỉ đọc:

        docker build -t { $name } .
        docker run --rm --read-only -p 8000:8000 -e GHEP_TOKEN=... { $name }
