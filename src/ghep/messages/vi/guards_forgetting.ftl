# Tinh chỉnh để lại gì từ những điều backbone đã biết.

forgetting-none = không khối tiền huấn luyện nào thay đổi, nên không có gì bị quên
forgetting-measured = { $measure ->
    [source] độ chính xác trên dữ liệu nguồn bằng { NUMBER($share, style: "percent", maximumFractionDigits: 0) } so với trước
    [neighbours] { NUMBER($share, style: "percent", maximumFractionDigits: 0) } trong { $count } câu lân cận gần nhất của mỗi câu thăm dò vẫn như trước
   *[cka] đặc trưng của { $inputs } mẫu { $split } giống trước ở mức { SCORE($share) } (CKA; 1 là không đổi)
 }
forgetting-summary = { $measured }; báo khi dưới { SCORE($bar) }
forgetting-cka = đặc trưng của { $inputs } mẫu { $split } giống trước ở mức { SCORE($share) } (CKA; 1 là không đổi); khối thay đổi nhiều nhất là { $block }, { SCORE($cka) }
forgetting-agreement = khi lắp lại head nguồn, với { NUMBER($share, style: "percent", maximumFractionDigits: 0) } [{ NUMBER($low, style: "percent", maximumFractionDigits: 0) }; { NUMBER($high, style: "percent", maximumFractionDigits: 0) }] số mẫu { $split } (trong { $inputs }) backbone vẫn trả lời như trước (độ phân kỳ KL { NUMBER($divergence, minimumFractionDigits: 2, maximumFractionDigits: 2) } nat)
forgetting-neighbours = { NUMBER($share, style: "percent", maximumFractionDigits: 0) } trong { $count } câu lân cận gần nhất của mỗi câu thăm dò vẫn như trước
forgetting-loss = đoán token tiếp theo của các câu thăm dò tốn { NUMBER($after, minimumFractionDigits: 2, maximumFractionDigits: 2) } nat, trước đó { NUMBER($before, minimumFractionDigits: 2, maximumFractionDigits: 2) }
forgetting-source = độ chính xác trên dữ liệu nguồn là { SCORE($after) }, trước đó { SCORE($before) }: { POINTS($difference) } điểm phần trăm [{ POINTS($low) }; { POINTS($high) }] (n={ $count })
forgetting-label = phần nguồn còn giữ
run-forgetting = giữ được  { $text }
card-forgetting = ## Sau huấn luyện còn giữ được gì từ tiền huấn luyện

forgot-source = tinh chỉnh đã ghi đè phần lớn những gì backbone biết: { $measured }; lượt chạy bình thường đạt trên { SCORE($bar) }
    .remedy = nếu mô hình còn phải dùng được với dữ liệu khác train, dùng --keep wise, --strategy light, hoặc --lr thấp hơn

setting-source_data = Dữ liệu có nhãn giống dữ liệu đã dùng để tiền huấn luyện backbone: độ chính xác trên đó được đo trước và sau.
    .allowed = một đường dẫn
source-data-without-head = không đo được độ chính xác của { $name } trên { $data }: { $cause }
    .remedy = bỏ --source-data, hoặc dùng một backbone còn bộ phân loại từ khi tiền huấn luyện
source-data-several-tasks = { $data } có các cột nhãn { LIST($tasks) }; dữ liệu nguồn chỉ có một nhãn cho mỗi mẫu
    .remedy = dùng một bảng có một cột nhãn, hoặc một thư mục có mỗi lớp một thư mục
source-data-unknown-labels = không nhãn nào trong { $count } nhãn của { $data } là lớp của { $name }, ví dụ { LIST($examples) }
    .remedy = gán nhãn mỗi mẫu bằng tên, từ đồng nghĩa, mã WordNet hoặc chỉ số (từ 0) của lớp nguồn
source-labels-left-out = { $count } mẫu của dữ liệu nguồn có nhãn không ứng với đúng một lớp nguồn, ví dụ { LIST($labels) }
    .remedy = gán nhãn chúng bằng chỉ số (từ 0) của lớp
source-data-unused = dữ liệu nguồn không được dùng, vì backbone có trọng số ngẫu nhiên
source-data-unusable = không đọc được mẫu nào của dữ liệu nguồn
source-files-left-out = { $count } mẫu của dữ liệu nguồn không đọc được và bị bỏ qua
source-head-of-number = head nguồn của nó dự đoán một số, không phải một lớp

# Trong báo cáo của một phép so sánh

board-kept = giữ được: phần còn lại của những gì backbone đã biết
leaderboard-kept = <em>Giữ được</em> là phần mà huấn luyện để lại từ những gì backbone đã biết, trung bình trên các lượt chạy; 1 là không đổi. Với ảnh, đó là độ tương đồng (CKA) giữa đặc trưng của các mẫu để riêng với đặc trưng trước đó; với văn bản, là tỉ lệ câu lân cận gần nhất của các câu cố định vẫn như trước; và với --source-data, là độ chính xác trên dữ liệu đó sau khi huấn luyện chia cho độ chính xác trước đó. Xem docs/guards.md, "Forgetting".
