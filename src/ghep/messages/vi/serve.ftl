# ghep serve: the command, its settings, and what it answers to requests that it refuses.

command-serve =
    Trả lời yêu cầu dự đoán qua HTTP: POST /predict, Open Inference Protocol, và một trang để thử.

    Câu trả lời giống hệt của ghep predict. Máy chủ chỉ lắng nghe trên máy này, trừ khi --host nêu khác; khi đó cần token
    (trong GHEP_TOKEN hoặc --token). SIGTERM và Ctrl-C hoàn tất những gì đang làm dở rồi mới dừng. Mỗi yêu cầu ghi một
    dòng JSON, không có đầu vào và tên tệp. Cần cài phần bổ sung tên serve.

    Ví dụ: ghep serve runs/pets/bundle

    Ví dụ: curl --data-binary @cat.jpg http://127.0.0.1:8000/predict

    Ví dụ: GHEP_TOKEN=... ghep serve runs/pets/bundle --host 0.0.0.0 --allow-host pets.example.org
help-serve-model = Thư mục bundle do ghep fit ghi, hoặc thư mục do ghep export ghi.
serve-listening = đang phục vụ { $name } ở { $address } (Ctrl-C để dừng)
serve-not-installed = ghep serve cần { LIST($names) }, nhưng chưa được cài
    .remedy = pip install 'ghep[serve]'
serve-options-refused = ghep serve không dùng được { EACH($wrong) }
    .remedy = sửa các thiết lập này, hoặc bỏ chúng
serve-open-without-token = với --host { $host }, mọi máy kết nối được tới máy này đều dùng được mô hình, mà lại không có token
    .remedy = đặt GHEP_TOKEN là một chuỗi ngẫu nhiên dài, hoặc truyền --no-token nếu mạng đáng tin cậy
serve-token-and-no-token = vừa có token (--token hoặc GHEP_TOKEN) vừa có --no-token
    .remedy = bỏ một trong hai
serve-cannot-listen = không lắng nghe được ở { $host }, cổng { NUMBER($port, useGrouping: 0) }: { $cause }
    .remedy = chọn --port khác (0: cổng trống bất kỳ) hoặc --host khác

# Settings

setting-host = Địa chỉ để lắng nghe; 0.0.0.0 là mọi địa chỉ của máy này.
    .allowed = một địa chỉ hoặc tên
setting-port = Cổng để lắng nghe; 0 là cổng trống bất kỳ.
    .allowed = một số nguyên từ 0 đến 65535
setting-name = Tên mô hình trong câu trả lời và địa chỉ; mặc định là tên thư mục của mô hình.
    .allowed = văn bản
setting-token = Token mà yêu cầu phải có (Authorization: Bearer TOKEN); nên đặt GHEP_TOKEN, vì người dùng khác trên máy không thấy nó.
    .allowed = văn bản
setting-no_token = Phục vụ không cần token dù máy khác kết nối được tới máy này.
    .allowed = true hoặc false
setting-allow_host = Tên dùng để truy cập máy chủ, chẳng hạn tên công khai; có thể lặp lại.
    .allowed = một hoặc nhiều tên
setting-drain_delay = Thời gian mà máy chủ, sau khi được yêu cầu dừng, báo chưa sẵn sàng nhưng vẫn trả lời.
    .allowed = thời gian từ 0 đến 600 giây
setting-log_requests = Ghi mỗi yêu cầu một dòng JSON ra đầu ra lỗi chuẩn.
    .allowed = true hoặc false
setting-serve-engine = Bộ tính mô hình: auto (nhanh nhất ở float32), hoặc torch-float32 (PyTorch). Bản xuất có bộ tính riêng.
setting-serve-threads = Số luồng tính toán; mặc định: số bộ xử lý mà tiến trình này hoặc container của nó được dùng.
setting-queue = Số đầu vào được phép đang chờ hoặc đang tính cùng lúc; nhiều hơn sẽ bị từ chối với mã 503.
    .allowed = một số nguyên từ 1 trở lên
setting-batch = Số đầu vào tối đa trong một lượt tính; batch không chờ cho đầy.
    .allowed = một số nguyên từ 1 đến 1024
setting-max_body = Kích thước lớn nhất của phần thân (body) một yêu cầu.
    .allowed = kích thước theo byte, chẳng hạn 20M
setting-files = Số đầu vào tối đa của một yêu cầu.
    .allowed = một số nguyên từ 1 trở lên
setting-max_characters = Độ dài tối đa của văn bản, theo ký tự.
    .allowed = một số nguyên từ 1 trở lên
setting-max_pixels = Số pixel được giải mã cùng lúc, tính chung mọi yêu cầu.
    .allowed = một số nguyên từ 1 trở lên
setting-connections = Số kết nối mở tối đa.
    .allowed = một số nguyên từ 1 trở lên
setting-header_timeout = Thời hạn để phần đầu (header) của yêu cầu đến đủ.
    .allowed = thời gian từ 0.01 đến 3600 giây
setting-request_timeout = Thời hạn để nhận và trả lời một yêu cầu.
    .allowed = thời gian từ 0.01 đến 3600 giây

# Problems

serve-loading = mô hình còn đang được nạp
    .remedy = thử lại khi /readyz trả lời 200
serve-queue-full = hàng đợi { $limit } đầu vào đã đầy
    .remedy = thử lại sau số giây ghi trong Retry-After
serve-bodies-full = phần thân của các yêu cầu đang xử lý đã chiếm hết bộ nhớ dành cho chúng
    .remedy = thử lại sau số giây ghi trong Retry-After
serve-too-many-connections = có hơn { $limit } kết nối đang mở
    .remedy = thử lại sau số giây ghi trong Retry-After; dùng một kết nối cho nhiều yêu cầu
serve-body-too-large = phần thân lớn hơn { BYTES($limit) }
    .remedy = gửi ít hơn, hoặc khởi động máy chủ với --max-body lớn hơn
serve-too-many-inputs = một yêu cầu có { $found } đầu vào; tối đa { $limit }
    .remedy = gửi nhiều yêu cầu, hoặc khởi động máy chủ với --files lớn hơn
serve-text-too-long = văn bản có { $found } ký tự; tối đa { $limit }
    .remedy = gửi văn bản ngắn hơn, hoặc khởi động máy chủ với --max-characters lớn hơn
serve-media-type = kiểu nội dung (media type) "{ $found }" không chứa { $thing ->
    [image] ảnh
   *[other] văn bản
 } cho mô hình này
    .remedy = gửi chính { $thing ->
    [image] tệp ảnh (Content-Type: image/jpeg, application/octet-stream)
   *[other] văn bản (Content-Type: text/plain)
 }, một biểu mẫu (multipart/form-data), hoặc JSON
serve-charset = không có bảng mã (charset) "{ $found }"
    .remedy = gửi UTF-8
serve-no-input = yêu cầu không có { $thing ->
    [image] ảnh
   *[other] văn bản
 } nào
    .remedy = gửi tệp hoặc văn bản làm phần thân, làm các phần của biểu mẫu, hoặc dạng JSON: { "{" }"inputs": [...]{ "}" }
serve-not-json = phần thân không phải JSON: { $cause }
    .remedy = gửi { "{" }"inputs": [...]{ "}" }
serve-json-not-object = JSON là { $found }; cần một đối tượng
    .remedy = gửi { "{" }"inputs": [...]{ "}" }
serve-json-no-inputs = JSON có { $found }; cần "inputs" là một danh sách
    .remedy = gửi { "{" }"inputs": [...]{ "}" }: văn bản, hoặc nội dung tệp ảnh ở dạng base64
serve-json-names = "names" không phải danh sách { $count } chuỗi
    .remedy = gửi mỗi đầu vào một tên, hoặc bỏ names
serve-json-input = đầu vào { NUMBER($place, useGrouping: 0) }: { $detail }
    .remedy = { $fix }
serve-not-form = phần thân không phải biểu mẫu mà Content-Type khai báo: { $cause }
    .remedy = để chương trình gửi tự ghi Content-Type và boundary (curl -F file=@photo.jpg)
serve-no-boundary = không có boundary
serve-form-cut = biểu mẫu kết thúc quá sớm
serve-unusable-input = đầu vào { NUMBER($place, useGrouping: 0) }: { $detail }
    .remedy = bỏ đầu vào này, hoặc dùng POST /predict, vốn vẫn trả lời cho các đầu vào khác
serve-no-such-path = không có gì ở đường dẫn này
    .remedy = xem /openapi.json
serve-no-such-method = đường dẫn này không nhận phương thức này
    .remedy = dùng một phương thức ghi trong header Allow
serve-no-such-model = không có mô hình đó; máy chủ này có "{ $name }", phiên bản { $version }
    .remedy = dùng /v2/models/{ $name }
serve-foreign-host = header Host là "{ $found }", không phải tên của máy chủ này
    .remedy = khởi động máy chủ với --allow-host và tên này, nếu đó đúng là một tên của nó
serve-foreign-origin = trang của { $found } không được phép dùng máy chủ này
    .remedy = mở trang của chính máy chủ, hoặc gửi yêu cầu từ một chương trình
serve-no-token = yêu cầu không có token, hoặc token sai
    .remedy = gửi header Authorization: Bearer TOKEN
serve-not-http = yêu cầu không phải HTTP/1.1
    .remedy = gửi một Content-Length hoặc các đoạn (chunk), với dòng kết thúc bằng CR LF
serve-header-too-large = phần đầu (header) lớn hơn { BYTES($limit) }, hoặc có hơn { $lines } dòng
    .remedy = gửi header ít hơn và ngắn hơn
serve-slow-header = sau { DURATION($seconds) } phần đầu (header) vẫn chưa đến đủ
    .remedy = gửi yêu cầu một lần trọn vẹn
serve-slow-body = sau { DURATION($seconds) } yêu cầu vẫn chưa đến đủ
    .remedy = gửi ít hơn, hoặc dùng kết nối nhanh hơn
serve-no-answer-in-time = sau { DURATION($seconds) } vẫn chưa có câu trả lời
    .remedy = thử lại sau
serve-bug = máy chủ gặp sự cố ở yêu cầu này; đây là lỗi của ghep
    .remedy = vui lòng báo lỗi này, kèm mã yêu cầu (request id) và nhật ký của máy chủ
serve-v2-header-length = Inference-Header-Content-Length là "{ $found }"; cần số byte của JSON ở đầu phần thân
    .remedy = để chương trình gửi tự ghi header này
serve-v2-inputs = yêu cầu cần "inputs" với một tensor, có "data" hoặc dữ liệu nhị phân
    .remedy = xem siêu dữ liệu (metadata) của mô hình
serve-v2-datatype = datatype là "{ $found }"; cần BYTES: trọn tệp hoặc văn bản
    .remedy = gửi chính tệp đó, không gửi pixel
serve-v2-shape = shape { $found } không khớp { $count } phần tử
    .remedy = gửi shape [{ $count }]
serve-v2-binary = dữ liệu nhị phân không khớp: { $cause }
    .remedy = gửi mỗi phần tử sau độ dài của nó ghi bằng bốn byte, little endian
serve-v2-size = binary_data_size không phải { $found }, số byte sau JSON
serve-v2-cut = một phần tử kết thúc quá sớm
serve-v2-outputs = "outputs" nêu một tensor không có; các tên hợp lệ: { LIST($known) }
    .remedy = bỏ outputs, hoặc nêu một trong các tên này
serve-explains-others = đang tính { $limit } bản đồ
    .remedy = thử lại sau số giây ghi trong Retry-After
