# Kết luận của một phép so sánh: các câu, những con số đứng sau, và nên chạy gì tiếp.

verdict-no-finished-run = chưa có lượt chạy nào trên toàn bộ nhãn hoàn tất
    .remedy = đọc nguyên nhân của các lượt chạy thất bại, khắc phục nguyên nhân đầu tiên rồi chạy lại lệnh
pair-missing = thiếu hiệu giữa { $a } và { $b }
    .remedy = truyền các cặp của mọi phương án trên bảng xếp hạng
examples-differ = { $contender }, seed { $seed }, được chấm trên những mẫu khác với { $other } ({ $count } và { $other_count } mẫu)
    .remedy = so sánh các lượt chạy được chấm trên cùng một tập

# Những gì kết luận nói.

verdict-no-pretrained = Không phương án nào dùng trọng số tiền huấn luyện (pretrained), nên chưa biết chúng có giúp ích hay không. Phương án tốt nhất là { $best } ({ SCORE($accuracy) }).
verdict-no-pretrained-finished = Chưa có lượt chạy nào với trọng số tiền huấn luyện (pretrained) hoàn tất ({ LIST($missing) }), nên chưa biết chúng có giúp ích hay không. Phương án tốt nhất không dùng chúng là { $best } ({ SCORE($accuracy) }).
verdict-single = Không có gì để so sánh với { $best } ({ SCORE($accuracy) }).
verdict-negative-transfer = Ở đây trọng số tiền huấn luyện (pretrained) gây hại: { $control } ({ SCORE($control_accuracy) }), vốn không dùng chúng, tốt hơn { $pretrained ->
    [1] phương án duy nhất có dùng, { $best } ({ SCORE($accuracy) }).
   *[other] mọi phương án có dùng. Tốt nhất trong số đó là { $best } ({ SCORE($accuracy) }).
 }
verdict-no-help = Ở đây trọng số tiền huấn luyện (pretrained) không giúp ích: { $best } ({ SCORE($accuracy) }) { $better ->
    [true] hơn tối đa { POINTS($most, sign: "auto") } điểm phần trăm so với
   *[false] không tốt hơn
 } { $control } ({ SCORE($control_accuracy) }), vốn không dùng chúng.
verdict-control-leads = Trong các phương án đã chạy, { $control } ({ SCORE($control_accuracy) }), không dùng trọng số tiền huấn luyện (pretrained), là tốt nhất: { $best } ({ SCORE($accuracy) }) không tốt hơn.
verdict-helps = { $new_seeds ->
    [true] Trọng số
   *[false] Trong các lượt chạy này, trọng số
 } tiền huấn luyện (pretrained) giúp ích: { POINTS($difference) } điểm phần trăm so với { $control }.
verdict-other-seeds-open = Trọng số tiền huấn luyện có giúp ích với các seed khác hay không thì chưa rõ: kết quả giữa các seed chênh lệch quá nhiều.
verdict-help-open = Chưa rõ trọng số tiền huấn luyện (pretrained) có tốt hơn { $control } ({ SCORE($control_accuracy) }) hay không: { $contenders } đạt { SCORE($accuracy) }.
verdict-help-open-after = Trọng số tiền huấn luyện (pretrained) tốt hơn { LIST($beaten) }, nhưng chưa rõ chúng có tốt hơn { $control } ({ SCORE($control_accuracy) }) hay không: { $contenders } đạt { SCORE($accuracy) }.
verdict-only = { $best } ({ SCORE($accuracy) }) là phương án duy nhất được huấn luyện từ trọng số tiền huấn luyện.
verdict-winner = { $these_runs ->
    [true] Trong các lượt chạy này, { $best }
   *[false] { $best }
 } ({ SCORE($accuracy) }) là tốt nhất: hơn { $others ->
    [1] phương án còn lại
   *[other] từng phương án trong { $others } phương án còn lại
 } có dùng trọng số tiền huấn luyện.
verdict-best-so-far = { $best } ({ SCORE($accuracy) }) là tốt nhất trong các phương án đã chạy.
verdict-tie = { LIST($contenders) } tốt ngang nhau: cách phương án tốt nhất không quá { POINTS($margin, sign: "auto") } điểm phần trăm.
verdict-best-open = Phương án nào tốt nhất thì còn bỏ ngỏ: { LIST($contenders) }.
verdict-not-judged = { LIST($contenders) } { $count ->
    [1] chưa
   *[other] đều chưa
 } có lượt chạy nào hoàn tất và có thể tốt hơn.
verdict-few-examples = Chỉ có { $count } mẫu test.

# Tên các phương án trong những câu này.

contender-accuracy = { $contender } ({ SCORE($accuracy) })
contenders-together = trung bình của { LIST($contenders) }
contenders-best-on-valid = điểm trung bình của { $count } phương án có điểm valid cao nhất

# Các con số.

verdict-difference = { $a } trừ { $b } là { POINTS($difference) } điểm phần trăm (khoảng tin cậy 95% từ { POINTS($low) } đến { POINTS($high) }, p { P($p, sign: "always") }).
verdict-difference-not-significant = { $a } trừ { $b } là { POINTS($difference) } điểm phần trăm (khoảng tin cậy 95% từ { POINTS($low) } đến { POINTS($high) }, p { P($p, sign: "always") }). Nếu chênh lệch thật là { POINTS($detectable, sign: "auto") } điểm phần trăm, cứ năm lần so sánh thì bốn lần phát hiện được.
verdict-interval = { $contender } đạt điểm { SCORE($accuracy) }, khoảng tin cậy 95% từ { SCORE($low) } đến { SCORE($high) }.

# Những gì giới hạn kết luận.

verdict-no-controls = Chưa chạy đối chứng nào, nên chưa biết trọng số tiền huấn luyện giúp ích hay gây hại.
verdict-no-scratch = Đối chứng scratch { $planned ->
    [true] chưa hoàn tất
   *[false] chưa được chạy
 }, nên chưa biết điểm của cùng kiến trúc này khi không có trọng số tiền huấn luyện.
verdict-single-runs = { LIST($contenders) } { $count ->
    [1] chỉ có một lượt chạy
   *[other] đều chỉ có một lượt chạy
 }, nên các khoảng tin cậy không bao gồm dao động giữa các seed.
verdict-budget = Mỗi lượt chạy bị giới hạn khoảng { DURATION($seconds) }: có thêm thời gian, các lượt chạy bị dừng sớm có thể đạt điểm cao hơn, kể cả scratch.
verdict-unfinished = Không đánh giá vì không có lượt chạy nào hoàn tất: { LIST($contenders) }.

# Nên chạy gì tiếp.

next-run-controls = Thêm các đối chứng và một chiến lược nữa vào phép so sánh.
next-run-pretrained = Thêm một chiến lược dùng trọng số tiền huấn luyện vào phép so sánh.
next-run-unfinished = Chạy lại lệnh này với nhiều thời gian hơn để đánh giá { LIST($contenders) }.
next-exactly-equal = { $a } và { $b } có điểm bằng nhau hoàn toàn, nên không ước lượng được cần bao nhiêu mẫu test để biết phương án nào tốt hơn.
next-more-examples = Khoảng { $needed } mẫu test (hiện có { $count }) sẽ cho biết { $a } hay { $b } tốt hơn, nếu chênh lệch thật là { POINTS($difference, sign: "auto") } điểm phần trăm.
next-some-more-examples = { $a } và { $b } rất sát nhau: cần nhiều mẫu test hơn { $count } mẫu hiện có để biết phương án nào tốt hơn.
next-more-seeds = Dù có bao nhiêu mẫu test cũng không biết được { $a } hay { $b } tốt hơn, vì kết quả giữa các seed chênh lệch quá nhiều; khoảng { $seeds } seed cho mỗi phương án thì biết được.
next-more-seeds-too = Để biết { $a } hay { $b } tốt hơn thì cần thêm cả seed lẫn mẫu test, vì kết quả giữa các seed chênh lệch quá nhiều.

# Vì sao một phương án được khuyên dùng.

why-most-accurate = Phương án này có điểm cao nhất, và { $level ->
    [0] về mặt thống kê không phương án nào ngang với nó.
   *[other] trong các phương án ngang với nó về mặt thống kê, không phương án nào rẻ hơn.
 }
why-most-accurate-not-cheaper = Phương án này có điểm cao nhất. { $cheaper } rẻ hơn và không phân biệt được với nó, nhưng { $shown ->
    [true] điểm nằm dưới khoảng tin cậy 95% của phương án tốt nhất.
   *[false] chưa cho thấy là tốt hơn mọi đối chứng.
 }
why-control-level = Nhưng { $control }, không dùng trọng số tiền huấn luyện nào, không phân biệt được với nó và chỉ mất { DURATION($seconds) }.
why-cheaper = Phương án này { $distinguished ->
    [true] gần với { $best } nhất,
   *[false] không phân biệt được với { $best },
 } kém tối đa { POINTS($lost, sign: "auto") } điểm phần trăm (khoảng tin cậy 95%), và một lượt chạy mất { DURATION($seconds) } thay vì { DURATION($best_seconds) }.

# Các câu hỏi đã định trước.

question-helps-scratch = Trọng số tiền huấn luyện có giúp ích so với huấn luyện từ đầu không?
question-helps-random-features = Trọng số tiền huấn luyện có giúp ích so với đặc trưng ngẫu nhiên không?
question-helps-data-control = Trọng số tiền huấn luyện có giúp ích so với mô hình tuyến tính trên dữ liệu thô không?
question-helps-majority = Trọng số tiền huấn luyện có giúp ích so với câu trả lời cố định (lớp thường gặp nhất, hoặc trung bình) không?
question-best = Phương án nào tốt nhất?
question-cheaper = Có phương án nào rẻ hơn mà vẫn tốt như phương án tốt nhất không?

# Câu trả lời; "numbers" là một trong các thông báo về con số ở trên.

answer-yes = Có: { $numbers }
answer-yes-these-runs = Có, trong các lượt chạy này: { $numbers }
answer-yes-other-seeds-open = Có, trong các lượt chạy này (p { P($p, sign: "always") }); với các seed khác thì chưa rõ: { $numbers }
answer-no = Không, tốt hơn tối đa { POINTS($margin, sign: "auto") } điểm phần trăm: { $numbers }
answer-hurts = Không: { $control } tốt hơn mọi phương án dùng trọng số tiền huấn luyện: { $numbers }
answer-open = Chưa kết luận được: { $numbers }
answer-not-asked = Bỏ qua, vì một câu hỏi trước đó còn bỏ ngỏ: { $numbers }
answer-best = { $best } là tốt nhất: { $numbers }
answer-best-so-far = { $best } là tốt nhất trong các phương án đã chạy: { $numbers }
answer-equally-good = { LIST($contenders) } tốt ngang nhau: { $numbers }
answer-one-contender = Bỏ qua: chưa có đủ hai phương án dùng trọng số tiền huấn luyện.
answer-help-unknown = Bỏ qua: chưa chứng tỏ được rằng trọng số tiền huấn luyện giúp ích.
answer-choice-unknown = Bỏ qua: câu này chỉ được hỏi khi trọng số tiền huấn luyện giúp ích và có ít nhất hai phương án dùng chúng.
answer-cheapest = Bỏ qua: không phương án nào dùng trọng số tiền huấn luyện mà rẻ hơn phương án tốt nhất, { $best }.
answer-cheaper-as-good = Có, { $contender } kém chưa đến { POINTS($margin, sign: "auto") } điểm phần trăm: { $numbers }
answer-cheaper-worse = Không, { $contender } kém hơn: { $numbers }
