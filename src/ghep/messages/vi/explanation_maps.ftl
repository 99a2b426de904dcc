# ghep explain: the command, its settings, and what it says about photos.

command-explain =
    Chỉ ra bằng chứng cho câu trả lời ở đâu trong ảnh, và có thể tin bản đồ đó không; với văn bản: từ nào quyết định.

    Ghi một trang, với mỗi ảnh gồm: các lớp đứng đầu; bằng chứng ủng hộ và chống lại lớp đó và lớp đứng thứ hai (Grad-CAM
    có dấu); đường cong xóa dần (deletion) và hiện dần (insertion), bên cạnh bộ dò cạnh và các bản đồ ngẫu nhiên; và
    tương quan với bản đồ của trọng số ngẫu nhiên. Mã thoát: 1 nếu có đầu vào không dùng được.

    Ví dụ: ghep explain runs/pets/bundle cat.jpg dog.jpg --maps

    Ví dụ: ghep explain efficientnet-lite0 cat.jpg --target "tiger cat"

    Ví dụ: ghep explain runs/pets/bundle photos/ --before

    Ví dụ: ghep explain runs/reviews/bundle reviews.txt --lines
help-explain-model = Thư mục bundle do ghep fit ghi, hoặc backbone kèm bộ phân loại của lần tiền huấn luyện.
help-explain-out = Thư mục chứa trang, các hình và mảng gốc. Mặc định: runs/explain-NAME-TIME.
help-explain-overwrite = Ghi vào thư mục dù nó không rỗng.
setting-target = Lớp cần giải thích thay cho lớp được dự đoán.
    .allowed = tên một lớp
setting-maps = Ảnh: thêm feature map của khối đầu, khối giữa và khối cuối.
    .allowed = true hoặc false
setting-before = Ảnh: so từng khối với backbone trước khi tinh chỉnh.
    .allowed = true hoặc false
setting-before_backbone = Backbone trước khi tinh chỉnh, nếu không tìm thấy backbone mà bundle nêu tên. Tự bật --before.
    .allowed = tên một backbone
setting-other_seed = Bundle huấn luyện y như vậy nhưng với seed khác: cho biết mức nhiễu nền của --before. Trong một phép so sánh, ghep tự tìm thấy nó.
    .allowed = thư mục của một bundle
setting-explain-seed = Seed của các bản đồ ngẫu nhiên và trọng số ngẫu nhiên.

phase-explain = giải thích

explain-other-seed-alone = --other-seed { $bundle } là mức nhiễu nền cho những gì tinh chỉnh đã thay đổi, nhưng không có --before
    .remedy = thêm --before, hoặc bỏ --other-seed
explain-settings-refused = { $wrong }
    .remedy = ghep explain --help liệt kê các thiết lập
explain-unknown-settings = explain không có thiết lập { LIST($names) }
    .remedy = các thiết lập là { LIST($known) }
explanation-folder-not-empty = thư mục { $folder } không rỗng
    .remedy = chọn --out khác, hoặc truyền --overwrite
explain-before-no-bundle = { $name } là backbone chưa tinh chỉnh, nên không có gì trước đó để so sánh
    .remedy = truyền một bundle, hoặc bỏ --before
explain-before-unknown = { $bundle } được tinh chỉnh từ { $names }, nhưng ở đây không tìm thấy
    .remedy = truyền backbone: --before-backbone FILE
explain-before-other = { $name } là một mạng khác: các khối của nó là { $blocks }, còn của bundle là { $expected }
    .remedy = truyền đúng backbone đã tinh chỉnh thành bundle: --before-backbone FILE
explain-other-seed-differs = { $bundle } là một mạng khác
    .remedy = truyền bundle huấn luyện y như vậy nhưng với seed khác: --other-seed BUNDLE

explain-title = Giải thích bằng { $model }
explain-photos = { $count } ảnh
explain-count = Giải thích { $count } ảnh.
explain-more = Còn { $count } ảnh không hiện ở đây.
explain-page = trang: { $page }
explain-unreadable = không giải thích được: { $cause }
explain-unreadable-photo = không giải thích được { $name }: { $cause }
explain-top = { $classes }
explain-number = { $task } = { $value }
explain-no-positive = không có bằng chứng ủng hộ { $label }
explain-areas = xóa dần { $deletion_map } (bản đồ ngẫu nhiên { $deletion_random }), hiện dần { $insertion_map } (bản đồ ngẫu nhiên { $insertion_random })
explain-mean-areas = trung bình của { $count } ảnh: xóa dần { $deletion_map } (bản đồ ngẫu nhiên { $deletion_random }), hiện dần { $insertion_map } (bản đồ ngẫu nhiên { $insertion_random })
explain-randomised = tương quan với bản đồ của trọng số ngẫu nhiên: { $correlation }
explain-randomised-each = Tương quan hạng với bản đồ của cùng mạng nhưng có trọng số ngẫu nhiên: { $correlation } (từng lần: { $numbers }). Bản đồ về điều mạng đã học thì gần 0; bản đồ chỉ cho thấy cạnh trong ảnh thì gần 1.
explain-before-same = không khối nào khác với { $before }: chỉ head được huấn luyện
explain-before-most = so với { $before }, { $block } thay đổi nhiều nhất: CKA tuyến tính { $cka }
explain-before-floor = cùng khối đó giữa hai seed ({ $other }): CKA tuyến tính { $cka }
explain-before-no-floor = không có bundle của seed khác nên không biết hai seed khác nhau bao nhiêu: truyền --other-seed

map-not-faithful = với { $count } trong { $total } ảnh, xóa phần bản đồ đánh dấu không làm câu trả lời đổi nhiều hơn xóa ngẫu nhiên
    .remedy = không rút ra kết luận từ các bản đồ này
no-positive-evidence = với { $count } trong { $total } ảnh, không có bằng chứng ủng hộ lớp được giải thích: mọi thứ trong ảnh đều chống lại lớp đó
explained-number = { $task } là một số: bản đồ cho thấy điều gì làm nó tăng và giảm, không có lớp đứng thứ hai, và đường cong chạy từ 0 (màu trung bình của ảnh) đến 1 (chính ảnh)

explain-section-overview = Tất cả ảnh
explain-section-where = Bằng chứng nằm ở đâu
explain-section-faithful = Có thể tin bản đồ này không? { $name }
explain-section-channels = Feature map của { $name }
explain-section-before = Tinh chỉnh đã thay đổi những gì
explain-stage = { $stage ->
    [early] Một khối đầu
    [middle] Một khối giữa
   *[late] Khối cuối
}
explain-column-photo = ảnh
explain-column-answer = câu trả lời
explain-column-class = lớp
explain-column-probability = xác suất
explain-column-kind = thứ tự pixel
explain-column-deletion = xóa dần (càng thấp càng tốt)
explain-column-insertion = hiện dần (càng cao càng tốt)
explain-column-deletion-map = xóa dần
explain-column-deletion-random = xóa dần, ngẫu nhiên
explain-column-insertion-map = hiện dần
explain-column-insertion-random = hiện dần, ngẫu nhiên
explain-column-block = khối
explain-column-correlation = tương quan
explain-column-cka = CKA tuyến tính
explain-column-seeds-correlation = tương quan, hai seed
explain-column-seeds-cka = CKA tuyến tính, hai seed
explain-row-map = bản đồ này
explain-row-edges = bộ dò cạnh
explain-row-random = bản đồ ngẫu nhiên (trung bình của 3)

explain-figure-photo = ảnh
explain-figure-for = bằng chứng ủng hộ { $label }
explain-figure-no-positive = không có bằng chứng ủng hộ { $label }
explain-figure-scale = ← chống lại      ủng hộ →   (logit)
explain-figure-faithful = Xóa dần và hiện dần
explain-figure-deletion = xóa dần: càng thấp càng tốt
explain-figure-insertion = hiện dần: càng cao càng tốt
explain-figure-deletion-axis = phần pixel bị xóa
explain-figure-insertion-axis = phần pixel được hiện
explain-figure-prediction = { $label }
explain-kind-map = bản đồ này ({ $area })
explain-kind-edges = bộ dò cạnh ({ $area })
explain-kind-random = bản đồ ngẫu nhiên ({ $area })
explain-figure-active = các kênh hoạt động mạnh nhất
explain-figure-varied = các kênh biến đổi nhiều nhất
explain-figure-channels = { $stage ->
    [early] Một khối đầu
    [middle] Một khối giữa
   *[late] Khối cuối
}: { $block }, { $count } kênh
explain-figure-blocks = Độ giống nhau của từng khối trước và sau tinh chỉnh
explain-figure-cka = CKA tuyến tính
explain-figure-correlation = tương quan
explain-figure-seeds-cka = CKA tuyến tính giữa hai seed
explain-figure-seeds-correlation = tương quan giữa hai seed
explain-figure-before-after = { $block }, trước và sau tinh chỉnh
explain-figure-before = trước
explain-figure-after = sau

explain-caption-where = Bằng chứng ở đầu ra của { $module }: ủng hộ (đỏ) và chống lại (xanh dương) { $labels }{ $count ->
    [1] {""}
   *[other] , trên cùng một thang
}. Mạng không thấy phần rìa tối.
explain-caption-curves = Dự đoán sau khi xóa, hoặc hiện, các pixel mà mỗi bản đồ xếp đầu, theo từng phần mười. Pixel bị xóa mang màu trung bình của ảnh. Trong ngoặc: diện tích dưới đường cong.
explain-caption-channels = Đầu ra của { $module }, mỗi kênh { $height } x { $width } vị trí, tất cả trên cùng một thang. Số thứ tự của mỗi kênh ghi ở góc.
explain-caption-blocks = Tương quan là của mỗi kênh với chính nó theo vị trí, lấy trung vị trên các kênh. CKA tuyến tính so mọi kênh cùng lúc. { $count } ảnh.
explain-caption-before-after = Các kênh của ảnh đầu tiên hoạt động mạnh nhất trước tinh chỉnh, và chính các kênh đó sau tinh chỉnh, trên cùng một thang.
explain-caveat-where = Bản đồ cho biết bằng chứng ở đâu, không cho biết vì sao nó có tác dụng.
explain-caveat-faithful = Ảnh bị xóa pixel không giống ảnh nào mạng đã thấy khi huấn luyện, nên đường cong chỉ để so các bản đồ với nhau; giá trị tuyệt đối của chúng ít có ý nghĩa.
explain-caveat-channels = Kênh không có tên: nó sáng lên ở tai trong ảnh này không có nghĩa là nó phát hiện tai.
explain-caveat-before = Khối thay đổi không có nghĩa là khối quan trọng: chỉ phép so sánh các chiến lược mới cho biết huấn luyện nó đáng giá bao nhiêu.
