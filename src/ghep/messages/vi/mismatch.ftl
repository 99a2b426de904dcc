# Dữ liệu có giống dữ liệu mà backbone được tiền huấn luyện không, và các tập có giống nhau không?

domain-mismatch-images = các ảnh không giống ảnh đã dùng để tiền huấn luyện { $backbone }: độ lệch thống kê BatchNorm là { NUMBER($score, minimumFractionDigits: 2, maximumFractionDigits: 2) } trên { $count } ảnh huấn luyện (ảnh giống dữ liệu nguồn: tối đa { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) })
    .remedy = so sánh với backbone khác và với việc tinh chỉnh nhiều khối hơn (--strategy full); ghep advise cũng thử thống kê BatchNorm của các ảnh này (--batch-norm reestimate), cách này hiếm khi giúp ích
mismatch-summary = thống kê BatchNorm: độ lệch { NUMBER($score, minimumFractionDigits: 2, maximumFractionDigits: 2) } trên { $count } ảnh huấn luyện, báo khi trên { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }
mismatch-not-judged = { $cause ->
    [no-batch-norm] { $backbone } không có thống kê BatchNorm mô tả dữ liệu nguồn, nên không đánh giá được các ảnh có giống dữ liệu nguồn hay không
    [random] { $backbone } có trọng số ngẫu nhiên, nên không có dữ liệu nguồn
   *[few] { $count } ảnh huấn luyện là quá ít để đánh giá chúng có giống dữ liệu nguồn hay không (cần { $needed })
 }
mismatch-of-texts = { $report }; báo khi trên { NUMBER($unknown, style: "percent") } token không có trong từ vựng, { NUMBER($foreign, style: "percent") } chữ cái thuộc hệ chữ viết khác, hoặc { NUMBER($pieces, minimumFractionDigits: 1) } mảnh mỗi từ thường

splits-differ = { $first } và { $second } khác nhau: một bộ phân loại tuyến tính trên đặc trưng đóng băng phân biệt được mẫu của hai tập với AUC { SCORE($auc) } (kiểm định chéo trên { $count } mẫu; p = { NUMBER($p, maximumFractionDigits: 3) }; hai tập giống nhau: 0,5)
    .remedy = { $second ->
        [test] điểm trên test, và trên dữ liệu mới, sẽ khác với trên { $first }; nếu các mẫu liên quan với nhau (khung hình của cùng một phim, văn bản của cùng một tác giả), giữ chúng trong cùng một tập bằng --group hoặc một cột chia tập
       *[valid] các thiết lập được chọn trên valid: chia lại các mẫu, và giữ các mẫu liên quan (khung hình của cùng một phim, văn bản của cùng một tác giả) trong cùng một tập bằng --group hoặc một cột chia tập
    }
splits-summary = { $count ->
    [0] các tập có quá ít mẫu để so sánh
   *[other] một bộ phân loại tuyến tính trên đặc trưng đóng băng, theo AUC: { LIST($pairs) }; báo từ p = { NUMBER($bar, maximumFractionDigits: 4) }
 }
split-pair = { $first } và { $second } { SCORE($auc) } (p = { NUMBER($p, maximumFractionDigits: 3) })

# Thống kê BatchNorm được ước lượng lại.

batch-norm-reestimated = thống kê BatchNorm được ước lượng lại trên { $count } ảnh huấn luyện, trước mọi việc khác
batch-norm-few-images = thống kê BatchNorm chỉ được ước lượng lại trên { $count } ảnh huấn luyện, quá ít để đáng tin
    .remedy = so sánh với thống kê tiền huấn luyện: bỏ --batch-norm reestimate
card-reestimated = { $source }; thống kê BatchNorm của { $count } ảnh huấn luyện trong { $data }
batch-norm-tried = ước lượng lại thống kê BatchNorm của { $backbone } trên các ảnh huấn luyện { $effect ->
    [better] giúp ích
    [worse] không giúp ích
   *[level] không tạo khác biệt nào phát hiện được
 }: probe đạt { SCORE($after) } thay vì { SCORE($before) } ({ $count } mẫu, p = { NUMBER($p, maximumFractionDigits: 3) })
    .remedy = { $effect ->
        [better] dùng cách này: --batch-norm reestimate, hoặc tên một chiến lược kèm +reestimate, như light+reestimate
       *[other] thử backbone khác, hoặc tinh chỉnh nhiều khối hơn
    }
advice-reestimated-name = { $backbone } +reestimate
