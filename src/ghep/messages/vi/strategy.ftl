# Các chiến lược, kế hoạch của chúng, và cách chạy kế hoạch.

# Phát hiện của một lượt chạy.
nothing-to-resume = không có checkpoint để tiếp tục trong { $folder }: lượt chạy bắt đầu từ đầu
resumed = tiếp tục sau { $step ->
    [0] epoch { $epoch }
   *[other] epoch { $epoch }, bước { $step },
 } của giai đoạn { $stage }
resumed-finished = tiếp tục sau giai đoạn cuối cùng
time-limit-reached = đã đến giới hạn thời gian
stopped-early = huấn luyện kết thúc sớm: { $cause }
time-limit-exceeded = giải một head mất { DURATION($seconds) }, lâu hơn giới hạn thời gian { DURATION($limit) }: việc này không thể ngắt giữa chừng
    .remedy = tăng thời gian bằng --time-limit (time_limit)
start-kept = tinh chỉnh kết thúc kém rõ rệt so với head đã giải trên valid, nên giữ head đã giải
    .remedy = dùng chiến lược linear_probe, chiến lược chỉ giải head và rẻ hơn{ $augmented ->
        [yes] ; hoặc huấn luyện không tăng cường dữ liệu và mixup (--augment none, hoặc no-mirror)
       *[no] { "" }
    }

# Các chiến lược và thiết lập.
strategy-summary = { $strategy ->
    [linear_probe] đóng băng mọi khối, giải một head tuyến tính trên đặc trưng của chúng
    [light] đóng băng các khối đầu, tinh chỉnh một phần tư cuối và head
    [full] tinh chỉnh mọi khối cùng lúc, tốc độ học thấp dần về phía đầu vào
    [progressive] head trước, rồi mỗi giai đoạn thêm một khối
    [lp_ft] giải head trước, rồi tinh chỉnh nhẹ cùng các khối cuối
    [lora] đóng băng mọi trọng số, huấn luyện các cập nhật hạng thấp của attention hoặc tích chập cùng head
    [scratch] trọng số ngẫu nhiên, huấn luyện toàn bộ: đối chứng
   *[other] { $strategy }
 }
unknown-strategy = không có chiến lược tên "{ $name }"
    .remedy = { $hint }
unknown-strategy-settings = { $strategy } không có thiết lập { LIST($settings) }
    .remedy = { EACH($hints) }
settings-unused = { LIST($settings) } không có tác dụng: { $cause ->
    [views] đầu vào của backbone không tăng cường được
    [blends] đầu vào của backbone không trộn được
    [solved] linear_probe giải head của nó và không có bước huấn luyện nào
    [no-batch-norm] backbone không có BatchNorm
   *[tasks] chỉ có một tác vụ
 }
    .remedy = { $cause ->
        [views] bỏ thiết lập này, hoặc dùng augment=none
        [solved] bỏ thiết lập này, hoặc chọn light, full hay lp_ft
       *[other] bỏ thiết lập này
    }
frozen-blocks-out-of-range = frozen_blocks={ $frozen }, nhưng backbone có { $blocks } khối
    .remedy = chọn từ 0 đến { $blocks }
no-blocks-to-tune = frozen_blocks={ $frozen } không chừa khối nào trong { $blocks } khối để tinh chỉnh
    .remedy = chọn { $most ->
        [0] 0
       *[other] từ 0 đến { $most }
    }
no-blocks-to-adapt = frozen_blocks={ $frozen } không chừa khối nào trong { $blocks } khối để gắn adapter
    .remedy = chọn { $most ->
        [0] 0
       *[other] từ 0 đến { $most }
    }
epochs-too-few = progressive cần mỗi khối một epoch, mà có { $blocks } khối: nó chạy { $blocks } epoch thay vì { $epochs }
    .remedy = chọn light hoặc lp_ft nếu muốn lượt chạy ngắn hơn

# Kế hoạch dưới dạng bảng.
plan-stages = { $count } giai đoạn
plan-more-stages = và { $count } giai đoạn nữa
plan-column-stage = giai đoạn
plan-column-frozen = khối đóng băng
plan-column-rates = tốc độ học
plan-column-head = head
plan-column-epochs = epoch
plan-column-batch-size = cỡ batch
plan-frozen = { $frozen } trong { $blocks }
plan-head-solved = giải trên đặc trưng
plan-adapters = adapter hạng { $rank }, { $rates }
plan-rates = { $low } đến { $high }

# Lý do của kế hoạch.
reason-given = { $setting ->
    [batch-size] cỡ batch
    [lr] tốc độ học
    [layer-decay] layer decay
    [epochs] số epoch
    [trained-blocks] số khối được huấn luyện
    [frozen-blocks] số khối đóng băng
   *[mixup] mixup
 } { VALUE($value) }: do người dùng đặt
reason-batch-rule = khoảng một phần tám của { $labels } nhãn, trong khoảng 8 đến { $most }
reason-batch = batch { $size } mẫu: { $rule }
reason-batch-memory = batch { $size } mẫu: { $rule }; { BYTES($bytes) } activation
reason-batch-reduced = batch { $size } mẫu: { BYTES($bytes) } activation, trong giới hạn { BYTES($limit) }; { $usual } mẫu ({ $rule }) sẽ chiếm { BYTES($usual_bytes) }
reason-epochs = { $epochs } epoch: { $steps } bước với { $per_epoch } bước mỗi epoch, trong khoảng { $fewest } đến { $most } epoch
reason-lr = tốc độ học { VALUE($lr) } ({ $optimizer }) cho khối cuối: { $why }
reason-lr-batch-norm = BatchNorm giữ cho mạng tích chập ổn định
reason-lr-shallow = vector từ và mạng hồi tiếp chịu được tốc độ này, vì không có gì trong chúng khuếch đại một bước
reason-lr-width = 2e-4 ở độ rộng 384, thấp hơn với mạng rộng hơn ({ $width })
reason-lr-no-batch-norm = ở tốc độ cao hơn, mạng không có BatchNorm sẽ quên
reason-layer-decay = { $trained ->
    [1] layer decay { $factor }: không có tác dụng, vì chỉ một khối được huấn luyện
   *[other] layer decay { $factor }: khối đầu trong { $trained } khối được huấn luyện có tốc độ bằng { $first } lần khối cuối
 }
reason-lr-scratch = tốc độ học { VALUE($lr) } ({ $optimizer }) cho mọi khối: không có gì được tiền huấn luyện, nên không có gì để quên{ $norm ->
    [batch-norm] { "" }
   *[none] ; bằng một phần tư tốc độ thường dùng, vì ở tốc độ đó mạng không có BatchNorm bị kẹt
 }
reason-lr-adapters = tốc độ học { VALUE($lr) } ({ $optimizer }) cho mọi adapter: chúng bắt đầu từ 0 và không có gì để quên
reason-blocks-tuned = { $count ->
    [1] { $blocks ->
        [1] khối duy nhất được huấn luyện
       *[other] huấn luyện khối cuối trong { $blocks } khối: một phần tư
    }
   *[other] huấn luyện { $count } khối cuối trong { $blocks } khối: một phần tư
 }
reason-all-trained = từ { $many } nhãn trở lên, mọi khối đều được huấn luyện
reason-left-frozen = { $frozen ->
    [0] không khối nào bị đóng băng, vì chỉ có một khối
    [1] khối đầu trong { $blocks } khối vẫn đóng băng: dưới { $many } nhãn, huấn luyện nó tốn gấp nhiều lần mà lợi ít, trừ khi dữ liệu khác nhiều so với dữ liệu nguồn của backbone
   *[other] { $frozen } khối đầu trong { $blocks } khối vẫn đóng băng: dưới { $many } nhãn, huấn luyện chúng tốn gấp nhiều lần mà lợi ít, trừ khi dữ liệu khác nhiều so với dữ liệu nguồn của backbone
 }
reason-without-adapters = { $frozen ->
    [0] khối duy nhất được gắn adapter
    [1] khối đầu trong { $blocks } khối không gắn adapter: phần stem, và những gì lp_ft để đóng băng
   *[other] { $frozen } khối đầu trong { $blocks } khối không gắn adapter: phần stem, và những gì lp_ft để đóng băng
 }
reason-no-mixup-inputs = không mixup: các đầu vào này không trộn được
reason-no-mixup-labels = không mixup khi dưới { $many } nhãn (quy tắc của BiT)
reason-mixup = mixup { $alpha } từ { $many } nhãn trở lên (quy tắc của BiT)
reason-solved = head là một bài toán lồi, được giải đến khi hội tụ, mức điều chuẩn chọn trên valid
reason-progressive = { $stages ->
    [1] một giai đoạn, huấn luyện một khối
   *[other] { $stages } giai đoạn, mỗi giai đoạn một epoch và mở băng thêm một khối; giai đoạn cuối có số epoch còn lại
 }
reason-after-solved-head = head đã giải không cần bước lớn: dùng một nửa tốc độ của tinh chỉnh toàn bộ, kể cả cho head
reason-adapters = adapter hạng { $rank } trên { $layers } tầng ({ $names }), từ khối { $first } trong { $blocks } trở đi

# Activation được lưu.
activations-stored = khối đóng băng của { $stages ->
    [1] { $first }
   *[other] { $first } đến { $last }
 }: tính một lần cho { $views } góc nhìn của { $train } mẫu huấn luyện và cho { $valid } mẫu valid ({ DURATION($seconds) }, { BYTES($bytes) }), rồi đọc lại; tính chúng trong mọi epoch sẽ mất { DURATION($live) }
activations-live = khối đóng băng của { $stage }: tính lại trong mỗi epoch, vì { $cause ->
    [blended] các đầu vào được trộn
    [new-views] mỗi epoch có góc nhìn mới
   *[slower] đọc activation đã lưu còn chậm hơn
 }
activations-decided-before = activation nào được lưu đã được quyết định trong một lần chạy trước của kế hoạch này
activations-line = { "  " }{ $line }
store-full = không lưu được activation ({ $cause }): các khối đóng băng được tính lại trong mỗi epoch
    .remedy = giải phóng dung lượng đĩa, nâng giới hạn (--cache-size), hoặc dùng thư mục khác (--cache-dir)
