# Examples that cannot be used.

examples-unusable = { $count } trong { $total } { $files ->
    [files] tệp
   *[texts] văn bản
 } không dùng được: { $reasons }; ví dụ { $examples }
    .remedy = { $cure ->
        [missing-path] không có { $path }: đường dẫn trong bảng tính từ thư mục của bảng; sửa lại đường dẫn, hoặc thêm --image-dir DIR
        [missing] đường dẫn trong bảng tính từ thư mục của bảng; sửa lại đường dẫn, hoặc thêm --image-dir DIR
        [plugin-missing] cài thư viện đọc được chúng, hoặc lưu thành JPEG
        [not-utf-8] nêu bảng mã bằng --encoding (encoding=...), hoặc lưu thành UTF-8
        [wrong-encoding] bỏ --encoding; nếu chỉ một số là UTF-8, lưu tất cả thành UTF-8
        [strict] thay hoặc xóa chúng, hoặc chạy không có --strict để bỏ qua chúng
       *[replace] thay hoặc xóa chúng; nếu không quá { NUMBER($allowed, style: "percent") } dữ liệu không dùng được, ghep bỏ qua phần đó và chạy tiếp
    }
quarantined = { $count } { $files ->
    [files] tệp
   *[texts] văn bản
 } không dùng được và bị bỏ qua: { $reasons }
    .remedy = thay hoặc xóa chúng{ $encodings ->
        [0] { "" }
       *[other] ; nếu ở bảng mã khác thì lưu thành UTF-8, hoặc lưu tất cả ở cùng một bảng mã và nêu tên nó: --encoding
    }

# Labels of splits.

train-lacks-classes = tập train { $count ->
    [0] không có lớp nào của '{ $task }': không có nhãn
    [1] chỉ có một lớp của '{ $task }': { $classes }
   *[other] có { $count } lớp của '{ $task }': { $classes }
 }
    .remedy = đưa mẫu của mọi lớp vào train: phân loại cần ít nhất hai lớp
split-lost = không mẫu nào trong { $count } mẫu có nhãn của { $split } dùng được: { $replaced ->
    [true] thay vào đó, { $split } được lấy từ train
   *[false] không có điểm trên { $split }
 }
    .remedy = thay hoặc sửa các mẫu đó, hoặc xóa { $split }
label-not-in-train = nhãn trong { $split } mà { $of_bundle ->
    [true] dữ liệu huấn luyện của bundle không có
   *[false] train không có
 }: { $labels }
labels-not-in-train = { $count } mẫu trong { $of_bundle ->
    [true] dữ liệu
   *[false] valid hoặc test
 } có nhãn mà { $of_bundle ->
    [true] dữ liệu huấn luyện của bundle không có
   *[false] train không có
 }: mô hình không thể dự đoán nhãn đó, nên không chấm được các mẫu này{ $likely ->
    [0] { "" }
   *[other] ; { $meant }
 }
    .remedy = { $likely ->
        [0] thêm
       *[other] nếu hai cách viết là một lớp, viết lại theo một cách; nếu không, thêm
    } mẫu huấn luyện của các lớp này, hoặc xóa các mẫu mang nhãn này; điểm không tính các mẫu này, nên cao hơn thực tế nếu dữ liệu mới có chúng
label-meant = '{ $name }' có thể là '{ $usual }'
unlabelled = { $count } mẫu không có nhãn và bị bỏ qua
    .remedy = gán nhãn cho chúng
split-names-differ = { $count } trong { $total } nhãn{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 } trong { $split } không có trong train: { $names }{ $more ->
    [0] { "" }
   *[other] { " và" } { $more } nhãn khác
 }
    .remedy = { $likely ->
        [0] đặt tên lớp trong { $split } giống trong train ({ $known }{ $known_more ->
            [0] { "" }
           *[other] { " và" } { $known_more } lớp khác
        }), hoặc xóa { $split }
       *[other] viết mỗi lớp theo một cách: { $pairs }
    }
name-as = viết '{ $name }' thành '{ $usual }'
one-class-split = { $split } chỉ có một lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 }, '{ $label }' ({ $count } mẫu): không chấm được
    .remedy = đưa mẫu của các lớp khác vào { $split }, hoặc để ghep chia dữ liệu
class-absent = { $count } lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 } không có mẫu nào trong { $split }: không đo được mô hình dự đoán { $count ->
    [1] lớp này
   *[other] các lớp này
 } tốt đến đâu
    .remedy = thêm mẫu của { $count ->
        [1] lớp này
       *[other] các lớp này
    } vào { $split }
missing-labels = { $count } mẫu không có nhãn của '{ $task }'
    .remedy = không cần làm gì: các mẫu này chỉ được dùng cho những tác vụ khác

# Labels that cannot be learned.

labels-all-missing = mọi nhãn của '{ $task }' đều thiếu ({ $count } mẫu)
    .remedy = nêu tên cột chứa nhãn: label_columns (--label-column)
one-class = '{ $task }' chỉ có một lớp, '{ $label }' ({ $count } mẫu){ $blank ->
    [0] { "" }
   *[other] , và { $blank } ô trống được coi là thiếu nhãn
 }
    .remedy = phân loại cần ít nhất hai lớp{ $blank ->
        [0] { "" }
       *[other] ; nếu ô trống nghĩa là "không", ghi rõ vào ô, chẳng hạn 0 hoặc no
    }
labels-all-equal = cả { $count } mẫu đều có mọi lớp của '{ $task }': { $names }{ $more ->
    [0] { "" }
   *[other] { " và" } { $more } lớp khác
 }
    .remedy = nhãn như vậy không có gì để học; kiểm tra xem cột nhãn chứa gì
one-example-each = '{ $task }' có { $count } lớp, mỗi lớp một mẫu: không còn mẫu nào cho tập valid
    .remedy = mỗi lớp cần ít nhất ba mẫu, tốt hơn là mười mẫu trở lên
labels-are-numbers = '{ $task }' có vẻ là bài toán hồi quy: { $total } nhãn gồm { $distinct } số khác nhau từ { NUMBER($low, maximumFractionDigits: 6, useGrouping: 0) } đến { NUMBER($high, maximumFractionDigits: 6, useGrouping: 0) } ({ $examples }, ...)
    .remedy = để dự đoán số: --regression { $task }; --rating { $task } dành cho ít lớp có thứ tự, chẳng hạn 1 đến 5 sao; nếu các số là tên lớp, thêm một chữ cái vào trước
labels-not-numbers = { $count } trong { $total } nhãn của '{ $task }' không phải là số, trong khi hồi quy cần số: { LIST($labels) }
    .remedy = để trống nhãn chưa biết; nếu không có --regression (regression), nhãn được hiểu là lớp
numbers-all-equal = toàn bộ { $count } số của '{ $task }'{ $split ->
    [none] { "" }
   *[other] { " trong" } { $split }
 } bằng nhau: không có gì để dự đoán
    .remedy = kiểm tra xem cột nào chứa số cần dự đoán
labels-all-different = '{ $task }' có { $distinct } nhãn khác nhau cho { $total } mẫu, gần như mỗi mẫu một nhãn ({ $labels })
    .remedy = nêu tên cột chứa lớp: label_columns (--label)
labels-look-continuous = '{ $task }' có thể là bài toán hồi quy: { $total } nhãn gồm { $distinct } số khác nhau từ { NUMBER($low, maximumFractionDigits: 6, useGrouping: 0) } đến { NUMBER($high, maximumFractionDigits: 6, useGrouping: 0) } ({ $examples }, ...); mỗi số đang được coi là một lớp
    .remedy = nếu đúng, dự đoán số: --regression { $task }; nếu các số là một ít lớp có thứ tự: --rating { $task }

# Findings on labels.

regression = '{ $task }' là số cần dự đoán (hồi quy): { $total } nhãn từ { $low } đến { $high }, trung vị { $middle }{ $few ->
    [true] ; chỉ có { $distinct } số khác nhau
   *[false] { "" }
 }
    .remedy = { $few ->
        [true] nếu đây là các lớp có thứ tự, chẳng hạn 1 đến 5 sao, dùng --rating { $task } thay cho --regression
       *[false] không cần làm gì
    }
numbers-beyond-train = { $count } trong { $total } số của '{ $task }' trong { $split } nhỏ hơn { $low } hoặc lớn hơn { $high }, tức là ngoài khoảng của train
    .remedy = mô hình khó dự đoán ra ngoài khoảng đã thấy: chia dữ liệu ngẫu nhiên, hoặc thêm mẫu như vậy vào train
outlying-numbers = { $count } số của '{ $task }' cách xa mọi số còn lại: { LIST($numbers) }
    .remedy = sửa số sai, hoặc để trống: chúng lấn át sai số bình phương; nếu số đúng nhưng phân bố lệch, chẳng hạn giá tiền, dự đoán logarit của chúng
commas-in-numbers = nhãn của '{ $task }' có dấu phẩy: "{ $label }" được đọc là { $number }
    .remedy = nếu đọc sai, viết số không có dấu phân cách hàng nghìn và dùng dấu chấm thập phân
number-figure = { $figure ->
    [count] số mẫu
    [minimum] nhỏ nhất
    [median] trung vị
    [maximum] lớn nhất
   *[spread] độ lệch chuẩn
 }

label-spaces = { $count } nhãn có khoảng trắng hoặc ký tự ẩn ở hai đầu; các ký tự này đã được xóa
    .remedy = không cần làm gì
label-invisible = { $count } nhãn chỉ khác nhãn khác ở ký tự ẩn: được đọc là cùng một lớp
    .remedy = không cần làm gì
label-forms = { $count } nhãn trông giống nhãn khác nhưng dấu được mã hóa thành ký tự riêng (tổ hợp): được đọc là cùng một lớp
    .remedy = không cần làm gì
multi-label = '{ $task }' là đa nhãn: { $several } trong { $total } nhãn nêu nhiều lớp trong { $classes } lớp{ $none ->
    [0] { "" }
   *[other] , { $none } nhãn không nêu lớp nào
 }
    .remedy = nếu tên lớp có dấu gạch đứng (|), thay bằng dấu khác: khi đó mỗi mẫu có một lớp
few-examples = { $count } lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 } có ít hơn { $limit } mẫu huấn luyện
    .remedy = thu thập thêm mẫu của các lớp này; khi chưa có, khoảng tin cậy còn rộng
imbalance = các lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 } mất cân bằng: { $largest_count } mẫu '{ $largest }', { $smallest_count } mẫu '{ $smallest }'
    .remedy = { $multi ->
        [true] xem F1 macro, không xem độ chính xác
       *[false] xem độ chính xác cân bằng (balanced accuracy), không xem độ chính xác
    }; thu thập thêm mẫu của các lớp nhỏ
class-names-alike = tên lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 } chỉ khác nhau ở chữ hoa, khoảng trắng, cách mã hóa dấu hoặc cách viết số ({ $count } nhóm tên như vậy)
    .remedy = nếu chúng là một lớp, đặt cùng một tên
class-names-yes-and-no = các lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 } trộn nhiều cách ghi có và không: { $names }
    .remedy = nếu cùng một nghĩa, dùng một cách ghi ở mọi dòng, chẳng hạn yes và no
class-name-typo = { $count } tên lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 } có vẻ viết sai chính tả
    .remedy = nếu chúng là một lớp, đặt cùng một tên

# Shortcuts.

shortcut = chỉ riêng { $trait } đã đoán được lớp{ $tasks ->
    [1] { "" }
   *[other] { " của" } '{ $task }'
 }: { $labels }{ $more ->
    [0] { "" }
   *[other] { " và" } { $more } lớp khác
 }; mô hình có thể dựa vào đó mà bỏ qua nội dung
    .remedy = làm cho các lớp giống nhau về { $trait }: thu thập chúng từ cùng nguồn và lưu theo cùng cách; nếu không thể, kiểm tra mô hình trên dữ liệu lấy từ nơi khác
shortcut-values = { $label }: { $mine }; các lớp khác: { $others }
most-frequent-value = { $value } ở { NUMBER($share, style: "percent") }
middle-half = { $equal ->
    [true] { $low }
   *[false] { $low } đến { $high } (tứ phân vị thứ nhất đến thứ ba)
 }

# Modalities.

other-modality = { $name } chứa { $holds ->
    [images] ảnh
    [texts] văn bản
   *[other] { $holds }
 }, nhưng { $who ->
    [backbone] backbone
    [bundle] bundle
   *[other] { $who }
 } nhận { $takes ->
    [images] ảnh
    [texts] văn bản
   *[other] { $takes }
 }
    .remedy = { $who ->
        [bundle] dùng bundle được huấn luyện trên loại dữ liệu này
       *[other] chọn backbone cho loại dữ liệu này ({ $one ->
            [any] xem ghep backbones
           *[other] { $one }
        })
    }, hoặc nêu tên cột: --text, --path-column
other-text-form = { $name } chứa { $pairs ->
    [true] văn bản đơn, còn bundle được huấn luyện với cặp văn bản
   *[false] cặp văn bản, còn bundle được huấn luyện với văn bản đơn
 }
    .remedy = nêu tên { $pairs ->
        [true] cột của cả hai văn bản: --text A --text B
       *[false] cột của văn bản: --text A
    }
preprocessor-config-not-object = preprocessor_config.json của bundle không phải là đối tượng JSON: { $value }
    .remedy = sao chép lại bundle

# The report.

check-finding-count = { $count } { $kind ->
    [error] lỗi
    [warning] cảnh báo
   *[info] thông tin
 }
check-sizes = { $count } { $things ->
    [images] ảnh, { $smallest } đến { $largest } pixel
    [texts] văn bản, { $smallest } đến { $largest } ký tự
   *[other] { $things }, { $smallest } đến { $largest }
 }
check-task = tác vụ
check-class = lớp
check-in-total = tổng cộng
check-more-classes = và { $count } lớp khác
check-more-findings = và { $count } phát hiện khác
check-findings = phát hiện
check-no-findings = không có gì đáng ngờ
