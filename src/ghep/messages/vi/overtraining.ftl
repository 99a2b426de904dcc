# Tinh chỉnh quá tay: tốc độ học quá cao, quá khớp (overfitting), sụp đổ.

rate-too-high-restarting = tốc độ học { DIGITS($lr) } quá cao: sau { $epochs } epoch của giai đoạn { $stage }, điểm tốt nhất trên valid là { SCORE($score) }, lúc đầu là { SCORE($start) }, và loss đã tăng; giai đoạn bắt đầu lại ở { DIGITS($safe) }
    .remedy = dùng tốc độ học { DIGITS($safe) } trở xuống (--lr); tăng cường dữ liệu mạnh và mixup cũng có thể gây hại như vậy
rate-too-high-restarted = tốc độ học { DIGITS($lr) } quá cao: sau { $epochs } epoch của giai đoạn { $stage }, điểm tốt nhất trên valid là { SCORE($score) }, lúc đầu là { SCORE($start) }, và loss đã tăng; huấn luyện lại ở { DIGITS($safe) } thì được { SCORE($after) }
    .remedy = dùng tốc độ học { DIGITS($safe) } trở xuống (--lr); tăng cường dữ liệu mạnh và mixup cũng có thể gây hại như vậy
rate-too-high = giai đoạn { $stage } gây hại: điểm tốt nhất trên valid là { SCORE($score) }, lúc đầu là { SCORE($start) }, và loss đã tăng; tốc độ học { DIGITS($lr) } có lẽ quá cao
    .remedy = dùng tốc độ học thấp hơn, ví dụ --lr { TYPED($safe) }; tăng cường dữ liệu mạnh và mixup cũng có thể gây hại như vậy
rate-too-high-line = tốc độ học quá cao: { $finding }
augmentation-does-not-fit = trong giai đoạn { $stage }, chính việc tăng cường dữ liệu gây hại chứ không phải tốc độ học: trước bước đầu tiên, các mẫu huấn luyện sau khi tăng cường hoặc trộn đã có loss { DIGITS($loss) }, còn valid là { DIGITS($valid) } (đoán ngẫu nhiên: { DIGITS($guessing) }); điểm trên valid giảm từ { SCORE($start) } xuống { SCORE($score) }
    .remedy = dùng --augment none, hoặc --augment no-mirror nếu ảnh lật ngang mang nghĩa khác, và không dùng --mixup, --cutmix
rate-explodes = tốc độ học { DIGITS($lr) } quá cao: khi dò khoảng tốc độ (range test), loss bùng nổ ở { DIGITS($exploded) }
    .remedy = dùng tốc độ học { DIGITS($safe) } trở xuống (--lr)
rates-explode-at = loss bùng nổ ở tốc độ học { DIGITS($exploded) }, gấp { DIGITS($times) } lần { DIGITS($lr) } của giai đoạn { $stage }; không quá một phần mười mức đó thì an toàn
rates-never-explode = loss không bùng nổ ở tốc độ học đến { DIGITS($highest) }, gấp { DIGITS($times) } lần { DIGITS($lr) } của giai đoạn { $stage }

predictions-collapsed = sau epoch { $epoch } của giai đoạn { $stage }, { NUMBER($largest, style: "percent", maximumFractionDigits: 0) } dự đoán trên valid là cùng một lớp, trong khi lớp đó chỉ chiếm tối đa { NUMBER($labels, style: "percent", maximumFractionDigits: 0) } số nhãn; { $kept ->
    [yes] kết quả là các trọng số này
   *[no] giữ trọng số của một epoch sớm hơn
 }
    .remedy = dùng tốc độ học thấp hơn (--lr), hoặc --class-weights nếu các lớp không đều; so sánh với linear_probe
overfitted = quá khớp (overfitting): { $score } của { $task } là { SCORE($train) } trên một mẫu ngẫu nhiên của train và { SCORE($valid) } trên valid, và từ epoch { $best_epoch } đến { $epochs } của giai đoạn { $stage } loss trên valid tăng { DIGITS($rise) } (p { P($p, sign: "always") }); giữ trọng số của epoch { $best_epoch }
    .remedy = dùng ít epoch hơn (--epochs { $best_epoch }), đóng băng nhiều khối hơn, hoặc thêm nhãn
best-epoch-early = epoch tốt nhất của giai đoạn { $stage } là { $best_epoch } trong { $epochs }; các epoch sau đó mất { DURATION($seconds) } mà không đem lại gì
    .remedy = dùng --epochs { $best_epoch } hoặc --patience nhỏ hơn

overtraining-predictions = độ đa dạng của dự đoán trên valid bằng { NUMBER($entropy, minimumFractionDigits: 2, maximumFractionDigits: 2) } lần của nhãn: lớp thường gặp nhất chiếm { NUMBER($largest, style: "percent", maximumFractionDigits: 0) } số dự đoán (báo động từ { NUMBER($bar, style: "percent", maximumFractionDigits: 0) })
overtraining-tail = epoch tốt nhất là { $best_epoch } trong { $epochs }, sau đó loss trên valid thay đổi { DIGITS($rise) } (p { P($p, sign: "always") }; báo động nếu tăng, p < { DIGITS($sure) }, và train tốt hơn valid nhiều)
overtraining-unknown = không đo được gì trên valid: không có tập valid có nhãn, hoặc lượt chạy thuộc phiên bản cũ hơn
