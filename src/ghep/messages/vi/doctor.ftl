# ghep doctor: mọi chốt kiểm tra cùng lúc.

command-doctor =
    Tìm mọi nguyên nhân khiến học chuyển giao thất bại, trong dữ liệu với một backbone hoặc trong một lượt chạy đã xong; không tinh chỉnh gì cả.

    Mỗi chốt kiểm tra một dòng, với số đo được và ngưỡng báo động, và một trang cho biết nên làm gì. Mã thoát là 1 nếu
    có chốt cảnh báo.

    Ví dụ: ghep doctor photos/ --backbone efficientnet-lite0

    Ví dụ: ghep doctor runs/photos-light-0
help-doctor-target = Thư mục của một lượt chạy đã xong, hoặc dữ liệu như với ghep fit.
help-doctor-backbone = Tên hoặc đường dẫn của backbone. Mặc định: backbone của lượt chạy, nếu không có thì mặc định của loại dữ liệu.
help-doctor-seed = Seed của cách chia. Mặc định: seed của lượt chạy, nếu không có thì 0.
help-doctor-out = Thư mục cho trang và diagnosis.json. Mặc định: runs/doctor-NAME-TIME.
phase-examine = kiểm tra
doctor-run-unfinished = lượt chạy trong { $folder } chưa hoàn tất
    .remedy = hoàn tất nó bằng ghep fit --resume, hoặc truyền dữ liệu của nó
doctor-files-of-run = bản ghi của lượt chạy
doctor-data-gone = dữ liệu của lượt chạy trong { $folder } không còn ở { EACH($places) }
    .remedy = đặt dữ liệu lại chỗ cũ, hoặc truyền chỗ mới thay cho lượt chạy, kèm --backbone
doctor-unknown-option = không có { $names }
    .remedy = { EACH($hints) }
doctor-state-ok = ổn
doctor-state-info = lưu ý
doctor-state-warning = cảnh báo
doctor-state-error = lỗi
doctor-state-skipped = bỏ qua
doctor-title-data = dữ liệu
doctor-title-backbone = backbone
doctor-title-weights = trọng số
doctor-title-preprocessing = tiền xử lý
doctor-title-domain = lệch miền dữ liệu
doctor-title-splits = các tập
doctor-title-features = đặc trưng
doctor-title-probe = head tuyến tính
doctor-title-labels = nhãn
doctor-title-unfamiliar = đầu vào lạ
doctor-title-rate = tốc độ học
doctor-title-training = huấn luyện
doctor-title-forgotten = sự quên
doctor-head-state = tình trạng
doctor-head-guard = chốt kiểm tra
doctor-head-summary = đo được
doctor-head-seconds = giây
doctor-overview = Những gì đã được kiểm tra
doctor-page-title = Chẩn đoán { $target }
doctor-page-subtitle = backbone { $backbone }; { $seconds } s; không tinh chỉnh gì cả
doctor-healthy = Đã chạy { $guards } chốt kiểm tra: không thấy lý do nào khiến học chuyển giao thất bại.
doctor-problems = { $guards } chốt kiểm tra tìm ra { $count } vấn đề: { $names }.
doctor-tried = đã thử: { $what }
doctor-nothing-found = không có gì để báo
doctor-data = { $examples } mẫu (train, valid, test: { $counts }), { $left_out ->
        [0] không mẫu nào bị bỏ
       *[other] bỏ { $left_out } mẫu
    }
doctor-backbone = { $name }, { $pretrained ->
        [yes] tiền huấn luyện trên { $source }
       *[other] với trọng số ngẫu nhiên
    }: { $blocks } khối, { $width } đặc trưng
doctor-training = { $strategy }, { NUMBER($seconds, maximumFractionDigits: 1) } s; { $findings ->
        [0] không báo gì
       *[other] báo { $findings } phát hiện
    }
doctor-probe = một head tuyến tính trên đặc trưng đạt { SCORE($accuracy) } (n={ $count }); trên đặc trưng ngẫu nhiên { SCORE($random) }, câu trả lời cố định { SCORE($majority) }
doctor-skipped = { $why ->
        [random-weights] trọng số là ngẫu nhiên
        [features-by-position] backbone viết câu trả lời dưới dạng văn bản
        [earlier-block] lượt chạy dùng đặc trưng của một khối nông hơn
        [solved] head được giải, không phải huấn luyện
        [no-three-splits] cần train, valid và test
        [too-few] quá ít mẫu: cần 20 mẫu test và 19 mẫu valid
        [multi-label] chỉ dành cho tác vụ có một lớp mỗi mẫu
       *[not-measured] lượt chạy không ghi lại điều này
    }
doctor-forgotten = phần hiểu biết cũ mà backbone còn giữ: { SCORE($kept) }, theo { $by ->
        [source] độ chính xác trên dữ liệu nguồn, sau chia cho trước
        [neighbours] các câu lân cận của những câu thăm dò
       *[cka] độ tương đồng (CKA) của đặc trưng trên { $inputs } mẫu
    }; báo khi dưới { SCORE($bar) }
