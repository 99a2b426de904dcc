# ghep ideal: images that a model assigns to a class.

command-ideal =
    Tạo ra ảnh mà mô hình xếp vào một lớp (ảnh lý tưởng), bằng cách leo theo gradient từ nhiễu, rồi để mạng khác đánh giá.

    Bản thân mô hình chắc chắn với gần như mọi ảnh như vậy, nên ảnh còn được đưa cho một mạng không dùng để tối ưu, và
    biến phân toàn phần (total variation) của ảnh được so với ảnh thật. Có ba cách được so sánh: trên pixel, trên pixel
    kèm phạt biến phân, và trên phổ Fourier kèm xê dịch ngẫu nhiên. Lệnh ghi một trang, các ảnh và mảng của chúng. Nếu
    mô hình dự đoán một số, các ảnh là ảnh có số lớn nhất và nhỏ nhất.

    Ví dụ: ghep ideal efficientnet-lite0 --label zebra --label tabby

    Ví dụ: ghep ideal runs/pets/bundle --label beagle --photos pets/ --magnitude data

    Ví dụ: ghep ideal runs/ages/bundle --judge runs/ages-2/bundle

help-ideal-subject = Bundle, hoặc backbone cho ảnh kèm bộ phân loại của lần tiền huấn luyện.
help-ideal-label = Lớp cần tạo ảnh; có thể lặp lại. Mặc định: mọi lớp của bundle có tối đa 20 lớp. Với một số: highest, lowest.
help-ideal-photos = Thư mục ảnh thật: biến phân toàn phần của chúng được đem so, và --magnitude data dùng phổ của chúng.
help-ideal-judge = Bundle hoặc backbone đánh giá các ảnh (mạng giám khảo). Mặc định: một mạng ImageNet có sẵn, biết nhãn đó và không chung trọng số với mô hình.
help-ideal-task = Tác vụ của bundle; mặc định: tác vụ đầu tiên.
help-ideal-out = Thư mục chứa trang, hình, ảnh và mảng. Mặc định: runs/ideal-NAME-TIME.
help-ideal-overwrite = Ghi vào thư mục dù nó không rỗng.
setting-ways = pixels, pixels_tv, fourier; có thể lặp lại. Mặc định: cả ba.
    .allowed = pixels, pixels_tv và fourier
setting-magnitude = Biên độ của phổ trong fourier: learnt (được học), hoặc data: lấy từ --photos, và chỉ pha được học.
setting-ideal-steps = Số bước leo theo gradient.
setting-steps = Số bước.
    .allowed = một số nguyên từ 1 trở lên
setting-variation = Trọng số của biến phân toàn phần trong fourier.
    .allowed = một số từ 0 trở lên
setting-ideal-seed = Seed của nhiễu ban đầu và của các xê dịch ngẫu nhiên.

ideal-settings-refused = ideal không dùng được { EACH($wrong) }
    .remedy = sửa các thiết lập này, hoặc bỏ chúng
ideal-unknown-settings = ideal không có thiết lập { LIST($names) }
    .remedy = các thiết lập là { LIST($known) }
ideal-magnitude-without-photos = magnitude=data lấy biên độ từ ảnh thật, nhưng chưa có ảnh nào
    .remedy = thêm --photos FOLDER (photos=...), hoặc bỏ magnitude
ideal-no-label = { $name } có { VALUE($count) } lớp, nhưng chưa nêu nhãn nào
    .remedy = nêu các lớp cần tạo ảnh, ví dụ --label "{ $example }"
ideal-number-has-no-classes = { $name } dự đoán một số và không có lớp { OR($labels) }
    .remedy = truyền highest hoặc lowest, hoặc bỏ nhãn để có cả hai
ideal-no-such-image = không có ảnh nào của "{ $label }" được tạo bằng { $way }
    .remedy = các nhãn: { LIST($labels) }; các cách: { LIST($ways) }
ideal-photos-no-folder = không có thư mục ảnh { $folder }
    .remedy = truyền thư mục có ảnh, nằm trực tiếp hoặc trong thư mục con
ideal-no-photos = { $folder } không có ảnh nào đọc được; đã thử { VALUE($count) } tệp
    .remedy = truyền thư mục có ảnh, nằm trực tiếp hoặc trong thư mục con
ideal-photos-unreadable = { VALUE($count) } ảnh không đọc được; các ảnh còn lại được dùng
    .remedy = thay các tệp này, hoặc xóa chúng
ideal-judge-unknown-labels = mạng giám khảo { $name } không có lớp nào tên { OR($labels) }
    .remedy = truyền mạng giám khảo biết các lớp này, hoặc bỏ --judge
ideal-judge-is-subject = mạng giám khảo { $name } có cùng trọng số backbone với mô hình dùng để tạo ảnh
    .remedy = truyền một mạng được huấn luyện độc lập, hoặc bỏ --judge
ideal-judge-shares-weights = mạng giám khảo { $name } có { $share } số tensor trọng số giống mô hình dùng để tạo ảnh; nó dễ đồng ý hơn một mạng độc lập
    .remedy = truyền một mạng được huấn luyện độc lập
ideal-judge-lacks-labels = mạng giám khảo { $name } không có lớp nào tên { OR($labels) }, nên các ảnh này không được đánh giá
    .remedy = truyền mạng giám khảo biết các lớp này
ideal-no-judge-of-numbers = { $task } là một số, nên chỉ có chính mô hình đánh giá các ảnh.
    .remedy = truyền một bundle khác dự đoán { $task } bằng --judge
ideal-no-judge = Không mạng có sẵn nào biết { OR($labels) } và độc lập với mô hình, nên chỉ có chính mô hình đánh giá các ảnh.
    .remedy = truyền một mạng bằng --judge: bundle hoặc backbone có lớp cùng tên
ideal-no-gradient = gradient bằng 0 tại nhiễu ban đầu của { $label } ({ $way }), nên ảnh chỉ là nhiễu
    .remedy = thử seed khác; nếu vẫn bằng 0, đầu ra không phụ thuộc đầu vào: kiểm tra trọng số

ideal-phase = { $label }, { $way }
ideal-written = đã ghi vào { $page }
ideal-way-pixels = pixel
ideal-way-pixels_tv = pixel kèm phạt biến phân
ideal-way-fourier = Fourier
ideal-way-photos = Fourier, phổ của ảnh thật
ideal-pixels-explained = Pixel: leo theo gradient trên pixel, từ nhiễu. Xác suất của lớp được đẩy lên; không có gì giữ cho ảnh mượt.
ideal-pixels_tv-explained = Pixel kèm phạt biến phân: như trên, với 10 x cross-entropy + 0,005 x biến phân toàn phần. Số hạng thứ hai làm ảnh mượt.
ideal-fourier-explained = Fourier: thay đổi phổ của ảnh trong hệ màu đã khử tương quan. Mỗi bước nhìn ảnh được xê dịch, xoay và đổi cỡ ngẫu nhiên. Logit của lớp được đẩy lên, trừ { DIGITS($variation) } x biến phân toàn phần.
ideal-photos-explained = Fourier, phổ của ảnh thật: biên độ lấy từ ảnh đã truyền, và chỉ pha thay đổi. Mỗi bước nhìn ảnh được xê dịch, xoay và đổi cỡ ngẫu nhiên. Logit của lớp được đẩy lên, trừ { DIGITS($variation) } x biến phân toàn phần.
ideal-figure-title = Ảnh lý tưởng của { $name }
ideal-strip-title = { $label }: từ nhiễu đến ảnh
ideal-step = bước { VALUE($step) }
ideal-own = mô hình { $value }
ideal-judged = giám khảo { $value }{ $answer }
ideal-subtitle = { VALUE($steps) } bước leo theo gradient, seed { $seed }, thiết bị { $device }
ideal-page-images = Các ảnh, và mạng nào nhận ra chúng
ideal-page-strips = Từ nhiễu đến ảnh
ideal-caption-images = Ảnh lý tưởng. Dưới mỗi ảnh: xác suất của lớp theo chính mô hình, và theo mạng giám khảo, kèm câu trả lời của giám khảo nếu khác.
ideal-caption-strip = { $label }. Dưới mỗi khung: chính mô hình nói gì về nó.
ideal-strip-text = { $number ->
        [true] Khung đầu tiên là nhiễu. Dưới mỗi khung là số mà mô hình dự đoán cho nó.
       *[other] Khung đầu tiên là nhiễu. Dưới mỗi khung là xác suất mà chính mô hình gán cho lớp.
    }
ideal-caveat-own = Việc chính mô hình chắc chắn không chứng minh điều gì: nó cũng chắc chắn với nhiễu một khi nhiễu đã được tối ưu cho nó. Một mạng không dùng để tối ưu phải nhận ra lớp đó.
ideal-caveat-image = Ảnh lý tưởng cho thấy điều gì đẩy một đầu ra của mô hình này lên. Nó không phải ảnh chụp của lớp, ảnh khác cũng đẩy đầu ra lên nhiều như vậy, và ảnh loại này có thể gây hiểu lầm về cách mạng hoạt động (Geirhos và cộng sự, arXiv 2306.04719).
ideal-lead-own = Chính mô hình gán ít nhất { $limit } cho { VALUE($sure) } trong { VALUE($count) } ảnh.
ideal-lead-judge = Lớp có xác suất cao nhất theo { $judge }, mạng không dùng để tối ưu, là lớp đúng ở { LIST($ways) }.
ideal-lead-way = { VALUE($top) } trong { VALUE($count) } ({ $way })
ideal-lead-no-judge = Không mạng nào khác đánh giá chúng.
ideal-lead-number = Các số mà mô hình dự đoán cho các ảnh: { LIST($labels) }.
ideal-no-photos-given = Biến phân toàn phần chưa được so với ảnh thật; truyền thư mục ảnh bằng --photos.
ideal-variation = Biến phân toàn phần nằm trong khoảng của ảnh thường ({ $low } đến { $high }, 95% ở giữa của { VALUE($photos) } ảnh) ở { VALUE($inside) } trong { VALUE($count) } ảnh.
ideal-column-label = nhãn
ideal-column-way = cách
ideal-column-own = p của mô hình
ideal-column-number = số
ideal-column-answer = câu trả lời
ideal-column-judge = giám khảo
ideal-column-judge-answer = câu trả lời của giám khảo
ideal-column-variation = biến phân
ideal-column-ordinary = như ảnh thật
ideal-yes = có
ideal-no = không
