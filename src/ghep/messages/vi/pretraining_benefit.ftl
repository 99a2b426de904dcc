## Tiền huấn luyện có giúp ích không? Kết luận, terminal và trang.
## Thông báo của trang có thể chứa <em>; mọi thứ khác được thoát ký tự.

benefit-kind = { $kind ->
    [helped] Tiền huấn luyện giúp ích
    [no-difference] Không khác biệt
    [hurt] Tiền huấn luyện gây hại
   *[cannot-tell] Chưa kết luận được
}
benefit-mark = { $kind ->
    [helped] giúp ích
    [no-difference] không khác biệt
    [hurt] gây hại
   *[cannot-tell] chưa kết luận được
}
benefit-side = { $side ->
    [before] trước
    [after] sau
    [vectors] vector từ
   *[random] trước (trọng số ngẫu nhiên)
}
benefit-verdict = Hiệu giữa sau và trước khi tiền huấn luyện: { POINTS($difference) } điểm phần trăm (khoảng tin cậy 95% từ { POINTS($low) } đến { POINTS($high) }, p { P($p, sign: "always") }), { $numbers ->
    [1] với { $numbers } mức số nhãn
   *[other] trung bình trên { $numbers } mức số nhãn
}, trên { $draws } lần lấy mẫu.{ $kind ->
    [no-difference] { " " }Toàn bộ khoảng này nằm trong { POINTS($margin, sign: "auto") } điểm phần trăm, mức chênh lệch đã định trước là không đáng kể.
   *[other] { "" }
}
benefit-advice = { $kind ->
    [helped] { $small ->
        [true] Dùng backbone đã tiền huấn luyện nếu đã có sẵn; cải thiện chưa đến { POINTS($margin, sign: "auto") } điểm phần trăm không phải lý do để tiền huấn luyện lại.{ $worth }
       *[false] Dùng backbone đã tiền huấn luyện{ $random ->
            [true] {" "}thay vì trọng số ngẫu nhiên, và so nó với một backbone được tiền huấn luyện trên nhiều văn bản hơn
           *[false] { "" }
        }.{ $worth }
    }
    [hurt] { $random ->
        [true] Không dùng backbone đã tiền huấn luyện: trọng số ngẫu nhiên tốt hơn.
       *[false] Giữ backbone cũ.{ $trained ->
            [true] {" "}Nếu ngữ liệu giống văn bản của tác vụ, thử ít bước hơn hoặc tốc độ học thấp hơn.
           *[false] {" "}Độ lệch thống kê BatchNorm thấp hơn hiếm khi cho đặc trưng tốt hơn.
        }
    }
   *[no-difference] { $random ->
        [true] Backbone đã tiền huấn luyện không hơn gì trọng số ngẫu nhiên: dùng backbone khác, hoặc tiền huấn luyện trên nhiều văn bản hơn.
       *[false] Giữ backbone cũ: tiền huấn luyện thêm kiểu này không đáng thời gian ở đây.
    }
}
benefit-advice-open = { $ahead ->
    [after] { $random ->
        [true] Backbone đã tiền huấn luyện hơn trọng số ngẫu nhiên, nhưng ngẫu nhiên cũng giải thích được điều đó: dùng backbone khác, hoặc tiền huấn luyện trên nhiều văn bản hơn.
       *[false] Giữ backbone cũ, trừ khi backbone đã tiền huấn luyện không tốn gì thêm: nó hơn, nhưng ngẫu nhiên cũng giải thích được điều đó.
    }
   *[before] { $random ->
        [true] Backbone đã tiền huấn luyện không hơn trọng số ngẫu nhiên: dùng backbone khác, hoặc tiền huấn luyện trên nhiều văn bản hơn.
       *[false] Giữ backbone cũ.
    }
} { $by ->
    [examples] Khoảng { $examples } mẫu test sẽ đủ để kết luận (hiện có { $n }).
    [draws] Khoảng { $draws } lần lấy mẫu (--seeds) sẽ đủ để kết luận; chỉ thêm mẫu test thì không.
    [both] Khoảng { $examples } mẫu test và { $draws } lần lấy mẫu (--seeds) sẽ đủ để kết luận (hiện có { $n } mẫu).
   *[nothing] Chênh lệch nhỏ như vậy thì không số mẫu test hay số lần lấy mẫu khả thi nào đủ để kết luận.
}
benefit-labels-saved = { " " }{ $reach ->
    [beyond] Với { $labels } nhãn, nó đạt điểm cao hơn backbone cũ với toàn bộ { $most } nhãn
    [fewer] Với { $labels } nhãn, nó đạt điểm không cao hơn backbone cũ với { $needed } nhãn trở xuống
   *[found] Với { $labels } nhãn, nó đạt điểm ngang backbone cũ với { $needed } nhãn
}{ $bounds ->
    [none] { "" }
    [open] { " " }(khoảng tin cậy 95% từ { $low } đến hơn { $most })
   *[both] { " " }(khoảng tin cậy 95% từ { $low } đến { $high })
}.
benefit-labels = { $labels ->
    [0] tất cả
   *[other] { $labels }
}
benefit-at = { $labels ->
    [0] { $kind } với toàn bộ nhãn
   *[other] { $kind } với { $labels } nhãn mỗi lớp
}
benefit-bill = Tiền huấn luyện mất { DURATION($seconds) }{ $priced ->
    [true] , tức { DURATION($per_point) } cho mỗi điểm phần trăm tăng thêm (khoảng tin cậy 95% từ { DURATION($low) } đến { DURATION($high) })
   *[false] { "" }
}; phép so sánh mất { DURATION($comparison) }

benefit-one-draw = tiền huấn luyện được đánh giá trên một lần lấy mẫu duy nhất, nên khoảng tin cậy bao gồm mẫu test khác, nhưng không bao gồm nhãn hay seed khác
    .remedy = dùng --seeds 5
benefit-labels-left-out = kết luận không tính các lượt chạy với { LIST($numbers) } nhãn mỗi lớp, vì chúng không có trong mọi lần lấy mẫu; chúng ở trong bảng
    .remedy = chạy lại lệnh với nhiều thời gian hơn
benefit-linear-better = một mô hình tuyến tính không dùng mạng, { $control }, hơn backbone đã tiền huấn luyện { POINTS($difference, sign: "auto") } điểm phần trăm (khoảng tin cậy 95% từ { POINTS($low) } đến { POINTS($high) })
    .remedy = dùng nó, hoặc một backbone mạnh hơn: với backbone này, vấn đề không nằm ở tiền huấn luyện
benefit-depends-on-labels = tác dụng phụ thuộc vào số nhãn: { LIST($each) }
    .remedy = quyết định theo dòng trong bảng gần với số nhãn đang có nhất
benefit-nothing-to-compare = không chiến lược nào được chạy trên cả { $before } lẫn { $after }
    .remedy = đọc trong báo cáo so sánh vì sao các lượt chạy thất bại, hoặc tăng thời gian
benefit-no-record = { $folder } không có pretraining.json
    .remedy = truyền thư mục mà ghep pretrain đã ghi
benefit-before-missing = không còn thấy { $backbone }, backbone gốc của { $folder } ({ $cause })
    .remedy = đặt nó lại chỗ cũ, hoặc nêu nó: before="PATH"
benefit-of-several-tasks = tiền huấn luyện được đánh giá trên một tác vụ; dữ liệu có { LIST($tasks) }
    .remedy = nêu một tác vụ: label="NAME" (--label NAME)
benefit-vectors-missing = không có tệp vector từ ở { $path }
    .remedy = sửa đường dẫn: --vectors FILE (vectors=...)
benefit-labels-of-sets = { $task } là đa nhãn, mỗi mẫu có nhiều lớp nên không lấy mẫu được theo số nhãn mỗi lớp; --labels là { $labels }
    .remedy = bỏ --labels, hoặc dùng --labels all
benefit-all-labels = { $task } là đa nhãn, mỗi mẫu có nhiều lớp nên không lấy mẫu được theo số nhãn mỗi lớp: dùng toàn bộ nhãn
benefit-of-other-kind = { $photos ->
    [true] bn ước lượng lại thống kê của ảnh, còn --then { $data } là tác vụ văn bản
   *[false] backbone văn bản được tiền huấn luyện, còn --then { $data } là tác vụ ảnh
 }
    .remedy = dùng một tác vụ { $photos ->
    [true] ảnh
   *[false] văn bản: một bảng có cột văn bản, hoặc một thư mục tệp .txt cho mỗi lớp
 }
benefit-interrupted = { $cause }
    .remedy = tiền huấn luyện đã hoàn tất, ở { $folder }; để tiếp tục so sánh, chạy lại lệnh với --resume --out { $folder }
benefit-record = bản ghi của lần tiền huấn luyện
benefit-begins = Tiền huấn luyện có giúp ích không? trước: { $before }{ $random ->
    [true] { " " }(cùng kiến trúc với trọng số ngẫu nhiên)
   *[false] { "" }
}; sau: { $after }

# Terminal và trang

benefit-row = { $labels ->
    [0] toàn bộ { $count }
   *[other] { $numeric ->
        [true] { $labels } nhãn
       *[false] { $labels } mỗi lớp
    }
}
benefit-mean = { $numbers ->
    [1] mức này
   *[other] trung bình của { $numbers } mức
}
benefit-sides = Trước là { $before }{ $random ->
    [true] , cùng kiến trúc với trọng số ngẫu nhiên
   *[false] { "" }
}; sau là { $after }. Mỗi bên được đại diện bằng chiến lược tốt nhất trên valid.
benefit-column = { $column ->
    [labels] nhãn
    [before] trước
    [after] sau
    [points] điểm phần trăm
    [interval] khoảng tin cậy 95%
    [p] p
    [draws] lần lấy mẫu
    [strategy] chiến lược
    [word] từ
    [neighbours] các từ gần nhất
   *[verdict] kết luận
}
benefit-section = { $section ->
    [labels] Trước và sau
    [strategies] Từng chiến lược
    [saved] Số nhãn tiết kiệm được
    [pretraining] Quá trình tiền huấn luyện
    [samples] Mẫu văn bản
   *[neighbours] Các từ gần nhất
}
benefit-heading = Tiền huấn luyện có giúp ích không? { $name } trên { $data }
benefit-labels-about = Cả hai backbone được huấn luyện trên cùng các lần lấy mẫu với cùng seed, và trả lời cùng các mẫu test. Dòng cuối cùng quyết định; giá trị p của các dòng khác đã hiệu chỉnh Holm. Chênh lệch trong { POINTS($margin, sign: "auto") } điểm phần trăm được định trước là không đáng kể. Tất cả chỉ nói về chính backbone đã tiền huấn luyện này, không phải về việc tiền huấn luyện lại.
benefit-linear = So với một mô hình tuyến tính không dùng mạng, { $control }, backbone đã tiền huấn luyện chênh { POINTS($difference) } điểm phần trăm (khoảng tin cậy 95% từ { POINTS($low) } đến { POINTS($high) }, p { P($p, sign: "always") }).
benefit-strategies-about = Cùng một chiến lược trên cả hai backbone. Các chênh lệch này chỉ để mô tả, không kiểm định: chỉ chiến lược tốt nhất trên valid được tính cho kết luận.
benefit-comparison = Mọi lượt chạy, kèm các đối chứng và các lỗi dự đoán:
benefit-saved-about = Đường học theo số nhãn của backbone cũ, đọc ngược lại: với bao nhiêu nhãn thì nó đạt điểm ngang backbone đã tiền huấn luyện. Không ngoại suy gì cả.
benefit-line = { $line ->
    [unigram] tần suất unigram
    [bigram] tần suất bigram
   *[model] mô hình
}
figure-pretraining = Diễn biến của quá trình tiền huấn luyện
caption-pretraining = { $unit ->
    [bits-per-byte] Số bit mỗi byte
   *[loss] Loss tính bằng nat
} trên tài liệu để riêng theo thời gian, càng thấp càng tốt; các đường kẻ là tần suất từng token (nét chấm) và tần suất cặp token (nét gạch). Mô hình nằm trên các đường này học được ít hơn cả việc đếm.
caption-before-and-after = Các thanh là khoảng tin cậy 95% trên các lần lấy mẫu và các mẫu test. Trước và sau được đại diện bằng chiến lược tốt nhất trên valid; các đối chứng vẽ nét gạch.

# Thiết lập của --then

benefit-without-then = { LIST($flags) } quy định cách một tác vụ đánh giá việc tiền huấn luyện, nhưng không có --then
    .remedy = thêm --then DATA, hoặc bỏ { LIST($flags) }
setting-then = Sau khi tiền huấn luyện, so sánh backbone trước và sau trên dữ liệu có nhãn này: có giúp ích không?
    .allowed = một đường dẫn
setting-pretrain-labels = Với --then: số nhãn mỗi lớp, ví dụ 16,64,all; mỗi seed lấy các mẫu khác nhau.
setting-pretrain-seeds = Với --then: số lần lấy mẫu, mỗi lần có seed riêng.
setting-pretrain-strategies = Với --then: các chiến lược, cách nhau bằng dấu phẩy; mỗi lần lấy mẫu chọn chiến lược tốt nhất trên tập valid của nó.
setting-vectors = Với --then: một tệp vector từ để so sánh.
    .allowed = một đường dẫn
setting-scratch = Với --then: huấn luyện thêm kiến trúc này từ trọng số ngẫu nhiên, và một probe trên đặc trưng ngẫu nhiên của nó.
    .allowed = true hoặc false
setting-margin = Với --then: chênh lệch điểm lớn nhất mà vẫn không đáng kể; 0.01 là một điểm phần trăm.
    .allowed = từ 0 đến 0.5
setting-then_time_limit = Với --then: thời gian tối đa gần đúng của phép so sánh: 90s, 30m, 1.5h.
    .allowed = lớn hơn 0
