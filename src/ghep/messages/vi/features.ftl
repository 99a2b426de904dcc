# Đặc trưng: engine, activation được lưu, head tuyến tính.

phase-features = đặc trưng của { $split }
frozen-outputs-not-finite = đầu ra của { $backbone } cho các mẫu này có NaN hoặc vô cùng
    .remedy = kiểm tra trọng số và tiền xử lý (mean, std) của backbone, hoặc chọn backbone khác
activations-not-finite = activation có NaN hoặc vô cùng khi lưu ở dạng { $dtype }

# Engine.
unknown-engine = không có engine tên "{ $name }"
    .remedy = { $hint }
engine-unavailable = không dùng được engine { $name }: { $cause }
engine-on-other-device = engine { $name } chạy trên { OR($devices) }, nhưng backbone ở trên { $device }
    .remedy = chọn auto, torch-float32 hoặc torch-bfloat16
engine-no-bfloat16 = CPU này không có phép tính bfloat16
    .remedy = chọn auto
engine-fixed-size = mạng đã biên dịch cho đầu ra sai với độ dài chuỗi khác độ dài lúc biên dịch
openvino-no-wheels = không cài được OpenVINO: không có gói pip cho bộ xử lý này ({ $processor })
    .remedy = chọn auto
openvino-not-installed = chưa cài OpenVINO
    .remedy = chạy pip install "ghep[fast]"
engine-missing = { $cause }; trên đa số CPU, OpenVINO chạy các khối đóng băng nhanh hơn PyTorch vài lần
    .remedy = { $hint }
engine-failed = engine { $engine } bị lỗi với backbone này ({ $cause }) và không được dùng
    .remedy = không cần làm gì: một engine chậm hơn sẽ tính đặc trưng
engine-disagrees = đặc trưng do engine { $engine } tính khác với PyTorch ở float32 một khoảng bằng { NUMBER($difference, style: "percent", maximumFractionDigits: 1) } độ phân tán giữa các mẫu (chấp nhận: { NUMBER($tolerance, style: "percent", maximumFractionDigits: 1) }); { $used ->
    [yes] nó vẫn được dùng vì đã được yêu cầu
   *[no] nó không được dùng
 }
    .remedy = { $used ->
        [yes] đặt engine là auto
       *[no] không cần làm gì: một engine chậm hơn sẽ tính đặc trưng
    }
engine-disagrees-not-finite = đặc trưng do engine { $engine } tính có NaN hoặc vô cùng, khác với PyTorch ở float32; engine này không được dùng
    .remedy = không cần làm gì: một engine chậm hơn sẽ tính đặc trưng
engine-not-available = nó không chạy trên thiết bị này
engine-changed = engine { $before }, vốn đã tính các đặc trưng trước đó, bây giờ không dùng được ({ $why }); { $engine } tính các đặc trưng còn lại
    .remedy = để có cùng các con số, tiếp tục lượt chạy trên máy đã bắt đầu

# Vì sao một engine được dùng hay không, trong bản ghi của lượt chạy.
trial-taken = { $how ->
    [named] được yêu cầu
    [decided] được chọn mà không đo thời gian
   *[fastest] engine nhanh nhất khớp với float32 thường
 }
trial-not-taken = { $how ->
    [named] không được yêu cầu
    [decided] { $engine } đã được chọn mà không đo thời gian
   *[fastest] chậm hơn { $engine }
 }
trial-disagrees = đặc trưng của nó khác quá nhiều so với float32 thường
trial-failed = bị lỗi: { $error }
trial-not-worthwhile = không thử: { $examples } mẫu mất { DURATION($seconds) } với { $engine }; engine này tiết kiệm tối đa { DURATION($saved) }, mà thử nó mất khoảng { DURATION($cost) }

# Activation được lưu.
activations-exceed-limit = { BYTES($bytes) } activation không vừa kho activation, vốn có giới hạn { BYTES($limit) }
stored-rows-deleted = một tiến trình khác đã xóa activation trong kho khi chúng đang được đọc
stored-rows-changed = nội dung của rows.bin đã thay đổi
stored-rows-size-changed = kích thước của rows.bin đã thay đổi
stored-index-changed = nội dung của index.safetensors đã thay đổi
store-damaged = { $count } tệp activation trong kho bị hỏng; các activation đó được tính lại
    .remedy = kiểm tra đĩa nếu việc này lặp lại
store-not-writable = không lưu được activation vào { $folder } ({ $cause }), nên các khối đóng băng chạy lại trong mỗi epoch của mọi lượt chạy
    .remedy = nêu một thư mục ghi được bằng --cache-dir hoặc GHEP_CACHE, hoặc tắt kho activation bằng --no-cache
store-without-home = không lưu được activation vào thư mục người dùng ({ $cause }), nên các khối đóng băng chạy lại trong mỗi epoch của mọi lượt chạy
    .remedy = nêu một thư mục ghi được bằng --cache-dir hoặc GHEP_CACHE, hoặc tắt kho activation bằng --no-cache

# Head tuyến tính.
probe-grid-edge = mức điều chuẩn tốt nhất của head tuyến tính, { DIGITS($strength) }, nằm ở đầu mút của khoảng đã thử ({ DIGITS($weakest) } đến { DIGITS($strongest) })
    .remedy = { $end ->
        [weakest] nếu điểm trên valid cao thì không cần làm gì; nếu không, thử tinh chỉnh light hoặc full
       *[strongest] các đặc trưng nói rất ít về những nhãn này: thử backbone khác, hoặc tinh chỉnh light hoặc full
    }

# Thiết lập.
device-unusable = không dùng được thiết bị này: { $cause }; { $hint }
