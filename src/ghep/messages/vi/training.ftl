# Huấn luyện: thiết lập, phân kỳ, checkpoint.

unknown-augmentation = không có cách tăng cường dữ liệu tên "{ $name }"
    .remedy = { $hint }
unknown-precision = không có kiểu số tên "{ $name }"
    .remedy = { $hint }
rates-do-not-match-blocks = giai đoạn có { $rates } tốc độ học cho { $blocks } khối
    .remedy = đặt mỗi khối một tốc độ học
groups-do-not-match-gradients = { $count } tham số được mở băng mà không có tốc độ học, hoặc bị đóng băng mà lại có tốc độ học
cannot-mix-lengths = { LIST($settings) } không trộn được các đầu vào có độ dài khác nhau
    .remedy = tắt chúng đi (mixup=0, cutmix=0)
tensor-shape-differs = { $name } có kích thước { $found }, cần { $expected }

training-place = { $step ->
    [0] epoch { $epoch } của giai đoạn { $stage }
   *[other] epoch { $epoch }, bước { $step } của giai đoạn { $stage }
 }
training-interrupted = huấn luyện được dừng theo yêu cầu sau { $place }
    .remedy = chạy tiếp từ trạng thái đã lưu
stopped-patience = không cải thiện trong { $epochs } epoch; giữ trọng số của epoch { $best_epoch }

# Những quan sát mà "diverged" báo.
loss-not-finite = loss trở thành NaN hoặc vô cùng
loss-too-high = loss tăng từ khoảng { DIGITS($usual) } lên { DIGITS($loss) }
gradient-not-finite = gradient trở thành NaN hoặc vô cùng
weights-too-large = trọng số lớn lên đến { DIGITS($size) } (căn trung bình bình phương; trước đó { DIGITS($before) })
valid-loss-not-finite = loss trên valid trở thành NaN hoặc vô cùng

diverged-inputs-left-out = { $what } ({ $place }): đầu vào của { $count ->
    [1] một mẫu huấn luyện không hữu hạn; mẫu đó bị bỏ qua
   *[other] { $count } mẫu huấn luyện không hữu hạn; các mẫu đó bị bỏ qua
 }
    .remedy = thay các mẫu này rồi huấn luyện lại
diverged-retry = { $what } ({ $place }): huấn luyện quay về đầu epoch { $epoch } và tiếp tục với mọi tốc độ học nhân { DIGITS($scale) } (head: { DIGITS($new_lr) })
    .remedy = dùng tốc độ học thấp hơn (--lr; của head là { DIGITS($lr) })
diverged-inputs = { $what } ({ $place }){ $retries ->
    [0] { "" }
   *[other] { " " }sau { $retries } lần thử lại với tốc độ học thấp hơn
 }; giữ { $kept ->
    [best] trọng số tốt nhất cho đến lúc này
   *[earlier] trọng số cuối cùng trước khi phân kỳ
 }
    .remedy = thay các mẫu có đầu vào không hữu hạn, hoặc bỏ chúng ra
diverged-stopped = { $what } ({ $place }){ $retries ->
    [0] { "" }
   *[other] { " " }sau { $retries } lần thử lại với tốc độ học thấp hơn
 }; giữ { $kept ->
    [best] trọng số tốt nhất cho đến lúc này
   *[earlier] trọng số cuối cùng trước khi phân kỳ
 }
    .remedy = dùng tốc độ học thấp hơn (--lr; của head là { DIGITS($lr) }), hoặc --clip-norm nhỏ hơn
step-in-parts = bộ nhớ của { $device } đã hết ở { $place }: backbone tính mỗi lần { $rows ->
    [1] một mẫu
   *[other] tối đa { $rows } mẫu
 } trong một batch huấn luyện { $batch } mẫu, và mỗi mẫu hai lần; loss và bước là của cả batch{ $statistics ->
    [yes] , nhưng BatchNorm dùng thống kê của các mẫu được tính cùng lúc
   *[no] { "" }
 }
    .remedy = không cần làm gì; ảnh nhỏ hơn, văn bản ngắn hơn hoặc ít khối được huấn luyện hơn thì cần ít bộ nhớ hơn
diverged-line = phân kỳ: { $finding }

checkpoint-of-another-run = checkpoint { $path } thuộc về dữ liệu khác, hoặc backbone, chiến lược, thiết lập hay seed khác
    .remedy = tiếp tục với các đối số của lần chạy đầu, hoặc bắt đầu lại trong --out khác
checkpoint-not-written = không ghi được checkpoint vào { $folder } ({ $cause }): { $good ->
    [0] chưa có checkpoint nào
   *[other] checkpoint tốt gần nhất là { $last }
 }; huấn luyện vẫn tiếp tục
    .remedy = giải phóng bớt dung lượng ở đó; checkpoint tiếp theo sẽ được thử khi đến lượt
checkpoint-skipped = một checkpoint không được dùng: { $cause }
    .remedy = { $intact ->
        [0] không cần làm gì: lượt chạy bắt đầu từ đầu
       *[other] không cần làm gì: tiếp tục từ checkpoint trước đó, { $resumed }
    }
checkpoint-of-another-version = checkpoint { $folder } do một phiên bản khác của ghep ghi ({ $detail })
    .remedy = hoàn tất lượt chạy bằng phiên bản đó, hoặc bắt đầu lại
