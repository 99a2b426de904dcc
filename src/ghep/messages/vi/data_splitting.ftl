# Copies.

leakage-exact = { $count } cặp { $things ->
    [images] tệp
   *[texts] văn bản
 } giống hệt nhau nằm ở hai tập khác nhau
    .remedy = xóa một bên của mỗi cặp: điểm trên { $things ->
        [images] ảnh
       *[texts] văn bản
    } đã thấy khi huấn luyện không nói lên điều gì
leakage-near = { $count } cặp { $things ->
    [images] tệp khác nhau nhưng cùng một ảnh
   *[texts] văn bản chỉ khác ở chữ hoa, khoảng trắng, dấu câu, liên kết hoặc tên được nhắc (@)
 } nằm ở hai tập khác nhau
    .remedy = xóa một bên của mỗi cặp: điểm trên { $things ->
        [images] ảnh
       *[texts] văn bản
    } đã thấy khi huấn luyện không nói lên điều gì
conflicting-labels = { $count } nhóm bản sao có nhãn khác nhau
    .remedy = gán cùng một nhãn cho mọi bản sao
exact-duplicates = { $count } nhóm { $things ->
    [images] tệp
   *[texts] văn bản
 } giống hệt nhau
    .remedy = mỗi nhóm giữ lại một; bản sao bị tính hai lần khi huấn luyện và khi chấm điểm
near-duplicates = { $count } cặp { $things ->
    [images] tệp khác nhau nhưng cùng một ảnh (lưu lại hoặc đổi kích thước)
   *[texts] văn bản chỉ khác ở chữ hoa, khoảng trắng, dấu câu, liên kết hoặc tên được nhắc (@)
 }
    .remedy = mỗi cặp giữ lại một; bản sao bị tính hai lần khi huấn luyện và khi chấm điểm
copies-in-all = ... (tổng cộng { $count })
copies-conflict = { $pair }{ $more ->
    [0] { "" }
   *[other] { " và " }{ $more } cặp khác
 }

# Groups.

groups-in-names = tên tệp gợi ý có { $groups } nhóm ({ $names }, ...), chẳng hạn bệnh nhân, bộ phim hay đồ vật; { $shared ->
    [0] { $divided } nhóm nằm ở cả train lẫn valid, nên điểm trên valid cao hơn thực tế
   *[other] { $shared } trong { $tested } mẫu test thuộc về một nhóm mà train hoặc valid cũng có
 }
    .remedy = nếu các mẫu của một nhóm thuộc về nhau, giữ chúng trong một tập: --group '{ $pattern }'{ $named ->
        [0] { "" }
       *[other] . Nếu dữ liệu đã được chia sẵn, khi đó ghep liệt kê các nhóm nằm ở nhiều tập; chia lại dữ liệu theo nhóm
    }
near-copies-chained = { $chained } trong { $total } { $things ->
    [images] ảnh
   *[texts] văn bản
 } tạo thành { $chains } chuỗi bản sao gần giống (chuỗi lớn nhất có { $largest }), giống như khung hình của một máy quay cố định: quá nhiều để đưa vào một tập, nên các chuỗi được cắt ở chỗ ít giống nhau nhất, và { $separated } cặp bản sao gần giống nằm ở hai tập khác nhau
    .remedy = nêu những gì thuộc về nhau, chẳng hạn bộ phim hay món hàng, bằng --group COLUMN hoặc --group PATTERN, hoặc tự chia dữ liệu; nếu không, điểm có thể cao hơn thực tế
group-names-alike = { $count } cụm tên nhóm chỉ khác nhau ở chữ hoa, khoảng trắng, cách mã hóa dấu hoặc cách viết số; mỗi cách viết được coi là một nhóm riêng, nên một nhóm có thể nằm ở nhiều tập
    .remedy = viết tên mỗi nhóm giống nhau ở mọi dòng, hoặc đặt tên thật khác cho các nhóm khác nhau
leakage-group = { $count } trong { $total } nhóm nằm ở nhiều tập
    .remedy = đưa mỗi nhóm (--group) vào một tập: điểm trên nhóm đã thấy khi huấn luyện cao hơn thực tế

# Splits.

count-in-split = { $count } { $split }
count-of-part = { $count } ở { $part }
share = { NUMBER($share, style: "percent", maximumFractionDigits: 1) }
split-size = { $split } có { $count } mẫu thay vì khoảng { $wanted }
no-train-split = { $prefix }không có mẫu để huấn luyện, chỉ có { LIST($splits) }
    .remedy = thêm tập train
split-made = { $prefix }đã chia theo seed { NUMBER($seed, useGrouping: 0) }: { $counts } (yêu cầu { $shares }), bản sao được giữ trong cùng một tập{ $separated ->
    [0] { "" }
   *[other] { " " }trừ { $separated } cặp bản sao gần giống
 }
split-completed = { $prefix }{ $count } mẫu chưa thuộc tập nào được chia theo seed { NUMBER($seed, useGrouping: 0) }
valid-carved = { $prefix }không có tập valid: { $of_all ->
    [true] { NUMBER($share, style: "percent") } của train
   *[false] { $count } trong { $total } mẫu của train
 } được để riêng làm valid theo seed { NUMBER($seed, useGrouping: 0) }
no-test-split = { $prefix }không có tập test; điểm được tính trên valid
    .remedy = thêm tập test: valid còn được dùng để lựa chọn, chẳng hạn số epoch, nên điểm trên đó có thể cao hơn thực tế
split-uneven = { $prefix }{ LIST($sizes) }: các nhóm phải ở cùng nhau (bản sao, --group) quá lớn nên không chia đều được
    .remedy = dùng nhóm nhỏ hơn (--group), nhiều nhóm hơn, hoặc tự chia dữ liệu; xóa bản sao
split-uneven-by-class = { $prefix }{ LIST($sizes) }: đa số lớp có quá ít mẫu nên mọi mẫu đã vào các tập khác
    .remedy = thu thập thêm mẫu cho mỗi lớp, gộp các lớp nhỏ, hoặc tự chia dữ liệu
left-to-test = { $count } mẫu của train hoặc valid không được dùng ở đó, vì một tác vụ khác có chúng trong test: { $counts }
    .remedy = không cần làm gì: mọi tập test giữ nguyên, và không tác vụ nào được huấn luyện trên đó
left-to-valid = { $count } mẫu được chuyển từ train sang valid, vì một tác vụ khác có chúng trong valid: { $counts }
    .remedy = không cần làm gì: không tác vụ nào được huấn luyện trên mẫu valid của tác vụ khác
label-shares-differ = tỉ lệ các { $tasks ->
    [1] lớp
   *[other] lớp của '{ $task }'
 } trong { $split } khác với train: '{ $label }' chiếm { NUMBER($train_share, style: "percent") } của train và { NUMBER($split_share, style: "percent") } của { $split } (p < 0,001)
    .remedy = xem độ chính xác cân bằng (balanced accuracy), hoặc chia dữ liệu ngẫu nhiên để mọi tập có tỉ lệ lớp như dự kiến ở dữ liệu mới
