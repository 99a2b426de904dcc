# explain, for texts, and similar.

# Errors.

explain-texts-of-images = { $name } đọc ảnh nên không có từ nào để giải thích
    .remedy = truyền bundle văn bản, hoặc giải thích ảnh: ghep explain BUNDLE photo.jpg
explain-photos-only = { LIST($options) } dành cho ảnh, còn { $name } đọc văn bản
    .remedy = bỏ { $count ->
    [1] tùy chọn này
   *[other] các tùy chọn này
 }
words-not-read = { $count } văn bản không được đọc đến hết: { $words } từ nằm sau { $limit } vị trí mà mô hình đọc
    .remedy = giải thích các phần này như văn bản riêng, hoặc chạy fit với --max-length lớn hơn
words-nothing-to-plot = không văn bản nào có từ để vẽ
    .remedy = xem "problem" của từng văn bản

# The page of explained texts.

words-title = { $model } đọc những gì
words-predicted = { $label } ({ $probability })
words-predicted-other = { $label } ({ $probability }); giải thích cho: { $other }
words-number = { $task } = { $number }
words-unusable = không dùng được
words-none = Văn bản không có từ nào.
words-behind-limit = không được đọc: nằm sau giới hạn của mô hình
words-for = ủng hộ
words-against = chống lại
words-scale = màu đậm nhất là { $largest } log-odds; mọi văn bản dùng chung một thang
words-scale-number = màu đậm nhất là { $largest }, theo đơn vị của nhãn; mọi văn bản dùng chung một thang
words-axis = tác động lên log-odds của nhãn
words-axis-number = tác động lên số dự đoán
words-figure = Các từ tác động mạnh nhất
words-figure-caption = { $texts ->
    [1] Các từ có tác động lớn nhất. Thanh xanh dương ủng hộ nhãn, thanh cam chống lại.
   *[other] Các từ có tác động lớn nhất trong { $texts } văn bản, trên cùng một thang. Thanh xanh dương ủng hộ nhãn, thanh cam chống lại.
 }
words-column-word = Từ
words-column-effect = Tác động lên { $label }
words-lead = { $count ->
    [1] Một văn bản: từng từ tác động đến dự đoán ra sao.
   *[other] { $count } văn bản: từng từ tác động đến dự đoán ra sao.
 }
words-lead-one = { $answer }{ $pros ->
    [0] {""}
   *[other] . Ủng hộ: { LIST($pro) }
 }{ $cons ->
    [0] {""}
   *[other] . Chống lại: { LIST($con) }
 }.
words-how-gradients = Integrated gradients từ một văn bản gồm { $baseline ->
    [none] các vector 0
   *[other] { $baseline }
 } ({ $steps } bước): { $kind ->
    [number] số dự đoán đổi từ { $base } thành { $score }
   *[other] log-odds của { $label } đổi từ { $base } thành { $score }
 }, và các tác động cộng lại giải thích { $change } với sai số { $gap }%.
words-how-sum = Đặc trưng là tổng trên các từ. Khi đi từ không có từ nào đến cả văn bản, { $kind ->
    [number] số dự đoán đổi từ { $base } thành { $score }
   *[other] log-odds của { $label } đổi từ { $base } thành { $score }
 }, và các tác động cộng lại giải thích { $change } với sai số { $gap }%.
words-how-occlusion = Lần lượt bỏ từng từ, vì gradient của mạng này không cộng lại thành tổng. Tác động là mức giảm của { $kind ->
    [number] số dự đoán, đang là { $score }
   *[other] log-odds của { $label }, đang là { $score }
 }; tổng của chúng không nhất thiết bằng mức thay đổi { $change } so với văn bản không có từ nào.
words-rest = Những gì không phải từ của văn bản, chẳng hạn token đặc biệt, có tác động { $effect }.
words-truncated = { $count } từ không được đọc, vì mô hình đọc { $limit } vị trí: { LIST($words) }{ $more ->
    [0] {""}
   *[other] {" "}và { $more } từ khác
 }.
words-caveat = Tác động cho biết mô hình đã dùng gì, không cho biết mô hình có đúng không, cũng không cho biết điều gì xảy ra nếu từ đó ở chỗ khác. Log-odds dùng logarit tự nhiên: +0,7 nhân đôi odds (tỉ số giữa xác suất có và không), −0,7 giảm một nửa.
words-caveat-number = Tác động cho biết mô hình đã dùng gì, không cho biết mô hình có đúng không, cũng không cho biết điều gì xảy ra nếu từ đó ở chỗ khác.

# ghep similar: the command and its settings.

command-similar =
    Hiện các mẫu huấn luyện gần một mẫu nhất, và cho biết nhãn của chúng có khớp với dự đoán không.

    Độ gần được đo trên đặc trưng của mô hình. Lần gọi đầu tiên tính đặc trưng của mọi mẫu huấn luyện và lưu cạnh bundle.
    Bản sao của mẫu được đánh dấu và không được bỏ phiếu. Dùng được cho ảnh và văn bản. Mã thoát: 1 nếu có đầu vào không
    dùng được.

    Ví dụ: ghep similar runs/pets/bundle cat.jpg

    Ví dụ: ghep similar runs/reviews/bundle reviews.txt --lines -k 20

    Ví dụ: ghep similar runs/pets/bundle cat.jpg --data /backup/pets
help-similar-model = Thư mục bundle do ghep fit ghi, hoặc, khi có --data, backbone kèm bộ phân loại của lần tiền huấn luyện.
help-similar-out = Thư mục chứa trang, các hình và khoảng cách. Mặc định: runs/similar-NAME-TIME.
setting-similar-data = Dữ liệu huấn luyện, nếu không còn ở nơi mà hồ sơ lượt chạy ghi.
    .allowed = một đường dẫn
setting-neighbours = Số mẫu lân cận của mỗi mẫu; bản sao của mẫu được hiện thêm.
    .allowed = một số nguyên từ 1 đến 1000

# ghep similar: errors and findings.

similar-settings-refused = { $wrong }
    .remedy = ghep similar --help liệt kê các thiết lập
similar-index = chỉ mục các mẫu huấn luyện
similar-without-data = { $count ->
    [0] { $name } không ghi đã được huấn luyện trên dữ liệu nào
   *[other] dữ liệu huấn luyện của { $name } không có ở { LIST($places) }
 }
    .remedy = nêu nơi chứa dữ liệu: --data LOCATION (data=...)
similar-no-examples = { $data } không có mẫu có nhãn nào dùng được
    .remedy = truyền dữ liệu huấn luyện: --data LOCATION (data=...)
similar-nothing-to-plot = { $name } không dùng được: { $cause }
    .remedy = vẽ mẫu khác
training-examples-missing = { $data } có { $found } trong { $count } mẫu huấn luyện; các mẫu còn lại không được tìm
    .remedy = truyền đầy đủ dữ liệu huấn luyện: --data LOCATION (data=...)
not-training-data = { $count ->
    [0] mô hình không ghi đã được huấn luyện trên mẫu nào
   *[other] không mẫu nào trong { $count } mẫu huấn luyện có trong { $data }
 }; đã tìm trong toàn bộ { $examples } mẫu dùng được của { $data }
    .remedy = nếu dữ liệu huấn luyện là dữ liệu khác, truyền nó: --data LOCATION (data=...)
similar-index-not-saved = không lưu được đặc trưng của các mẫu huấn luyện vào { $folder } ({ $cause }); lần gọi sau sẽ tính lại
    .remedy = cấp quyền ghi cho thư mục
neighbours-disagree = { $name }: mô hình trả lời { $label }, nhưng chỉ { $votes } trong { $count } mẫu huấn luyện gần nhất mang nhãn này, còn { $times } mẫu mang { $other }{ $usual ->
    [unknown] {""}
   *[other] {" "}(thường thấy với { $label }: { $usual } trong { $count }{ $rare ->
    [yes] ; ít như vậy là hiếm
   *[other] {""}
 })
 }
    .remedy = xem các mẫu lân cận: nhãn của vài mẫu có thể sai, hoặc mẫu này không giống dữ liệu huấn luyện
copies-among-neighbours = { $count } mẫu có bản sao trong các mẫu huấn luyện: câu trả lời cho chúng đã được học, và không nói lên điều gì về mẫu mới
    .remedy = bản sao được đánh dấu và không được bỏ phiếu

# ghep similar: what is printed.

similar-title = Các mẫu huấn luyện gần nhất của { $model }
similar-unusable = không dùng được: { $cause }
similar-figure-title = { $label }: { $votes } trong { $count } mẫu lân cận
similar-votes = { $label } ({ $probability }): { $votes } trong { $count } mẫu huấn luyện gần nhất mang nhãn này{ $usual ->
    [unknown] {""}
   *[other] , thường thấy với nhãn này: { $usual }
 }
similar-number = { $value }: { $count } mẫu huấn luyện gần nhất có từ { $low } đến { $high }, trung bình { $mean }
similar-no-class = không có lớp
similar-same = (chính mẫu này)
similar-copy = (bản sao)
similar-this = mẫu này
similar-no-image = không có ảnh
similar-column-distance = Khoảng cách
similar-column-label = Nhãn
similar-column-example = Mẫu huấn luyện
similar-lead = { $count } mẫu và các mẫu huấn luyện gần chúng nhất.
similar-where = Đã tìm trong { $count } mẫu huấn luyện, từ { $data }.
similar-figure = Mẫu và các mẫu lân cận
similar-figure-caption = Từ trái sang phải và từ trên xuống dưới: mẫu kèm dự đoán, rồi các mẫu huấn luyện gần nhất kèm khoảng cách và nhãn. Xanh dương: nhãn được dự đoán; cam: nhãn khác; xám: bản sao.
similar-axis = khoảng cách
similar-caveat = Gần nghĩa là: giống nhau đối với mạng này. Mẫu lân cận cho thấy mô hình so mẫu này với gì; chúng không chứng minh câu trả lời được tính từ đâu. Khoảng cách là một trừ cosine: 0 là giống hệt, 1 là không liên quan.
