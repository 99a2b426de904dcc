# Commands: the help that ghep COMMAND --help prints.

command-ghep = Học chuyển giao (transfer learning) có bằng chứng: ghép head mới vào backbone đã tiền huấn luyện.
command-check =
    Kiểm tra ảnh hoặc văn bản: tệp không dùng được, bản sao, rò rỉ giữa các tập, mất cân bằng, nhãn đáng ngờ.

    Mã thoát: 0 nếu không có gì đáng ngờ, 1 nếu có cảnh báo, 2 nếu có lỗi.

    Ví dụ: ghep check photos/

    Ví dụ: ghep check reviews.csv --text review --label stars

    Với --labels, năm head trên đặc trưng của một backbone chấm nhãn của từng mẫu mà chúng chưa thấy. Những nhãn nhiều
    khả năng sai được ghi vào suspects.csv và hiện trên một trang; dữ liệu không bị sửa. ghep fit
    --drop-suspects suspects.csv bỏ các mẫu còn trong danh sách ra khỏi train.

    Ví dụ: ghep check --task cars=road/cars --task signs=road/signs

    Ví dụ: ghep check photos/ --labels --out doubtful
command-advise =
    Khuyên nên thử backbone và chiến lược nào trước, và cho biết chắc chắn đến đâu; không tinh chỉnh gì cả.

    Mọi backbone được chấm trên 300 mẫu; những backbone không kém rõ rệt được chấm trên tối đa 1.500 mẫu. Tập test không
    quyết định gì: các mẫu của nó, không kèm nhãn, chỉ được đem so với các tập khác. Đặc trưng được lưu lại để lần chạy
    ghep fit --strategy linear_probe sau dùng tiếp.

    Ví dụ: ghep advise photos/ --backbones weights/,timm/resnet18.a1_in1k

    Ví dụ: ghep advise reviews.csv --text text --label label
command-fit =
    Huấn luyện một mô hình và lưu lại, kèm điểm, chi phí và bằng chứng.

    Mã thoát là 1 nếu có phát hiện mức lỗi cho biết không thể tin điểm: mẫu được chấm có bản sao trong train, không có
    dữ liệu nào để riêng, huấn luyện bị phân kỳ. Bundle (thư mục mô hình) vẫn được ghi.

    Ví dụ: ghep fit photos/ --strategy light --epochs 5

    Ví dụ: ghep fit reviews.csv --text text --label label

    Ví dụ: ghep fit --task cars=road/cars --task signs=road/signs
command-compare =
    So sánh các chiến lược và backbone: kết luận kèm bằng chứng, và một báo cáo.

    Chạy lại đúng lệnh đó sẽ tiếp tục phép so sánh bị gián đoạn. Mã thoát là 1 nếu có lượt chạy thất bại hoặc có phát
    hiện khiến kết quả đáng nghi; báo cáo vẫn được ghi.

    Ví dụ: ghep compare photos/ --seeds 3 --time-limit 20m

    Ví dụ: ghep compare reviews.csv --text text --label label --labels 8,16,64,all

    Ví dụ: ghep compare --task cars=road/cars --task signs=road/signs --limit signs=200
command-evaluate =
    Đo một bundle trên các mẫu có nhãn, mỗi điểm kèm khoảng tin cậy 95%.

    Mã thoát là 1 nếu có phát hiện mức lỗi cho biết không thể tin điểm, chẳng hạn có mẫu đã dùng
    để huấn luyện bundle.

    Ví dụ: ghep evaluate runs/ants/bundle photos/

    Ví dụ: ghep evaluate runs/road/bundle --task signs=more-signs/
command-predict =
    Dự đoán nhãn của ảnh hoặc văn bản, mỗi đầu vào một câu trả lời, theo thứ tự đã cho.

    Với bảng, ghep đọc cột đã dùng để huấn luyện mô hình, trừ khi --text hoặc --path-column nêu cột khác. Đầu vào
    không dùng được sẽ được báo kèm lý do, và mã thoát là 1; mã thoát cũng là 1 nếu mọi ảnh đều gần như đen đối với mô
    hình, vì mô hình được huấn luyện với ảnh nhiều bit hơn trên mỗi pixel. Dấu tab và xuống dòng trong tên hoặc văn bản
    được in dưới dạng thoát (escape), và văn bản dài bị cắt bớt; trong CSV, ô mà chương trình bảng tính sẽ chạy như công
    thức được thêm dấu nháy đơn phía trước; --json giữ nguyên văn. Nếu một đầu vào có thể thuộc nhiều lớp, các lớp có xác
    suất trên một nửa được in cách nhau bằng dấu gạch đứng, kèm xác suất của cả câu trả lời đó; --top 3 in thêm ba lớp
    có xác suất cao nhất.

    Ví dụ: ghep predict runs/ants/bundle new/*.jpg --top 3

    Ví dụ: ghep predict runs/reviews/bundle new.csv --text review --out predictions.csv

    Ví dụ: echo "What a film!" | ghep predict runs/reviews/bundle -

    Ví dụ: ghep predict http://127.0.0.1:8000 new/*.jpg
command-export =
    Ghi bundle ở định dạng trả lời được mà không cần PyTorch: một thư mục gồm mạng, tiền xử lý và nhãn.

    Trước khi ghi, câu trả lời của bản xuất được so với bundle: trên tập test của lượt chạy tạo ra bundle (không có thì
    tập valid) hoặc trên --data, và trên các tệp, văn bản bất thường. Bản xuất có câu trả lời khác sẽ bị từ chối.

    Ví dụ: ghep export runs/ants/bundle --to onnx

    Ví dụ: ghep export runs/reviews/bundle --to onnx --out deploy/reviews --data new.csv --text review

    Ví dụ: ghep export runs/ants/bundle --to hf
command-backbones =
    Liệt kê các backbone dùng được khi không có mạng; với một mẫu tên, liệt kê các kiến trúc mà timm biết.

    Ví dụ: ghep backbones 'mobilenet*'

# Help of options that are no settings.

help-version = In số phiên bản.
help-data-or-tasks = { setting-data } Bỏ trống nếu --task đã nêu dữ liệu.
help-task = Thay cho DATA, mỗi tác vụ của mô hình một lần: NAME=PATH, hoặc NAME=TABLE:COLUMN cho một cột nhãn.
help-config = Tệp TOML có cùng tên với các tùy chọn.
help-bundle = Thư mục bundle do ghep fit ghi.
help-json = Chỉ in kết quả dạng JSON ra stdout.
help-check-seed = Seed của cách chia.
help-advise-backbones = Tên, tệp, thư mục chứa tệp trọng số, cách nhau bằng dấu phẩy; backbone mặc định cũng được thử. Mặc định: mọi backbone đã cài cho loại dữ liệu này (ghep backbones liệt kê chúng).
help-advise-seed = Seed của cách chia và của mẫu ngẫu nhiên.
help-evaluate-split = train, valid, test hoặc all; mặc định: test, không có thì valid, không có nữa thì all.
help-evaluate-out = Thư mục chứa predictions.csv.
help-predict-model = Thư mục bundle do ghep fit ghi, thư mục do ghep export ghi, hoặc địa chỉ của một ghep serve đang chạy (http://127.0.0.1:8000; token lấy từ GHEP_TOKEN).
help-predict-inputs = Tệp, thư mục, mẫu glob, bảng (CSV, TSV, JSON, Parquet, Excel: mỗi dòng một câu trả lời), hoặc - để đọc đầu vào chuẩn.
help-predict-lines = Mỗi dòng là một đầu vào: một văn bản, hai văn bản cách nhau bằng tab, hoặc đường dẫn của một ảnh.
help-predict-task = Chỉ trả lời cho tác vụ này.
help-predict-top = Số lớp in ra cho mỗi đầu vào.
help-predict-out = Ghi CSV với xác suất của mọi lớp, hoặc với khoảng của số dự đoán.
help-predict-engine = Bộ tính backbone khi có nhiều đầu vào: auto (nhanh nhất ở float32), hoặc torch-float32 (PyTorch).
help-export-to = Định dạng: onnx và openvino chạy không cần PyTorch; torch-export chỉ cần PyTorch; hf nạp bằng timm, transformers hoặc sentence-transformers; web chạy trong trình duyệt.
help-export-out = Thư mục cần ghi; bản xuất cũ trong đó bị thay. Mặc định: cạnh bundle, BUNDLE-FORMAT.
help-export-int8 = Lượng tử hóa mạng thành số nguyên 8 bit (onnx); bị từ chối trừ khi chính xác ngang vậy trên tập valid và nhanh hơn trên máy này.
help-export-data = Các mẫu dùng để so câu trả lời. Mặc định: dữ liệu của lượt chạy tạo ra bundle.
help-backbones-pattern = Liệt kê các kiến trúc của timm khớp với mẫu tên, ví dụ 'resnet*'.
help-backbones-describe = Mô tả một backbone: khối, đặc trưng, tiền xử lý.

# Errors of the command line and of config files

engine-of-export = không dùng được --engine { $engine }: { $path } là bản xuất, đã có engine riêng
    .remedy = bỏ --engine, hoặc truyền bundle
engine-of-server = không dùng được --engine { $engine }: máy chủ đã tự chọn engine
    .remedy = bỏ --engine, hoặc khởi động ghep serve với tùy chọn đó
remote-address = { $address } không phải địa chỉ máy chủ
    .remedy = viết dạng http://HOST:PORT; token đặt trong GHEP_TOKEN, không đặt trong địa chỉ
remote-no-server = không có máy chủ nào trả lời ở { $address } ({ $cause })
    .remedy = khởi động một máy chủ bằng ghep serve, hoặc kiểm tra host và cổng
remote-not-ghep = { $address } có trả lời, nhưng không phải ghep serve
    .remedy = kiểm tra host và cổng
remote-not-permitted = { $address } từ chối yêu cầu: { $given ->
    [yes] máy chủ cần token khác với token trong { $variable }
   *[no] máy chủ cần token
 }
    .remedy = đặt biến môi trường { $variable } bằng token của máy chủ
remote-refused = { $address } trả lời { NUMBER($status, useGrouping: 0) }: { $detail }
    .remedy = thử lại sau; 503 nghĩa là máy chủ đang nạp mô hình, đang bận hoặc đang dừng


flag-repeated = { $flag } nhận một giá trị, nhưng được truyền { $count } lần: { LIST($values) }
    .remedy = chỉ giữ một giá trị
flag-not-name-number = { $flag } "{ $value }" không có dạng NAME=NUMBER
    .remedy = viết như { $flag } signs=2
task-not-name-path = --task { $value } không có dạng NAME=PATH
    .remedy = viết như --task cars=road/cars
task-repeated = --task { $name } được nêu hai lần
    .remedy = đặt tên khác nhau cho mỗi tác vụ
data-and-tasks = cả dữ liệu lẫn tác vụ đều được nêu
    .remedy = chọn một: DATA, hoặc --task cho mỗi tác vụ
no-data = chưa nêu dữ liệu
    .remedy = truyền một thư mục hoặc bảng, hoặc --task NAME=PATH cho mỗi tác vụ; trong tệp thì data = "..." hoặc [tasks]
unknown-setting = { $of } không có thiết lập tên { $names }
    .remedy = { EACH($hints) }
config-unreadable = không đọc được { $file } ({ $cause })
    .remedy = truyền tệp TOML ở UTF-8
config-not-toml = { $file } không phải TOML hợp lệ: { $cause }
    .remedy = sửa dòng đó
not-a-time = "{ $text }" không phải là thời gian
    .remedy = viết như 90s, 30m hoặc 1.5h
not-a-size = "{ $text }" không phải là kích thước
    .remedy = viết như 500M hoặc 8G
out-folder-is-file = không tạo được thư mục { $out }: { $file } là một tệp
    .remedy = chọn --out khác
out-is-folder = không ghi được { $out }: đây là thư mục
    .remedy = chọn tên tệp, chẳng hạn predictions.csv
out-no-parent = không ghi được { $out }: không có thư mục { $folder }
    .remedy = tạo thư mục đó, hoặc chọn --out khác
out-not-permitted = không ghi được { $out }: không có quyền
    .remedy = chọn --out khác
bundle-has-no-task = bundle không có tác vụ "{ $task }"
    .remedy = { $hint }
input-not-found = { $argument } không khớp { $thing ->
    [image] ảnh
    [text] văn bản
   *[other] { $thing }
 } nào
    .remedy = { $advice }
line-not-decodable = { $file }, dòng { NUMBER($line, useGrouping: 0) }: byte 0x{ $byte } không phải { $encoding }
    .remedy = nêu bảng mã đã dùng khi lưu (--encoding { $likely }?), hoặc lưu thành UTF-8
input-unreadable = không đọc được { $path }: { $cause }
    .remedy = kiểm tra đường dẫn và quyền truy cập
disk-full = giải phóng dung lượng, hoặc ghi sang đĩa khác; với fit, dùng --cache-size nhỏ hơn, hoặc đặt TMPDIR vào đĩa lớn hơn
quota-exceeded = giải phóng dung lượng, hoặc ghi sang đĩa khác
file-too-large = tăng giới hạn kích thước tệp (ulimit -f, hoặc của hệ thống tệp), hoặc ghi sang đĩa khác
too-many-open-files = tăng giới hạn số tệp được mở (ulimit -n), hoặc giảm --workers
check-path-and-permissions = kiểm tra xem đường dẫn có tồn tại và có quyền đọc, ghi không
bug-in-ghep = lỗi của ghep: { $error }
    .remedy = vui lòng báo lỗi này, kèm dòng này và lệnh đã chạy; GHEP_DEBUG=1 in ra chỗ xảy ra lỗi
output-not-writable = không ghi được ra đầu ra chuẩn ({ $cause }): kết quả chưa được in
interrupted = đã bị ngắt
stopping = sẽ dừng sau bước huấn luyện này và lưu trạng thái; nhấn Ctrl-C lần nữa để dừng ngay, không lưu
stopped = đã dừng: { $cause }

# Findings

links-not-followed = { $count } liên kết bị bỏ qua vì dẫn đến thư mục chứa chính nó
    .remedy = không cần làm gì, trừ khi thiếu tệp: khi đó nêu thẳng thư mục của chúng
named-twice = { $count } tệp được nêu nhiều lần, qua đối số, thư mục hoặc mẫu glob, và mỗi lần đều được dự đoán
    .remedy = nêu mỗi tệp một lần, nếu chỉ cần một dự đoán

# Output

audit-head = { $name }: { $count } { $things ->
        [images] ảnh
        [texts] văn bản
       *[other] { $things }
    } dùng được trong { $folder }
audit-sizes = kích thước từ { $smallest } đến { $largest } { $unit ->
        [pixels] pixel
        [characters] ký tự
       *[other] { $unit }
    }
audit-in-all = có nhãn
audit-unlabelled = không nhãn
audit-more-classes = ... và { $count } lớp có kích thước ở giữa (--json có đủ)
audit-clean = không có gì đáng ngờ
run-errors = có { $count } lỗi; không thể tin kết quả:
run-cost = chi phí   { $seconds } s, bộ nhớ đỉnh { $memory } MiB, huấn luyện { $trained } trong { $total } tham số
run-numbers = kiểu số   { $precision } khi huấn luyện, float32 khi chấm điểm và dự đoán; thiết bị { $device }
run-frozen = đóng băng { $passes }
run-passes = { $computed } hàng activation được tính (mỗi hàng là một mẫu ở một góc nhìn), { $reused } hàng đọc từ kho; { $engines }, { $seconds } s{ $choosing ->
        [none] { "" }
       *[other] , và { $choosing } s để chọn engine
    }
run-proof = xác minh  { $frozen } khối giống từng bit sau khi huấn luyện, { $moved } khối đã thay đổi
run-folder = lượt chạy { $folder }
run-bundle = bundle    { $bundle }
scores-head = { $split }, { $task }: { $count } mẫu{ $sets ->
        [true] ; câu trả lời đúng khi mọi lớp đều đúng
       *[other] { "" }
    }
scores-without-copies = trên { $count } mẫu không có bản sao trong { $in } ({ $seen } mẫu có):
scores-interval = khoảng tin cậy 95% { $low } đến { $high }
scores-control = mô hình trừ đối chứng: { $difference }, khoảng tin cậy 95% { $low } đến { $high }, p = { $p }
items-more = ... và { $count } mục khác
left-out-one = bỏ qua: { $id } ({ $kind }: { $detail })
left-out-more = bỏ qua: thêm { $count } mẫu (--json liệt kê đủ)
predictions-written = đã ghi { $file }
backbones-no-match = timm không có kiến trúc nào khớp { $pattern }
backbones-installed = Đã cài; dùng được khi không có mạng:
backbones-none = chưa có gì
backbones-packages = Trong một gói:
backbones-probe = probe: độ chính xác của head tuyến tính trên backbone đóng băng, theo đo đạc (docs/benchmarks.md).
backbones-by-name =
    Theo tên, tải về ở lần dùng đầu: timm/<name> cho ảnh (ghep backbones 'mobilenet*' liệt kê tên),
    hf/<name> và text2text/<T5> cho văn bản. Từ tệp có sẵn: timm/<name>@<weights>, tệp .safetensors hoặc .pth
    kèm tệp json cùng tên bên cạnh, thư mục theo định dạng của Hugging Face, vector từ, hoặc bundle
    do ghep fit ghi. Quy tắc: docs/backbones.md.
backbones-line-probe = probe { $probe }
backbones-line-default = mặc định cho { $modality ->
        [image] ảnh
        [text] văn bản
       *[other] { $modality }
    }
phase-read = đọc
phase-predict = dự đoán
phase-predict-split = dự đoán { $split }
phase-runs = lượt chạy
progress-done = { $phase }: { NUMBER($total, useGrouping: 0) }
progress-epoch = { $stage } epoch { $epoch }
progress-train-loss = loss train { $loss }
progress-valid-loss = loss valid { $loss }
progress-valid-score = điểm valid { $score }
