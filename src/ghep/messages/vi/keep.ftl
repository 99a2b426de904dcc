# Tinh chỉnh giữ lại được gì từ dữ liệu nguồn của backbone: --keep wise, l2sp, lwf.

setting-fit-keep = Cách làm cho tinh chỉnh ít quên hơn: none, wise (nội suy với trọng số tiền huấn luyện sau khi huấn luyện), l2sp (giữ trọng số gần trọng số tiền huấn luyện) hoặc lwf (giữ câu trả lời của bộ phân loại nguồn).
setting-keep_alpha = Với --keep wise: 0 là head đã giải trên các khối tiền huấn luyện, 1 là trọng số đã tinh chỉnh; mặc định: 0.5, trừ khi giá trị khác tốt hơn trên valid quá một sai số chuẩn.
    .allowed = một số từ 0 đến 1
setting-keep_weight = Với --keep l2sp hoặc lwf: hệ số của số hạng được cộng vào loss; mặc định 0.01 cho l2sp, 1 cho lwf.
    .allowed = một số lớn hơn 0

keep-not-with-strategy = không thể dùng keep={ $keep } với { $strategy }: { $strategy ->
    [linear_probe] chiến lược này không đổi trọng số tiền huấn luyện nào, nên không có gì bị quên
    [scratch] chiến lược này bắt đầu từ trọng số ngẫu nhiên, nên không có gì để giữ
   *[other] các cập nhật hạng thấp bắt đầu từ 0, nên weight decay đã giữ chúng ở trọng số tiền huấn luyện
 }
    .remedy = { $strategy ->
        [lora] chọn keep=wise hoặc keep=lwf, hoặc bỏ keep
        [scratch] bỏ keep, hoặc chọn light, full, progressive, lp_ft hay lora
       *[other] bỏ keep, hoặc chọn một chiến lược có tinh chỉnh: light, full, progressive, lp_ft hay lora
    }
keep-lwf-blends = keep=lwf so câu trả lời của bộ phân loại nguồn với câu trả lời đã ghi cho từng mẫu, còn mixup và cutmix thì trộn các mẫu
    .remedy = bỏ mixup và cutmix, hoặc chọn keep=wise hay keep=l2sp
keep-random-weights = keep={ $keep } cần trọng số tiền huấn luyện, mà backbone này có trọng số ngẫu nhiên
    .remedy = bỏ keep, hoặc bỏ random_weights
keep-wise-needs-linear-head = keep=wise nội suy từ một head đã giải, mà head của backbone này là decoder, không giải được
    .remedy = chọn keep=l2sp, hoặc một backbone có head tuyến tính (hf/<name> thay vì text2text/<name>)
keep-lwf-needs-source-head = keep=lwf cần bộ phân loại đã dùng khi tiền huấn luyện { $backbone }: { $why }
    .remedy = chọn keep=wise hoặc keep=l2sp, vốn không cần bộ phân loại đó
keep-settings-unused = { LIST($settings) } không có tác dụng với keep={ $keep }
    .remedy = { $keep ->
        [wise] bỏ keep_weight, vốn dành cho keep=l2sp và keep=lwf
       *[other] bỏ keep_alpha, vốn dành cho keep=wise
    }

unknown-variant = không có biến thể "{ $variant }" trong "{ $name }"
    .remedy = { $hint }
variant-and-setting = "{ $name }" ứng với một giá trị của { $setting } trái với { $setting }={ $value }
    .remedy = chỉ nêu một trong hai

reason-keep = { $method ->
    [wise] sau khi huấn luyện, nội suy với head đã giải trên các khối tiền huấn luyện { $given ->
        [yes] ở alpha { $alpha }
       *[no] ở alpha 0.5, hoặc giá trị gần nhất có điểm valid tốt ngang giá trị tốt nhất
    }
    [l2sp] { VALUE($weight) } lần bình phương khoảng cách tới trọng số tiền huấn luyện được cộng vào loss, thay cho weight decay trên các trọng số đó
   *[lwf] { VALUE($weight) } lần độ phân kỳ giữa câu trả lời của bộ phân loại nguồn và câu trả lời trước khi huấn luyện được cộng vào loss
 }

wise = alpha { $alpha } giữa head đã giải trên các khối tiền huấn luyện (0) và trọng số đã tinh chỉnh (1) được chọn trên valid: { SCORE($score) }, so với { SCORE($probe) } và { SCORE($tuned) } ở hai đầu
wise-given = alpha { $alpha } giữa head đã giải trên các khối tiền huấn luyện (0) và trọng số đã tinh chỉnh (1), do người dùng đặt
wise-without-valid = không có tập valid, nên alpha là { $alpha }, ở giữa head đã giải trên các khối tiền huấn luyện và trọng số đã tinh chỉnh
    .remedy = thêm tập valid, hoặc chọn keep_alpha từ 0 (không quên gì) đến 1 (như đã huấn luyện)

# Hình của một phép so sánh.
figure-forgetting = Được thêm gì trên dữ liệu đích, và còn giữ gì từ dữ liệu nguồn
caption-forgetting = Góc trên bên phải là tốt nhất: không quên gì, và học được dữ liệu đích. Mỗi phương án một chấm, trung bình trên các seed, chấm điểm trên valid.{ $lines ->
    [0] { "" }
   *[other] { " " }Đường kẻ nối các giá trị alpha mà một lượt chạy với keep=wise có thể chọn, từ head đã giải trên các khối tiền huấn luyện đến trọng số đã tinh chỉnh.
 }
