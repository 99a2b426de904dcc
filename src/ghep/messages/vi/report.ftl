## The report of a comparison: page, figures, terminal and notebook.
## Messages of the page may hold <em>; everything else is escaped.

# Numbers and counts

interval-of-scores = { SCORE($low) } đến { SCORE($high) }
interval-of-points = { POINTS($low) } đến { POINTS($high) }
axis-range = { NUMBER($low, minimumFractionDigits: 2, maximumFractionDigits: 2) } đến { NUMBER($high, minimumFractionDigits: 2, maximumFractionDigits: 2) }
num-runs = { $count } lượt chạy
num-seeds = { $count } seed
num-contenders = { $count } phương án
num-classes = { $count } lớp
num-items = { $count } mục
more-items = và { $count } mục khác
more-in-report = và { $count } mục khác, xem báo cáo
more-findings-in-report = và { $count } phát hiện khác, xem báo cáo

# Names and marks

# The label before a line on the terminal (at most 9 characters) and on a chip of the page.
line-label = { $label ->
    [verdict] kết luận
    [because] vì
    [take] chọn
    [next] tiếp theo
    [note] lưu ý
    [data] dữ liệu
    [time] thời gian
    [failed] thất bại
    [left-out] bỏ qua
    [report] báo cáo
    [error] lỗi
    [warning] cảnh báo
   *[info] thông tin
}
report-column = { $column ->
    [accuracy] độ chính xác
    [r2] R²
    [mae] sai số trung bình
    [bias] dự đoán trừ nhãn
    [covered] nằm trong khoảng
    [task] tác vụ
    [actual] thực tế
    [adjusted] p hiệu chỉnh
    [answer] câu trả lời
    [asymptote] tiệm cận
    [better] tốt hơn
    [class] lớp
    [contender] phương án
    [control] đối chứng
    [cost] chi phí
    [cost-ratio] chi phí / đơn nhiệm
    [detectable] chênh lệch phát hiện được
    [draw] lần lấy mẫu
    [estimated] ước tính
    [examples-per-run] số mẫu mỗi lượt chạy
    [examples-seen] số mẫu đã thấy
    [f1] F1
    [interval] khoảng tin cậy 95%
    [kept] giữ được
    [label] nhãn
    [mostly] nguồn lớn nhất
    [n] n
    [needed] số cần có
    [needs] cần
    [norm-ratio] lớn nhất / nhỏ nhất
    [off-by] lệch
    [p] p
    [parameters-trained] tham số huấn luyện
    [part] phần
    [peak-memory] bộ nhớ đỉnh
    [points] điểm phần trăm
    [points-per-epoch] điểm phần trăm mỗi epoch
    [points-per-second] điểm phần trăm mỗi giây
    [precision] precision
    [predict-time] thời gian dự đoán
    [processor-time] thời gian CPU
    [rates-tried] hệ số: điểm valid (tốc độ học, epoch, thời gian)
    [recall] recall
    [runs] lượt chạy
    [seed] seed
    [seeds] seed
    [settles] đủ để kết luận
    [share-of-label] tỉ lệ của nhãn
    [shared] chung
    [single] đơn nhiệm
    [start] xuất phát
    [steps] bước
    [strategy] chiến lược
    [test-examples] mẫu test
    [than] so với
    [times-as-many] gấp
    [to-predict] dự đoán
    [to-train] huấn luyện
    [train-time] thời gian huấn luyện
    [trained] được huấn luyện
    [valid] valid
    [verdict] kết luận
    [way] cách dùng chung
    [weight-bytes] kích thước trọng số
    [weights] trọng số
    [why] lý do
    [with-labels] số nhãn đã dùng
    [with-pretrained] với trọng số tiền huấn luyện
   *[wrong-answer] câu trả lời sai thường gặp nhất
}
verdict-title = { $kind ->
    [winner] Phương án thắng
    [tie] Ngang nhau
    [incomplete] Tốt nhất trong số đã chạy
    [cannot-tell] Chưa kết luận được
    [best-open] Chuyển giao có ích, chưa rõ phương án nào tốt nhất
    [no-help] Chuyển giao không giúp ích
   *[negative-transfer] Chuyển giao gây hại
}
headline-not-judged = { $verdict } Chưa đánh giá (không có lượt chạy nào xong): { LIST($names) }.
the-best = { $control_leads ->
    [true] phương án tốt nhất có trọng số tiền huấn luyện
   *[false] phương án tốt nhất
}
board-mark = { $mark ->
    [recommended] nên chọn
    [best] { $control_leads ->
        [true] tốt nhất có trọng số tiền huấn luyện
       *[false] tốt nhất
    }
    [level] ngang với { $best }
    [same] cùng câu trả lời với { LIST($names) }
    [control] đối chứng
    [reference] để tham khảo, không dùng nhãn
   *[hurt] kém hơn một đối chứng
}
run-name = { $labels ->
    [0] { $name }, seed { NUMBER($seed, useGrouping: 0) }
   *[other] { $name }, seed { NUMBER($seed, useGrouping: 0) }, { $labels } nhãn{ $numeric ->
        [true] { "" }
       *[false] { " mỗi lớp" }
    }, lần lấy mẫu { NUMBER($draw, useGrouping: 0) }
}
name-with-shots = { $name }, { $count } nhãn{ $numeric ->
    [true] { "" }
   *[false] { " mỗi lớp" }
}
failed-runs = { $runs }: { $cause }. { $advice }
left-out = { $name }, { $runs } lượt chạy: { $cause }
reason-and-others = { $cause } (và { $others } lý do khác)
another-label-set = tập nhãn khác
did-not-run = không chạy
planned-label-curves = đường học theo số nhãn
plan-total = tổng các phần đã chạy
run-took = ở đây một lượt chạy mất { DURATION($seconds) }, vì dùng lại activation mà lượt chạy khác đã lưu
seed-part = { $cause ->
    [unknown] chưa rõ
    [none] không có
   *[in-draw] nằm trong phần lấy mẫu
}
largest-source = { $source ->
    [seed] seed ({ $percent }%)
    [test] mẫu test ({ $percent }%)
   *[draw] lần lấy mẫu ({ $percent }%)
}
labels-more-than = hơn { NUMBER($count, maximumFractionDigits: 0) }
labels-or-fewer = { NUMBER($count, maximumFractionDigits: 0) } trở xuống
labels-interval = { $low } đến { $high }

# Sentences on the whole comparison

comparison-size = { $contenders } phương án, { $runs } lượt chạy, { $seeds } seed{ $partial ->
    [0] { "" }
   *[other] , { $partial } lượt chạy chỉ dùng một phần nhãn
}{ $backbones ->
    [1] , backbone { $backbone }
   *[other] { "" }
}
page-size = { $contents }; { $examples } mẫu { $split }, { $classes ->
    [0] nhãn là số
   *[other] { $classes } lớp
}; { DURATION($seconds) }
scored-on-other-split = Không có tập test: mọi điểm tính trên { $split }, tập cũng đã dùng để chọn tốc độ học và số epoch. Điểm có thể cao hơn thực tế một chút.
test-split-scored = { $times ->
    [1] Tập { $split } được chấm một lần, và không dùng để chọn bất cứ thứ gì.
   *[other] Tập { $split } được chấm { $times } lần: mỗi lượt chạy một lần, và không dùng để chọn bất cứ thứ gì.
}
time-taken = { $limited ->
    [true] { DURATION($seconds) } (tối đa { DURATION($limit) })
   *[false] { DURATION($seconds) }
}
time-planned = { $runs } lượt chạy mất { DURATION($actual) }, ước tính { DURATION($estimated) } ({ $off_by })
budget-per-run = tối đa { DURATION($seconds) }, như nhau cho mọi lượt chạy
example-not-kept = mẫu này không được lưu cùng kết quả

# Transfer

transfer-over-epochs = Theo epoch, điểm trên valid
transfer-over-labels = Theo số nhãn, { $score ->
    [r2] R²
   *[accuracy] độ chính xác
 } trên { $split }
transfer-start = xuất phát
transfer-slope = độ dốc, điểm phần trăm mỗi epoch
transfer-asymptote = tiệm cận
mark-slope = độ dốc
mark-start-slope = xuất phát, độ dốc
transfer-doubling = điểm phần trăm mỗi lần gấp đôi số nhãn
transfer-with-labels = với { $count } nhãn
transfer-outcome = { $outcome ->
    [higher] cao hơn
    [lower] thấp hơn
   *[cannot-tell] chưa kết luận được
}
transfer-no-gain = không tăng
transfer-no-curve = Không phương án nào có trọng số tiền huấn luyện có đường học: không có gì để vẽ.
transfer-no-epochs = Không phương án nào được huấn luyện hơn một epoch, nên không có đường học theo epoch.
transfer-solved = Head của { $name } được giải trong một bước, nên đường học của nó là một điểm, kéo dài thành nét đứt.
transfer-no-scratch = Không vẽ huấn luyện từ đầu (scratch): { $cause }.
transfer-no-labels = { $asked ->
    [true] Không có đường học theo số nhãn: các lượt chạy của nó không xong.
   *[false] Không có đường học theo số nhãn: chạy lại phép so sánh với --labels 5,20,all để có.
}
transfer-control-no-labels = { $name } không có đường học theo số nhãn.
transfer-one-seed = Với một seed, khoảng tin cậy chỉ tính đến việc chọn mẫu; không biết kết quả thay đổi bao nhiêu giữa các seed.
scratch-not-requested = các đối chứng đã bị tắt
scratch-failed = lượt chạy của nó thất bại ({ $cause })
scratch-did-not-run = nó không chạy

# Figures: title, caption, axes

axis-label = { $quantity ->
    [accuracy] độ chính xác
    [r2] R²
    [predicted] dự đoán
    [answer] câu trả lời
    [answers] số câu trả lời
    [bits-per-byte] bit mỗi byte
    [confidence] độ tin cậy
    [epochs] epoch
    [label] nhãn
    [labels] số nhãn
    [labelled-examples] số mẫu có nhãn đã dùng (train và valid)
    [loss] loss trên dữ liệu để riêng, nat
    [minutes] phút
    [run-seconds] chi phí của một lượt chạy riêng, giây
    [seconds] giây
    [source-accuracy] độ chính xác trên dữ liệu nguồn, sau huấn luyện
    [source-kept] phần kiến thức nguồn còn lại (1: toàn bộ)
   *[valid-score] điểm valid
}
axis-score-on = { $score ->
    [r2] R²
   *[accuracy] độ chính xác
 } trên { $split }
axis-points-to-best = điểm phần trăm kém (−) hoặc hơn (+) { $best }
axis-perfect-calibration = hiệu chuẩn hoàn hảo
figure-accuracy = { $score ->
    [r2] R²
   *[accuracy] Độ chính xác
 } của từng phương án
caption-accuracy = Chấm là trung bình trên các seed, thanh là khoảng tin cậy 95% theo seed và mẫu test, vòng tròn bên dưới là từng lượt chạy. Xám: không có trọng số tiền huấn luyện. Với phương án nằm xa bên dưới trục, điểm được ghi ở bên trái. Hai khoảng chồng lên nhau không có nghĩa là hai phương án bằng nhau: xem các hiệu theo cặp.
figure-differences = Chênh lệch so với { $best }, { $name }
caption-differences = Theo cặp: hai phương án được chấm trên cùng các mẫu. Nếu khoảng cắt đường 0, phương án nào trong hai cũng có thể tốt hơn.
figure-cost = { $score ->
    [r2] R²
   *[accuracy] Độ chính xác
 } theo chi phí
caption-cost = Con số là hạng trên bảng xếp hạng. Tô đặc, in đậm và nối bằng nét chấm: không phương án nào khác vừa rẻ hơn vừa tốt hơn. Phương án kém xa các phương án khác chỉ có trong danh sách, kèm điểm.
figure-learning = { $against ->
    [epochs] Đường học: điểm valid theo epoch
   *[seconds] Đường học: điểm valid theo giây
}
caption-learning = { $solved ->
    [0] Trung bình trên các seed, mỗi phương án một ô; nét đứt, để so sánh: { $name }.
   *[other] Trung bình trên các seed, mỗi phương án một ô; nét đứt, để so sánh: { $name }. Một chấm đơn là head được giải, không qua huấn luyện.
}
figure-label-curves = { $score ->
    [r2] R²
   *[accuracy] Độ chính xác
 } theo số nhãn
caption-label-curves = Chấm là trung bình trên các lần lấy mẫu, thanh là khoảng tin cậy 95% theo lần lấy mẫu và mẫu test (nếu chỉ lấy mẫu một lần: chỉ theo mẫu test), được xê dịch một chút để không chồng lên nhau. Nét đứt: không có trọng số tiền huấn luyện. Khoảng cách ngang giữa hai đường là số nhãn tiết kiệm được.
figure-scatter = Dự đoán theo nhãn
caption-scatter = Dự đoán trung bình trên các lượt chạy. Trên nét đứt, dự đoán bằng nhãn. Dải tô là khoảng dự đoán, có bề rộng được chọn trên valid để chứa chín phần mười số nhãn.
figure-confusion = Ma trận nhầm lẫn
caption-confusion = Dòng là nhãn, cột là dự đoán, đếm trên mọi lượt chạy. Ô càng đậm thì chiếm tỉ lệ càng lớn trong dòng; lỗi nằm ngoài đường chéo.
figure-calibration = Độ chính xác theo độ tin cậy
caption-calibration = Dưới nét đứt, mô hình quá tự tin; trên nét đứt, mô hình thiếu tự tin. Các cột bên dưới đếm số dự đoán; điểm có ít dự đoán dao động do ngẫu nhiên.
figure-transfer-epochs = { $scratch ->
    [true] Tiền huấn luyện so với huấn luyện từ đầu, theo epoch
   *[false] Tiền huấn luyện, theo epoch
}
caption-transfer-epochs = Mạng tiền huấn luyện có thể xuất phát cao hơn, tăng nhanh hơn và kết thúc cao hơn. Điểm trên valid; thanh là khoảng tin cậy 95% của điểm xuất phát và tiệm cận, nét mảnh là độ dốc trên 90% đầu của mức tăng, vùng tô là khoảng tin cậy của nó.
figure-transfer-labels = { $scratch ->
    [true] Tiền huấn luyện so với huấn luyện từ đầu, theo số nhãn
   *[false] Tiền huấn luyện, theo số nhãn
}
caption-transfer-labels = Điểm trên { $split }, trung bình trên các lần lấy mẫu; thanh là khoảng tin cậy 95% theo lần lấy mẫu và mẫu test, nếu chỉ lấy mẫu một lần thì chỉ theo mẫu test.

# The page

section-title = { $section ->
    [data] Dữ liệu
    [leaderboard] Bảng xếp hạng
    [learning] Đường học
    [labels] Ít nhãn hơn
    [cost] Chi phí
    [forgetting] Sự quên
    [checks] Các phát hiện
    [configuration] Thiết lập
    [gains] Từng tác vụ
    [bill] Chi phí
    [remedies] Các cách dùng chung khác
    [affinity] Tác vụ nào giúp tác vụ nào
    [gradients] Gradient
   *[tasks] Riêng từng tác vụ
}
section-link = { $section ->
    [transfer] Chuyển giao
    [data] Dữ liệu
    [leaderboard] Bảng xếp hạng
    [differences] Chênh lệch
    [learning] Đường học
    [labels] Số nhãn
    [cost] Chi phí
    [forgetting] Sự quên
    [answers] Câu trả lời và lỗi sai
    [checks] Các phát hiện
    [configuration] Thiết lập
    [gains] Từng tác vụ
    [bill] Chi phí
    [remedies] Cách khắc phục
    [affinity] Mức hỗ trợ
    [gradients] Gradient
   *[tasks] Các bảng xếp hạng
}
page-heading = Phép so sánh trên { $name }
page-recommended = Nên chọn
page-next-step = Bước tiếp theo
page-alerts = Kiểm tra những điểm này trước khi tin kết quả
page-contents = Nội dung
page-no-findings = Không có.
page-command = Lệnh
page-settings = Thiết lập
page-environment = Môi trường
page-time = thời gian
page-budget = giới hạn thời gian mỗi lượt chạy
page-folder = thư mục
finding-fix = cách sửa: { $remedy }
question-answer = { $answer ->
    [yes] có
    [no] không
    [open] chưa rõ
    [hurts] gây hại
   *[not-asked] không xét
}
question-these-runs = chỉ cho các lượt chạy này, không cho seed khác
transfer-heading = { $drawn ->
    [0] Hiệu quả của chuyển giao
   *[other] { $control ->
        [0] Hiệu quả của chuyển giao: { $pretrained_name }
       *[other] Hiệu quả của chuyển giao: { $pretrained_name } so với { $control_name }
    }
}
data-location = Nơi chứa
data-task = Tác vụ
task-on-modality = { $modality ->
    [image] { $task }, trên ảnh
    [text] { $task }, trên văn bản
   *[other] { $task }, trên dữ liệu { $modality }
}
split-examples = { $count } mẫu{ $headline ->
    [true] ; mọi điểm tính trên tập này trừ khi ghi valid
   *[false] { "" }
}
classes-by-split = { $count } lớp, theo tập
leaderboard-about = Điểm là trung bình trên các seed, trên cùng các mẫu { $split }; khoảng tin cậy 95% theo seed và mẫu test. <em>Chi phí</em> là thời gian của một lượt chạy riêng, không dùng lại kết quả của lượt khác. Bộ nhớ đỉnh là của một lượt chạy.
differences-heading = Chênh lệch so với { $best }
differences-about = Tính bằng điểm phần trăm (0,01 của điểm), mỗi phương án trừ { $name } trên cùng các mẫu. <em>p hiệu chỉnh</em> là p đã hiệu chỉnh cho mọi cặp (Holm). <em>Chênh lệch phát hiện được</em> là chênh lệch thật nhỏ nhất mà phép so sánh như thế này tìm ra với xác suất 80%; <em>số cần có</em> là số mẫu test đủ để kết luận nếu chênh lệch này là thật, hoặc số seed nếu chỉ thêm mẫu test thì không đủ.
all-pairs = Toàn bộ { $count } cặp
one-contender = Chỉ có một phương án nên không có gì để so sánh.
uncertainty-heading = Nguồn của độ bất định
uncertainty-about = { $drawn ->
    [true] Độ lệch chuẩn, tính bằng điểm phần trăm. Thêm seed làm giảm cột seed, thêm mẫu test làm giảm cột mẫu test, thêm lần lấy mẫu làm giảm cột lần lấy mẫu. Khi mỗi lần lấy mẫu chỉ có một lượt chạy, cột lần lấy mẫu gồm cả dao động giữa các seed.
   *[false] Độ lệch chuẩn, tính bằng điểm phần trăm. Thêm seed làm giảm cột seed, thêm mẫu test làm giảm cột mẫu test.
}{ $unknown ->
    [true] { " " }Khi chỉ có một lượt chạy trên mọi nhãn, không biết dao động giữa các seed.
   *[false] { "" }
}
three-marks-heading = Xuất phát cao hơn, dốc hơn, tiệm cận cao hơn (higher start, slope, asymptote)
three-marks-about = Trên valid, trung bình trên các seed: điểm sau lần khớp head đầu tiên, số điểm phần trăm tăng mỗi epoch trên 90% đầu của mức tăng, và điểm mà đường học đi ngang. Theo Torrey và Shavlik (2010).
labels-saved-heading = Số nhãn tiết kiệm được
labels-saved-about = Số nhãn mà một đối chứng cần để đạt điểm của một phương án dùng ít nhãn. Khoảng tin cậy theo lần lấy mẫu và mẫu test; <em>hơn</em>: đối chứng không đạt điểm này với mọi nhãn hiện có.
plan-heading = Thời gian ước tính và thực tế
plan-about = Kế hoạch như đã báo trước lượt chạy đầu tiên, và thời gian thực tế của từng phần ở đây.
answers-heading = Câu trả lời và lỗi sai: { $name }
answers-about = Phương án nên chọn, trong { $runs } lượt chạy trên mọi nhãn: { $answers } dự đoán cho { $examples } mẫu { $split }.
by-range-heading = Theo khoảng giá trị của nhãn
by-range-about = Trung bình trên các lượt chạy, theo đơn vị của nhãn. Ở mọi khoảng giá trị, khoảng dự đoán cần chứa chín phần mười số nhãn.
number-range = { NUMBER($low, maximumSignificantDigits: 4, useGrouping: 0) } đến { NUMBER($high, maximumSignificantDigits: 4, useGrouping: 0) }
numbers-by-split = Số mẫu theo tập
a-number = nhãn là số
errors-heading = Sai số lớn nhất
errors-about = Nhãn và dự đoán trung bình của mọi lượt chạy. Sai số lớn thường do nhãn sai.
by-class-heading = Theo lớp
confused-heading = Các lớp hay bị nhầm nhất
calibration-heading = Hiệu chuẩn
calibration-about = Sai số hiệu chuẩn kỳ vọng (ECE) { SCORE($error) }, trung bình trên các lượt chạy; với chừng này mẫu, một mô hình hiệu chuẩn hoàn hảo cũng có { SCORE($by_chance) } do ngẫu nhiên.
mistakes-heading = Lỗi sai nặng nhất
mistakes-about = { $modality ->
    [image] Các câu trả lời sai có độ tin cậy cao nhất. Nên kiểm tra: mẫu mà mọi lượt chạy đều sai có thể mang nhãn sai. Nhấp vào ảnh để phóng to, nhấp lần nữa để quay lại.
   *[other] Các câu trả lời sai có độ tin cậy cao nhất. Nên kiểm tra: mẫu mà mọi lượt chạy đều sai có thể mang nhãn sai.
}
mistake-zoom = phóng to hoặc quay lại
mistake-alt = nhãn { $label }, dự đoán { $answer }: { $example }
mistake-not-shown = không hiện: { $cause }
mistake-answered = trả lời
mistake-map-alt = bằng chứng ủng hộ và chống lại { $answer }: { $example }
mistake-map = { $answer } { NUMBER($probability, minimumFractionDigits: 2, maximumFractionDigits: 2) }, thứ hai là { $other } { NUMBER($second, minimumFractionDigits: 2, maximumFractionDigits: 2) }
mistake-maps-about = Dưới mỗi ảnh: nơi một mô hình tìm thấy bằng chứng ủng hộ (đỏ) và chống lại (xanh dương) câu trả lời đó, cùng xác suất của nó; ghep explain cho thấy nhiều hơn. Bản đồ cho biết bằng chứng ở đâu, không cho biết vì sao nó có tác dụng.
mistake-confidence = { $runs ->
    [1] độ tin cậy { NUMBER($confidence, minimumFractionDigits: 2, maximumFractionDigits: 2) }
   *[other] độ tin cậy { NUMBER($confidence, minimumFractionDigits: 2, maximumFractionDigits: 2) }; sai ở { $wrong } trong { $runs } lượt chạy
}
mistake-near-about = Ở cuối mỗi lỗi: các mẫu huấn luyện có đặc trưng gần nhất theo một mô hình, kèm nhãn và khoảng cách (0: cùng đặc trưng, 1: không liên quan); nhãn màu đỏ là nhãn được dự đoán. Nếu đa số mang nhãn đó, nhãn của mẫu có thể sai. Gần nghĩa là giống nhau đối với mạng này.
mistake-near = { $numeric ->
    [true] Các mẫu huấn luyện gần nhất:
   *[other] Các mẫu huấn luyện gần nhất: { $answer } { NUMBER($answers) } trong { NUMBER($count) }, { $label } { NUMBER($labels) } trong { NUMBER($count) }
}
mistake-near-distance = { $copied ->
    [true] { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) }, bản sao
   *[other] { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) }
}
mistake-near-impossible = Không có các mẫu huấn luyện gần nhất: { $cause }
mistake-near-slow = Không có các mẫu huấn luyện gần nhất: tính đặc trưng của { NUMBER($count) } mẫu huấn luyện sẽ mất khoảng { DURATION($seconds) }. Lệnh “ghep similar { $bundle } FILE” tìm ra chúng.
no-mistakes = Không có lỗi nào: mọi lượt chạy đều trả lời đúng mọi mẫu.
rates-heading = Từng tốc độ học được chọn ra sao
rates-about = Các tốc độ học được huấn luyện trên train và chỉ so sánh trên valid. Hệ số nhân với tốc độ học suy ra từ dữ liệu; dấu kiểm chỉ tốc độ được chọn.
rate-chosen = được chọn:
rate-trial = { $lr }, { $epochs } epoch, { DURATION($seconds) }
