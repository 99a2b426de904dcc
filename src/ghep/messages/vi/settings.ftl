# Settings: what each means, and in .allowed which values it may have. setting-COMMAND-NAME is what it means to one command.

setting-refused = { $name }={ $value } ({ $allowed })
setting-choices = { OR($names) }
panel-common = Thường dùng
panel-learning = Cách mô hình học (tự suy ra từ dữ liệu nếu không nêu)
panel-tasks = Nhiều tác vụ
panel-running = Cách lệnh chạy
panel-reading = Cách đọc dữ liệu
strategy-settings-refused = { $strategy } không dùng được { EACH($wrong) }
    .remedy = sửa các thiết lập này, hoặc bỏ chúng
read-options-refused = không đọc được dữ liệu với { EACH($wrong) }
    .remedy = sửa các tùy chọn này, hoặc bỏ chúng
deterministic-time-limit = time_limit cùng với deterministic (trong giới hạn thời gian làm được bao nhiêu là tùy tải của máy)

compare-settings-refused = compare không dùng được { EACH($wrong) }
    .remedy = sửa các thiết lập này, hoặc bỏ chúng
compare-unknown-settings = compare không có thiết lập { LIST($names) }
    .remedy = { EACH($hints) }
labels-of-several-tasks = --labels là số nhãn mỗi lớp của một tác vụ duy nhất, nhưng có { $count } tác vụ
    .remedy = bỏ --labels, nêu một cột nhãn, hoặc giới hạn nhãn của một tác vụ: --limit task=200 (limits)
labels-and-limits = labels={ $labels } cùng với limits={ $limits } (chỉ đặt một trong hai)

# Data, backbone, strategy

setting-data = Thư mục chứa các thư mục lớp, bảng (CSV, TSV, JSON, Parquet, Excel) hoặc thư mục của Hugging Face; ảnh hoặc văn bản.
    .allowed = một đường dẫn, data frame, dict các cột, bộ dữ liệu của Hugging Face hoặc torchvision, Source, hoặc một đường dẫn cho mỗi tác vụ
setting-backbone = efficientnet-lite0, minilm, timm/NAME[@FILE], hf/NAME, một tệp hoặc thư mục; auto: theo lời khuyên của ghep advise.
    .allowed = một tên hoặc đường dẫn, xem ghep backbones
setting-strategy = linear_probe (feature_extraction), light, full, progressive, lp_ft, lora, scratch; auto: theo lời khuyên của ghep advise.
    .allowed = một tên, hoặc một Strategy
setting-seed = Seed của cách chia, thứ tự mẫu, tăng cường dữ liệu và trọng số ngẫu nhiên.
    .allowed = một số nguyên từ 0 đến 4294967295

# Features

setting-image_size = Chiều cao và chiều rộng, theo pixel, mà ảnh được đổi về; mặc định: kích thước lúc tiền huấn luyện.
    .allowed = số pixel, một số nguyên từ 1 đến 4096
setting-max_length = Văn bản: số token tối đa được đọc từ mỗi văn bản; mặc định: giới hạn của backbone.
    .allowed = số token, một số nguyên từ 1 trở lên
setting-truncate = Văn bản: phần được giữ của văn bản quá dài: head (phần đầu, mặc định), tail (phần cuối) hoặc head+tail.
setting-strict = Dừng ở mẫu đầu tiên không dùng được thay vì bỏ qua nó.
    .allowed = true hoặc false
setting-device = Thiết bị: auto (CUDA nếu có, nếu không thì CPU), cpu, cuda hoặc mps.
    .allowed = auto, cpu, cuda, cuda:1 hoặc mps
setting-deterministic = Cùng lệnh, cùng seed và cùng dữ liệu cho cùng trọng số và dự đoán, giống từng bit. Không có gì được quyết định bằng cách đo thời gian: huấn luyện ở float32 trừ khi có --precision, và --time-limit bị từ chối. Nếu không có tùy chọn này, các quyết định theo thời gian được lưu trong decisions.json, và --resume dùng lại chúng.
    .allowed = true hoặc false
setting-advise-deterministic = Tính ra cùng đặc trưng, giống từng bit, bất kể activation nào đã có trong kho.
setting-workers = Số luồng giải mã và tăng cường mẫu.
    .allowed = một số nguyên từ 0 trở lên
setting-cache = Lưu activation của các khối đóng băng vào kho trên đĩa (cache), cho các epoch và lượt chạy sau.
    .allowed = true hoặc false
setting-cache_dir = Thư mục lưu activation, dùng chung cho mọi lượt chạy.
    .allowed = một đường dẫn
setting-cache_size = Dung lượng tối đa của activation được lưu, chẳng hạn 8G.
    .allowed = số byte, một số nguyên từ 0 trở lên; trong tùy chọn và tệp cũng viết được 8G
setting-engine = Engine (bộ tính) chạy các khối đóng băng: auto (nhanh nhất, được đo và lưu cùng lượt chạy), torch-float32, torch-bfloat16, ...
setting-advise-engine = Engine (bộ tính) chạy các backbone: auto (chọn theo số phép tính), hoặc một tên chẳng hạn torch-float32.

# Runs

setting-out = Thư mục lượt chạy; mặc định: runs/NAME.
    .allowed = một đường dẫn
setting-overwrite = Thay thế lượt chạy đã xong trong --out.
    .allowed = true hoặc false
setting-resume = Tiếp tục từ checkpoint cuối cùng trong --out.
    .allowed = true hoặc false
setting-time_limit = Thời gian huấn luyện tối đa: 90s, 30m, 1.5h.
    .allowed = số giây, lớn hơn 0; trong tùy chọn và tệp cũng viết được 30m
setting-random_weights = Làm đối chứng: bắt đầu từ trọng số ngẫu nhiên thay cho trọng số đã tiền huấn luyện của backbone.
    .allowed = true hoặc false
setting-checkpoint_seconds = Thời gian giữa hai checkpoint: 30s, 10m; 0: sau mỗi bước.
    .allowed = số giây, từ 0 trở lên; trong tùy chọn và tệp cũng viết được 10m
setting-on_divergence = Khi huấn luyện phân kỳ: retry (từ trọng số tốt gần nhất, với tốc độ học thấp hơn) hoặc stop.
setting-precision = Kiểu số khi huấn luyện: auto (nhanh nhất, được đo và lưu cùng lượt chạy), float32 hoặc bfloat16, mỗi kiểu có thể thêm -channels_last.
setting-compare-precision = Kiểu số khi huấn luyện, như trong ghep fit; các lượt chạy cùng chiến lược và backbone dùng cùng một kiểu.
setting-save_dtype = Kiểu số của trọng số trong bundle: float32 hoặc float16.
setting-control = Với văn bản, khớp thêm linear_ngrams, một mô hình tuyến tính trên n-gram không qua tiền huấn luyện, để so sánh.
    .allowed = true hoặc false
setting-refit = linear_probe: sau khi valid đã chọn mức điều chuẩn, giải lại head trên train và valid.
    .allowed = true hoặc false
setting-ratings = Cột nhãn chứa số có thứ tự, chẳng hạn số sao; điểm của nó gồm cả khoảng cách từ dự đoán đến nhãn.
    .allowed = tên một tác vụ, hoặc danh sách các tên
setting-report_to = Công cụ theo dõi thí nghiệm: tensorboard, mlflow hoặc wandb; lặp lại tùy chọn để dùng nhiều công cụ.
    .allowed = tensorboard, mlflow, wandb
setting-read = Tùy chọn đọc dữ liệu, theo tên, chẳng hạn text_column.
    .allowed = tùy chọn đọc dữ liệu, chẳng hạn text_column

# Learning

setting-epochs = Số lượt đi qua dữ liệu huấn luyện.
    .allowed = một số nguyên từ 1 trở lên; linear_probe chỉ huấn luyện head
setting-batch_size = Số mẫu mỗi bước.
    .allowed = một số nguyên từ 1 trở lên
setting-lr = Tốc độ học cao nhất của khối cuối.
    .allowed = lớn hơn 0
setting-head_lr = Tốc độ học cao nhất của head.
    .allowed = lớn hơn 0
setting-layer_decay = Tốc độ học của mỗi khối, tính theo tỉ lệ so với khối kế sau.
    .allowed = lớn hơn 0, tối đa 1
setting-frozen_blocks = light, progressive, lp_ft, lora: số khối, tính từ phía đầu vào, được giữ đóng băng.
    .allowed = một số nguyên từ 0 trở lên
setting-rank = lora: hạng của cập nhật ở mỗi tầng có adapter.
    .allowed = một số nguyên từ 1 trở lên
setting-alpha = lora: hệ số của cập nhật; cập nhật được nhân với alpha / rank.
    .allowed = lớn hơn 0
setting-targets = lora: tên tầng cần gắn adapter; lặp lại tùy chọn để nêu nhiều tầng.
    .allowed = tên các tầng: một danh sách, hoặc một chuỗi cách nhau bằng dấu phẩy
setting-dropout = lora: dropout trước adapter.
    .allowed = từ 0, nhỏ hơn 1
setting-optimizer = Bộ tối ưu: adamw hoặc sgd.
setting-weight_decay = Weight decay của các ma trận trọng số; không áp dụng cho bias và tầng chuẩn hóa (norm).
    .allowed = từ 0 trở lên
setting-momentum = Momentum của bộ tối ưu sgd.
    .allowed = từ 0, nhỏ hơn 1
setting-schedule = Tốc độ học sau warmup: cosine, triangular hoặc constant.
setting-warmup = Tỉ lệ số bước mà tốc độ học tăng dần.
    .allowed = 0 đến 1, tỉ lệ của số bước
setting-clip_norm = Gradient có chuẩn lớn hơn giá trị này bị cắt về đúng chuẩn đó; 0: không cắt.
    .allowed = từ 0 trở lên; 0 là không cắt
setting-label_smoothing = Làm mượt nhãn (label smoothing): phần xác suất được chia đều cho mọi lớp; 0: không làm mượt.
    .allowed = từ 0, nhỏ hơn 1
setting-mixup = Alpha của mixup, phép hòa trộn từng cặp mẫu; 0: không dùng mixup.
    .allowed = từ 0 trở lên
setting-cutmix = Alpha của CutMix, phép dán một phần ảnh này vào ảnh khác; 0: không dùng CutMix.
    .allowed = từ 0 trở lên
setting-class_weights = Cân các lớp trong loss theo nghịch đảo số mẫu của lớp.
    .allowed = true hoặc false
setting-ema_decay = Hệ số suy giảm của trung bình trượt hàm mũ (EMA) của trọng số; 0: không lấy trung bình.
    .allowed = từ 0, nhỏ hơn 1
setting-batch_norm = Thống kê của BatchNorm trong các khối được huấn luyện: keep (giữ thống kê tiền huấn luyện), update (cập nhật), hoặc auto (theo chiến lược). reestimate thay thống kê của mọi khối bằng thống kê của ảnh huấn luyện trước khi bắt đầu.
setting-augment = Tăng cường ảnh huấn luyện: none, light, standard, hoặc no-mirror (không lật ngang).
setting-views = Số góc nhìn (đã tăng cường) của mỗi mẫu có activation được lưu lại và dùng xoay vòng, khi có khối đóng băng.
    .allowed = một số nguyên từ 0 trở lên; 0 tạo góc nhìn mới ở mỗi epoch
setting-patience = Dừng sau chừng này epoch mà valid không cải thiện; 0: không dừng sớm.
    .allowed = một số nguyên từ 0 trở lên; 0 là không dừng sớm

# Several tasks

setting-mixing = Tỉ lệ dòng huấn luyện của mỗi tác vụ: proportional (theo số nhãn), equal (bằng nhau), sqrt (theo căn bậc hai của số nhãn), hoặc temperature (giữa proportional và equal).
setting-mixing_temperature = Với mixing=temperature, tỉ lệ của tác vụ có n nhãn tỉ lệ thuận với n^(1/temperature).
    .allowed = từ 1 (proportional) trở lên (dần tới equal)
setting-weighting = Cách cân loss của các tác vụ: fixed, uncertainty, gradnorm, dwa.
setting-task_weights = Trọng số loss của tác vụ NAME; lặp lại tùy chọn cho nhiều tác vụ.
    .allowed = các số từ 0 theo tác vụ, như signs=2
setting-surgery = Cách chỉnh các gradient xung đột giữa các tác vụ trước khi cộng lại: none, pcgrad, cagrad, upgrad.

# Reading

setting-path_column = Cột của bảng chứa đường dẫn hoặc bytes của ảnh.
    .allowed = tên một cột
setting-text_column = Cột của bảng chứa văn bản; dùng hai lần cho cặp văn bản: --text premise --text hypothesis.
    .allowed = tên một cột, hoặc của hai cột chứa cặp văn bản
setting-label_columns = Cột của bảng chứa nhãn; lặp lại tùy chọn cho nhiều tác vụ.
    .allowed = tên một cột, hoặc danh sách các tên
setting-regression = Tác vụ có nhãn là số thực cần dự đoán, chẳng hạn tuổi; trong bảng, đó là tên cột nhãn và không cần nêu lại ở --label. Lặp lại tùy chọn để nêu nhiều tác vụ.
    .allowed = tên một cột hoặc tác vụ, hoặc danh sách các tên
setting-label_delimiter = Dấu tách các lớp trong một nhãn nêu nhiều lớp, chẳng hạn ","; mặc định: |.
    .allowed = một hoặc vài ký tự, chẳng hạn dấu phẩy
setting-split_column = Cột của bảng ghi train, valid hoặc test.
    .allowed = tên một cột
setting-group = Giữ mọi mẫu của một nhóm, chẳng hạn một bệnh nhân hay một bộ phim, trong cùng một tập: cột của bảng chứa nhóm, hoặc biểu thức chính quy có một nhóm bắt (capture group), được tìm trong mỗi đường dẫn, như '([^/]+)_[0-9]+[.]', biểu thức tìm ra p017 trong p017_003.png.
    .allowed = tên một cột, hoặc biểu thức chính quy có một nhóm
setting-encoding = Bảng mã của bảng và văn bản không phải UTF-8: cp1252, latin-1, utf-16, gb18030, ...
    .allowed = một bảng mã chẳng hạn utf-8 hoặc latin-1
setting-layout = Đọc các thư mục trong DATA như lớp, hoặc như tập (train, valid, test), bất kể tên của chúng.
setting-exclude = Bỏ qua thư mục trong DATA có tên này, chẳng hạn masks; lặp lại tùy chọn để nêu nhiều thư mục.
    .allowed = tên một thư mục, hoặc danh sách các tên
setting-test = Bảng hoặc thư mục dùng làm tập test; bảng có cùng các cột nhãn như DATA.
    .allowed = đường dẫn của một bảng hoặc thư mục
setting-valid = Bảng hoặc thư mục dùng làm tập valid.
    .allowed = đường dẫn của một bảng hoặc thư mục
setting-image_dir = Thư mục gốc của các đường dẫn ảnh trong bảng; đường dẫn của chính thư mục này tính từ thư mục của bảng hoặc thư mục làm việc. Phần đầu của đường dẫn ảnh mà thư mục này không có, như trong C:\data\x.jpg, bị bỏ đi. Lặp lại tùy chọn để nêu nhiều thư mục.
    .allowed = đường dẫn của một thư mục, hoặc danh sách các đường dẫn
setting-suffix = Đuôi tệp, chẳng hạn .jpg, được thêm vào sau các đường dẫn ảnh trong bảng.
    .allowed = một đuôi tệp chẳng hạn .jpg

# Comparisons

setting-backbones = Các backbone cần so sánh, cách nhau bằng dấu phẩy, như trong ghep fit --backbone.
    .allowed = tên hoặc đường dẫn
setting-strategies = Các chiến lược, cách nhau bằng dấu phẩy, hoặc all (mặc định; khi có nhiều tác vụ là linear_probe,light,full).
    .allowed = tên các chiến lược, hoặc all
setting-seeds = Số lượt chạy của mỗi phương án, với các seed khác nhau; mặc định: 5, khi có nhiều tác vụ là 3.
    .allowed = một số nguyên từ 1 trở lên
setting-labels = Số nhãn mỗi lớp (với --regression: tổng số nhãn) để vẽ đường học, như 5,10,20,50,all; mỗi seed lấy các mẫu khác nhau.
    .allowed = các số nhãn mỗi lớp, từ 1, và all
setting-compare-time_limit = Thời gian tối đa gần đúng của cả phép so sánh: 90s, 30m, 1.5h.
setting-search = Dò tốc độ học có điểm cao nhất trên valid, riêng cho từng chiến lược.
    .allowed = true hoặc false
setting-controls = Chạy thêm các đối chứng: scratch, random features, majority, linear_ngrams hoặc linear_hog, zero_shot.
    .allowed = true hoặc false
setting-compare-augment = Tăng cường dữ liệu trong mọi chiến lược huấn luyện bằng gradient: none, light, standard, hoặc no-mirror (không lật ngang).
setting-affinity = Đo mỗi tác vụ giúp hay hại các tác vụ khác bao nhiêu: gradients (mặc định), pairs (huấn luyện từng cặp tác vụ), hoặc none.
setting-remedies = Các thiết lập khác của mô hình chung cần thử: auto (mặc định; nếu dùng chung làm hại một tác vụ), none, hoặc các thiết lập chẳng hạn mixing=equal,surgery=pcgrad.
    .allowed = none, auto, hoặc các thiết lập chẳng hạn surgery=pcgrad, weighting=uncertainty, mixing=equal
setting-budget = Mô hình chung và mô hình đơn nhiệm huấn luyện với số mẫu bằng nhau (mặc định), hoặc với số bước bằng nhau.
setting-limits = Dùng tối đa N nhãn của một tác vụ, tính cả train và valid; mỗi seed lấy các mẫu khác nhau. Lặp lại tùy chọn cho nhiều tác vụ.
    .allowed = số nhãn từ 2 trở lên theo tác vụ, như polarity=200
setting-keep = Bundle được giữ lại: best (của mỗi phương án, lượt chạy có điểm cao nhất trên valid) hoặc all.
setting-jobs = Số lượt chạy cùng lúc, mỗi lượt một tiến trình; auto (mặc định): nhiều đến mức còn tiết kiệm được thời gian trên máy này.
    .allowed = một số nguyên từ 1 trở lên
setting-threads = Số luồng của mỗi lượt chạy, không phụ thuộc --jobs; mặc định: một phần tư số nhân.
    .allowed = một số nguyên từ 1 trở lên
setting-compare-out = Thư mục của phép so sánh; mặc định: runs/compare-...
setting-compare-overwrite = Thay thế phép so sánh trong --out.
