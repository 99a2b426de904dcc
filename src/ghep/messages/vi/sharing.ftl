## Several tasks: what sharing does to each, verdicts, and the page.
## Messages of the page may hold <em>; everything else is escaped.

# Names

task-model-name = { $kind ->
    [control] { $strategy }
    [single] { $strategy }, đơn nhiệm
    [shared] { $strategy }, chung
   *[part] { $strategy }, cùng với { LIST($others) }
}
way-name = { $strategy } với { $sharing }
sharing-title = { $kind ->
    [share] Dùng chung
    [share-with-remedy] Dùng chung, kèm cách khắc phục
    [separate] Mỗi tác vụ một mô hình
   *[cannot-tell] Chưa kết luận được
}
gain-mark = { $mark ->
    [helped] được giúp
    [no-difference] không khác biệt
    [hurt] bị hại
    [same] cùng câu trả lời
   *[cannot-tell] chưa kết luận được
}

# Parts of sentences

interval-and-p = khoảng tin cậy 95% { POINTS($low) } đến { POINTS($high) }, p { P($p, sign: "always") }
task-change = { $task } { POINTS($change, sign: "auto") } điểm phần trăm
task-range = { $task } { POINTS($low) } đến { POINTS($high) } điểm phần trăm
task-difference = { $task } { POINTS($difference) } điểm phần trăm
cost-share = { $quantity ->
    [train] { $percent }% thời gian huấn luyện
    [size] { $percent }% dung lượng
   *[predict] { $percent }% thời gian dự đoán
}
sharing-takes = { $count ->
    [0] { "" }
   *[other] { " " }So với tất cả mô hình đơn nhiệm cộng lại, mô hình chung cần { LIST($shares) }.
}

# Gains

gain = { $kind ->
    [helped] Dùng chung giúp { $task }: { POINTS($difference) } điểm phần trăm ({ $numbers }).
    [hurt] Dùng chung làm hại { $task }: { POINTS($difference) } điểm phần trăm ({ $numbers }).
    [no-difference] { $task } không khác biệt: { POINTS($difference) } điểm phần trăm ({ $numbers }), trong phạm vi { POINTS($margin, sign: "auto") } điểm phần trăm.
   *[cannot-tell] Chưa kết luận được dùng chung có làm { $task } thay đổi không: { POINTS($difference) } điểm phần trăm ({ $numbers }); { $step }.
}
gain-identical = { $task }: câu trả lời giống hệt mô hình đơn nhiệm.
gain-exactly = đúng bằng 0
gain-settled-by = { $by ->
    [examples] khoảng { $examples } mẫu test là đủ để kết luận (hiện có { $n })
    [seeds] khoảng { $seeds } seed cho mỗi mô hình là đủ để kết luận, chỉ thêm mẫu test thì không đủ
    [both] khoảng { $examples } mẫu test và { $seeds } seed cho mỗi mô hình là đủ để kết luận (hiện có { $n } mẫu)
   *[nothing] không số mẫu test hay số seed khả thi nào đủ để kết luận
}

# Verdict on one way of sharing

sharing-verdict-missing = Có nên dùng chung một mô hình ({ $name }) hay không còn bỏ ngỏ: { LIST($missing) } chưa có lượt chạy xong của cả hai loại, chung và đơn nhiệm.
sharing-verdict-identical = Dùng chung một mô hình ({ $name }): backbone chung giữ đóng băng, nên mỗi tác vụ có câu trả lời giống hệt mô hình đơn nhiệm; chỉ chi phí khác nhau.{ $costs }
sharing-verdict-harmless = { $num_helped ->
    [0] Dùng chung một mô hình ({ $name }): không tác vụ nào mất hơn { POINTS($margin, sign: "auto") } điểm phần trăm.{ $costs }
   *[other] Dùng chung một mô hình ({ $name }): nó giúp { LIST($helped) }, và không tác vụ nào mất hơn { POINTS($margin, sign: "auto") } điểm phần trăm.{ $costs }
}
sharing-verdict-idle = Không dùng chung một mô hình ({ $name }): nó không giúp tác vụ nào, cũng không tiết kiệm thời gian hay dung lượng.{ $costs }
sharing-verdict-remedied = Dùng chung một mô hình ({ $name }), huấn luyện với { $fix }: không có { $fix }, dùng chung làm hại { LIST($harmed) }; có { $fix }, không tác vụ nào mất hơn { POINTS($margin, sign: "auto") } điểm phần trăm.
sharing-verdict-remedy-open = { $num_open ->
    [0] Dùng chung một mô hình ({ $name }) làm hại { LIST($harmed) }. Chưa rõ { $fix } có ngăn được điều này không: chưa đánh giá đủ mọi tác vụ.
   *[other] Dùng chung một mô hình ({ $name }) làm hại { LIST($harmed) }. Chưa rõ { $fix } có ngăn được điều này không: { LIST($open) }.
}
sharing-verdict-hurt = { $tried ->
    [true] Không dùng chung một mô hình ({ $name }): nó làm hại { LIST($harmed) }. { $fix }, cách khắc phục tốt nhất trên valid, không ngăn được điều này: nó vẫn làm hại { LIST($left) }.
   *[false] Không dùng chung một mô hình ({ $name }): nó làm hại { LIST($harmed) }.
}
sharing-verdict-open = { $num_helped ->
    [0] Chưa rõ dùng chung một mô hình ({ $name }) có làm giảm độ chính xác không: { LIST($open) }.{ $costs }
   *[other] Dùng chung một mô hình ({ $name }) giúp { LIST($helped) }; chưa rõ nó có làm giảm độ chính xác ở các tác vụ khác không: { LIST($open) }.{ $costs }
}
sharing-one-run = Một số mô hình chỉ có một lượt chạy, nên khoảng tin cậy không tính đến dao động giữa các seed.
sharing-cut-budget = Mỗi lượt chạy bị giới hạn khoảng { DURATION($seconds) }: nhiều thời gian hơn có thể làm kết quả thay đổi.

# Verdict over all ways of sharing

sharing-answer-none = Không chiến lược nào được huấn luyện vừa thành mô hình chung vừa thành mô hình đơn nhiệm, nên không biết hiệu quả của dùng chung.
sharing-answer-identical = Dùng chung: một mô hình, { $name }, cho { LIST($tasks) }: backbone của nó giữ đóng băng, nên câu trả lời giống hệt các mô hình đơn nhiệm, và chỉ chi phí khác nhau.{ $costs }
sharing-answer-share = { $num_helped ->
    [0] Dùng chung: một mô hình, { $name }, cho { LIST($tasks) }: không tác vụ nào mất hơn { POINTS($margin, sign: "auto") } điểm phần trăm.{ $costs }
   *[other] Dùng chung: một mô hình, { $name }, cho { LIST($tasks) }: nó giúp { LIST($helped) }, và không tác vụ nào mất hơn { POINTS($margin, sign: "auto") } điểm phần trăm.{ $costs }
}
sharing-answer-open = { $num_helped ->
    [0] Không phân biệt được một mô hình, { $name }, cho { LIST($tasks) } với mô hình tốt nhất của từng tác vụ; chưa rõ dùng chung có làm giảm độ chính xác không ({ LIST($open) }).{ $costs }
   *[other] Không phân biệt được một mô hình, { $name }, cho { LIST($tasks) } với mô hình tốt nhất của từng tác vụ; dùng chung giúp { LIST($helped) }, và chưa rõ nó có làm giảm độ chính xác ở các tác vụ khác không ({ LIST($open) }).{ $costs }
}
sharing-answer-separate = { $reasons ->
    [0] { $shown ->
        [true] Mỗi tác vụ một mô hình.
       *[false] Mỗi tác vụ một mô hình, cho chắc chắn; chưa rõ dùng chung có làm giảm độ chính xác không.
    }
   *[other] { $shown ->
        [true] Mỗi tác vụ một mô hình: { EACH($why) }.
       *[false] Mỗi tác vụ một mô hình, cho chắc chắn; chưa rõ dùng chung có làm giảm độ chính xác không: { EACH($why) }.
    }
}
sharing-hurts-tasks = dùng chung một mô hình ({ $name }) làm hại { LIST($harmed) }
sharing-not-level = mô hình chung { $name } kém mô hình tốt nhất của { $task } ({ $best }) { POINTS($difference, sign: "auto") } điểm phần trăm

# Findings

sharing-same-answers = { $name }: backbone chung giữ đóng băng, nên mỗi tác vụ có câu trả lời giống hệt mô hình đơn nhiệm; dùng chung chỉ làm chi phí thay đổi
sharing-not-judged = { $name }: không đánh giá được { LIST($missing) } khi chưa có lượt chạy xong của cả hai loại, chung và đơn nhiệm
    .remedy = đọc nguyên nhân của các lượt chạy thất bại, khắc phục rồi chạy lại lệnh
sharing-hurts = { $name }: dùng chung làm { $task } giảm { POINTS($loss, sign: "auto") } điểm phần trăm ({ $numbers })
    .remedy = { $advice }
remedy-to-try = thử { $fix }, hoặc { $separate }
remedy-tried = { $tried ->
    [1] { $fix }
   *[other] { $fix } (tốt nhất trong { $tried } cách, theo valid)
}
remedy-effect = khi dùng cách này, chênh lệch so với mô hình đơn nhiệm của { $task } là { POINTS($difference) } điểm phần trăm ({ POINTS($low) } đến { POINTS($high) })
remedy-helps = { $fix }: { $effect }
remedy-doubtful = { $harmed ->
    [true] { $separate }; { $fix } không ngăn được mức giảm: { $effect }
   *[false] { $separate }; { $fix } có thể không ngăn được mức giảm: { $effect }
}
separate-single = { $count ->
    [1] huấn luyện một mô hình đơn nhiệm cho { LIST($hurt) }
   *[other] huấn luyện các mô hình đơn nhiệm cho { LIST($hurt) }
}
separate-rest = { $separate } và một mô hình chung cho { LIST($rest) }
separate-rest-measured = { $separate } và một mô hình chung cho { LIST($rest) } (đã đo: không có { LIST($hurt) }, chênh lệch so với mô hình đơn nhiệm là { LIST($measured) })
labels-limited = dùng { $kept } trong { $available } nhãn của { $task }, khoảng một phần năm trong đó làm valid; mỗi seed lấy ngẫu nhiên các mẫu khác nhau
limited-task-unknown = { $dataset } không có tác vụ "{ $task }"
    .remedy = { $hint }

# Progress

sharing-trying-remedies = dùng chung một mô hình ({ $name }) làm hại { LIST($tasks) }: đang thử { LIST($remedies) }
timing-predictions = đo thời gian dự đoán của { $models } mô hình trên { $examples } mẫu
timing-failed = không đo được thời gian dự đoán: { $cause }

# Terminal and notebook

take-shared = { $name }, một mô hình cho { LIST($tasks) }.
take-single = mỗi tác vụ một mô hình: { $models }.
model-for-task = { $model } cho { $task }
sharing-next-step = { $recommended ->
    [true] { $task }: { $step }
   *[false] { $way }, { $task }: { $step }
}
sharing-more-steps = Mô hình chung và mô hình đơn nhiệm được huấn luyện trên số mẫu bằng nhau. Batch của mô hình chung có dòng của mọi tác vụ, nên nó có thể đã chạy nhiều bước hơn: --budget steps cho biết cái giúp ích là các tác vụ khác hay số bước thêm.
sharing-size = { $tasks } tác vụ, { $contenders } phương án, { $models } mô hình, { $seeds } seed

# Figures

axis-shared-minus-single = điểm phần trăm, chung trừ đơn nhiệm
axis-trained-with = huấn luyện cùng
axis-task = tác vụ
figure-gains = Hiệu quả của dùng chung với từng tác vụ
caption-gains = Độ chính xác của mô hình chung trừ của mô hình đơn nhiệm trên cùng các mẫu test, với khoảng tin cậy 95% theo seed và mẫu test. Tam giác: được giúp (hướng lên) hoặc bị hại (hướng xuống), có ý nghĩa thống kê sau khi hiệu chỉnh cho số tác vụ; ô vuông: khác biệt không quá một điểm phần trăm; vòng tròn: chưa kết luận được. Dải xám là một điểm phần trăm về mỗi phía của 0.
figure-affinity = { $measured ->
    [true] Tác vụ nào giúp tác vụ nào, đo trực tiếp
   *[false] Tác vụ nào giúp tác vụ nào, theo gradient
}
caption-affinity-measured = Số điểm phần trăm mà tác vụ ở cột có thêm khi huấn luyện cùng tác vụ ở dòng, so với mô hình đơn nhiệm của nó; bên dưới là khoảng tin cậy 95%. Dấu sao: khoảng không chứa 0 (chưa hiệu chỉnh cho số ô).
caption-affinity-gradients = Một bước nhỏ theo gradient của tác vụ ở dòng làm giảm loss của tác vụ ở cột bao nhiêu, tính theo tỉ lệ so với mức giảm loss của chính tác vụ ở dòng: ước lượng bậc nhất, trung bình trên các bước đã đo. Dưới 0, tác vụ ở dòng làm hại tác vụ ở cột.
figure-cosines = Cosine giữa gradient của các tác vụ tại backbone chung
caption-cosines = Cosine giữa gradient của hai tác vụ, trung bình trên các bước đã đo; bên dưới là tỉ lệ số bước chúng xung đột (cosine dưới 0).

# The page

sharing-page-heading = Dùng chung giữa các tác vụ trên { $name }
sharing-page-size = { $contents }; { DURATION($seconds) }
sharing-take-shared = { $name }, một mô hình cho { $tasks }
sharing-take-single = Mỗi tác vụ một mô hình:
sharing-recommended = nên chọn
runs-unfinished = { $count } lượt chạy không hoàn tất được.
runs-unfinished-link = Xem nguyên nhân
gains-about = <em>Chung</em> là một mô hình huấn luyện trên mọi tác vụ, <em>đơn nhiệm</em> là cùng chiến lược nhưng chỉ huấn luyện trên tác vụ đó; cả hai là trung bình trên các seed, trên cùng các mẫu test. Điểm phần trăm (0,01 của độ chính xác) là chung trừ đơn nhiệm. p được hiệu chỉnh bằng phương pháp Holm cho số tác vụ của mỗi chiến lược dùng chung. <em>Chênh lệch phát hiện được</em> là chênh lệch thật nhỏ nhất tìm ra được với xác suất 80%; <em>đủ để kết luận</em> là số mẫu test gần đúng, hoặc số seed cho mỗi mô hình, cần có để kết luận nếu chênh lệch đo được là chênh lệch thật.
nothing-to-compare = Không chiến lược nào được huấn luyện vừa trên mọi tác vụ vừa trên riêng từng tác vụ: không có gì để so sánh.
bill-about = Chi phí của một mô hình cho { $tasks } so với { $count } mô hình đơn nhiệm, trung bình trên các seed: trước hết là tỉ số, rồi đến mô hình chung / tất cả mô hình đơn nhiệm cộng lại. Thời gian huấn luyện là của các lượt chạy riêng; thời gian dự đoán tính từ một mẫu thô đến câu trả lời của mọi tác vụ; để làm việc đó, các mô hình đơn nhiệm phải chạy backbone { $count } lần.
remedies-about = Các chiến lược dùng chung khác, được huấn luyện vì có tác vụ bị hại hoặc vì có yêu cầu. Cách có điểm cao nhất trên valid, trung bình trên tác vụ và seed, được chọn; test không được dùng để chọn. Các cột còn lại là kết quả trên test, tính bằng điểm phần trăm so với mô hình đơn nhiệm.
remedy-chosen = được chọn trên valid
affinity-about = Khi backbone đóng băng, không tác vụ nào giúp hay hại được tác vụ khác, nên các chiến lược giữ backbone đóng băng không có ở đây.
norms-heading = Độ lớn gradient của từng tác vụ
norms-about = Chuẩn trung bình của gradient đã nhân trọng số của từng tác vụ tại backbone chung. Tác vụ có chuẩn lớn gấp nhiều lần tác vụ khác sẽ chi phối việc huấn luyện.
tasks-about = Với mỗi tác vụ: mọi mô hình huấn luyện trên đó. Trung bình trên các seed, trên cùng các mẫu; khoảng tin cậy 95% theo seed và mẫu test. <em>Chi phí</em> là thời gian của trọn một lượt chạy riêng, cho tất cả tác vụ của nó. Câu phía trên mỗi bảng chỉ nói về mô hình đơn nhiệm: chuyển giao có giúp ích không, và với chiến lược nào.
failures-heading = Các lượt chạy thất bại
