# Kiểm tra đặc trưng đóng băng, trọng số đã tính ra chúng, và những gì mạng được nạp vào.

features-summary = đặc trưng của { $name }: hạng hiệu dụng { NUMBER($rank, maximumFractionDigits: 1) } trên tối đa { $most } (ngưỡng { NUMBER($rank_bar, maximumFractionDigits: 1) }), độ phân tán { NUMBER($spread, minimumFractionDigits: 2, maximumFractionDigits: 2) } (ngưỡng { NUMBER($spread_bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }), { NUMBER($varying, style: "percent", maximumFractionDigits: 0) } số chiều có biến thiên, trên { $count } mẫu
features-rows-not-finite = { NUMBER($share, style: "percent", maximumFractionDigits: 1) } đặc trưng của { $name } là NaN hoặc vô cùng
    .remedy = kiểm tra tệp trọng số và tiền xử lý của { $name }, hoặc dùng backbone khác
features-equal = { $name } tính ra cùng một đặc trưng cho cả { $count } mẫu
    .remedy = kiểm tra tệp trọng số và tiền xử lý của { $name } (ghep doctor), hoặc dùng backbone khác
features-collapsed = đặc trưng của { $name } đã sụp về một hướng: cả { $count } mẫu gần như cùng hướng (cosine trung bình { NUMBER($cosine, minimumFractionDigits: 4, maximumFractionDigits: 4) }, độ phân tán { NUMBER($spread, minimumFractionDigits: 3, maximumFractionDigits: 3) }, ngưỡng { $bar })
    .remedy = thử backbone khác (ghep advise thử các backbone có sẵn), đặc trưng của một khối nông hơn (--boundary auto), --strategy full, hoặc --strategy scratch làm đối chứng
features-low-rank = đặc trưng của { $name } chỉ biến thiên theo ít hướng: hạng hiệu dụng { NUMBER($rank, maximumFractionDigits: 1) } trên tối đa { $most }, đo trên { $count } mẫu (ngưỡng { NUMBER($bar, maximumFractionDigits: 1) })
    .remedy = thử backbone khác (ghep advise thử các backbone có sẵn), đặc trưng của một khối nông hơn (--boundary auto), --strategy full, hoặc --strategy scratch làm đối chứng
features-dead = { NUMBER($share, style: "percent", maximumFractionDigits: 0) } trong { $dims } đặc trưng của { $name } không đổi trên { $count } mẫu
    .remedy = thử backbone khác (ghep advise thử các backbone có sẵn), đặc trưng của một khối nông hơn (--boundary auto), --strategy full, hoặc --strategy scratch làm đối chứng
features-no-better-than-random = một head tuyến tính trên đặc trưng của { $name } không tốt hơn trên đặc trưng của cùng mạng với trọng số ngẫu nhiên: { SCORE($value) } so với { SCORE($other) } trên { $count } mẫu (chênh lệch từ { POINTS($low) } đến { POINTS($high) } điểm phần trăm)
    .remedy = thử backbone khác (ghep advise thử các backbone có sẵn), đặc trưng của một khối nông hơn (--boundary auto), --strategy full, hoặc --strategy scratch làm đối chứng
features-no-better-than-majority = một head tuyến tính trên đặc trưng của { $name } không tốt hơn câu trả lời cố định: { SCORE($value) } so với { SCORE($other) } trên { $count } mẫu (chênh lệch từ { POINTS($low) } đến { POINTS($high) } điểm phần trăm)
    .remedy = thử backbone khác (ghep advise thử các backbone có sẵn), đặc trưng của một khối nông hơn (--boundary auto), --strategy full, hoặc --strategy scratch làm đối chứng
features-control-summary = một head tuyến tính trên đặc trưng của { $name } đạt { SCORE($value) }, { $control ->
    [random] trên đặc trưng của cùng mạng với trọng số ngẫu nhiên đạt
   *[majority] câu trả lời cố định đạt
 } { SCORE($other) } (chênh lệch từ { POINTS($low) } đến { POINTS($high) } điểm phần trăm, coi là không tốt hơn khi dưới { POINTS($bar) }, n { $count })

weights-without-structure = trọng số của { $name } có vẻ chưa được huấn luyện hoặc bị xáo trộn: các giá trị suy biến lớn nhất của { $count } ma trận trọng số gấp { NUMBER($excess, minimumFractionDigits: 2, maximumFractionDigits: 2) } lần so với khi xáo ngẫu nhiên cùng các phần tử đó (ngưỡng { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }; trọng số đã huấn luyện vượt xa ngưỡng này)
    .remedy = nạp lại trọng số từ nguồn, kiểm tra xem tên và cách sắp xếp có đúng của mạng không; dùng --random-weights hoặc --strategy scratch nếu muốn trọng số ngẫu nhiên
embeddings-without-structure = các embedding từ của { $name } có vẻ ngẫu nhiên: giá trị suy biến lớn nhất của { LIST($names) } gấp { NUMBER($excess, minimumFractionDigits: 2, maximumFractionDigits: 2) } lần so với khi xáo ngẫu nhiên cùng các phần tử đó (ngưỡng { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }; embedding đã huấn luyện vượt xa ngưỡng này)
    .remedy = nạp lại các vector từ, kiểm tra xem tệp có chứa chúng không và chúng có được đưa vào mạng không
weights-summary = các giá trị suy biến lớn nhất của { $count } ma trận trọng số của { $name } gấp { NUMBER($excess, minimumFractionDigits: 2, maximumFractionDigits: 2) } lần so với khi xáo ngẫu nhiên cùng các phần tử đó (báo khi dưới { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) })
weights-not-judged = không đánh giá trọng số của { $name }: có quá ít ma trận trọng số lớn

preprocessing-way = { $way ->
    [bgr] đổi chỗ kênh xanh lam và đỏ
    [imagenet] pixel từ 0 đến 1, trừ trung bình và chia cho độ lệch chuẩn của ImageNet
    [symmetric] pixel từ −1 đến 1
    [unit] pixel từ 0 đến 1
    [bytes] pixel từ 0 đến 255
    [caffe] pixel từ 0 đến 255, đã trừ trung bình, xanh lam trước
   *[given] tiền xử lý của backbone
 }
preprocessing-does-not-fit = tiền xử lý của { $name } không khớp với trọng số của nó: trên { $count } ảnh, đầu vào của tầng BatchNorm đầu tiên cách thống kê đã lưu { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) } (ngưỡng { $bar }), và chỉ { NUMBER($best, minimumFractionDigits: 2, maximumFractionDigits: 2) } với { $closest }
    .remedy = ghi mean và std đã dùng khi huấn luyện trọng số vào tệp json cạnh tệp trọng số
colours-exchanged = { $name } có vẻ cần thứ tự xanh lam, xanh lục, đỏ: khi đổi chỗ các màu này, đầu vào của cả { $layers } tầng BatchNorm đầu tiên đều gần thống kê đã lưu hơn, khoảng cách trung bình bằng { NUMBER($ratio, minimumFractionDigits: 2, maximumFractionDigits: 2) } lần ({ $count } ảnh, ngưỡng { $bar })
    .remedy = nạp trọng số với các kênh đầu vào của tầng đầu tiên đảo ngược
preprocessing-summary = đầu vào của tầng BatchNorm đầu tiên của { $name } cách thống kê đã lưu { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) } trên { $count } ảnh (chưa đáng ngờ khi không quá { $bar }); gần nhất là { $closest } với { NUMBER($best, minimumFractionDigits: 2, maximumFractionDigits: 2) }; khi đổi chỗ xanh lam và đỏ, khoảng cách của các tầng đầu bằng { NUMBER($ratio, minimumFractionDigits: 2, maximumFractionDigits: 2) } lần (đáng ngờ khi không quá { $clearly })
preprocessing-not-judged = không đánh giá tiền xử lý của { $name }: không có thống kê BatchNorm để so với pixel

# Các khối đầu của một backbone.

boundary-not-possible = không lấy được đặc trưng của { $name } sau khối { $block }: { $cause }
    .remedy = chọn khối khác: { LIST($blocks) }
boundary-unknown = { $name } không có khối { $block }
    .remedy = chọn một trong { LIST($blocks) }, số thứ tự của nó từ 1 đến { $last }, hoặc auto
boundary-of-other-network = chỉ mạng cho ảnh và transformer cho văn bản mới có đặc trưng của các khối nông hơn, và { $name } không thuộc loại nào
    .remedy = bỏ --boundary
boundary-nested = kiến trúc này lấy các khối đầu của một mạng vốn đã chỉ còn các khối đầu
boundary-only-embeddings = không còn lại gì ngoài các embedding
boundary-alone = { $name } không có khối nông hơn nào cho đặc trưng dùng được
    .remedy = bỏ --boundary
boundary-chosen = trong đặc trưng của { $count } khối của { $name }, đặc trưng của { $block } được dùng: một head tuyến tính trên đó đạt { SCORE($value) } trên valid, còn trên đặc trưng của khối cuối đạt { SCORE($last) }
boundary-needs-valid = --boundary auto so sánh các khối trên valid, mà { $data } không có mẫu valid
    .remedy = nêu một khối bằng --boundary, hoặc thêm mẫu valid
setting-boundary = Dùng đặc trưng của một khối nông hơn: tên hoặc số thứ tự của khối; auto: trong vài khối giữa và khối cuối, chọn khối mà head tuyến tính tốt nhất trên valid.
    .allowed = tên của một khối, số thứ tự tính từ 1, hoặc auto

# Lời khuyên về đặc trưng của các khối nông hơn.

earlier-block-better = đặc trưng của khối { $block } của { $name } tốt hơn đặc trưng của khối cuối: một head tuyến tính đạt { SCORE($value) } trên đó và { SCORE($last) } trên khối cuối (chênh lệch từ { POINTS($low) } đến { POINTS($high) } điểm phần trăm, n { $count })
    .remedy = dùng chúng: --boundary { $number }
earlier-blocks-no-better = đặc trưng của các khối nông hơn của { $name } không tốt hơn: một head tuyến tính đạt { SCORE($value) } trên đặc trưng của { $block } (--boundary { $number }), khối tốt nhất trong số đó, và { SCORE($last) } trên đặc trưng của khối cuối (chênh lệch từ { POINTS($low) } đến { POINTS($high) } điểm phần trăm, n { $count })
    .remedy = thử backbone khác, --strategy full, hoặc --strategy scratch làm đối chứng

# Lời khuyên về mô hình tuyến tính không có mạng nơ-ron.

linear-control-ahead = { $control }, một mô hình tuyến tính không có mạng nơ-ron, tốt hơn một head tuyến tính trên đặc trưng đóng băng của { $name }: { SCORE($value) } so với { SCORE($probe) } (chênh lệch từ { POINTS($low) } đến { POINTS($high) } điểm phần trăm, n { $count })
    .remedy = các đặc trưng này thiếu thông tin mà bài toán cần; hãy xem tinh chỉnh có bù được không: ghep compare --strategies light,full,scratch, lệnh này có cả đối chứng trên

# Trong ghep doctor.
