# Columns of tables.

name-list = { $names }{ $more ->
    [0] { "" }
   *[other] , ... (tổng cộng { $count })
 }
column-names = { $count ->
    [1] cột { $names }
   *[other] các cột { LIST($names) }
 }
no-such-column = { $table } không có cột '{ $column }'
images-and-texts-named = cả cột ảnh '{ $path }' lẫn cột văn bản '{ $text }' đều được nêu
    .remedy = chỉ nêu một, path_column (--path-column) hoặc text_column (--text): một mô hình chỉ nhận một loại
column-named-twice = cột '{ $column }' được nêu hai lần; mẫu, nhãn và cách chia cần các cột riêng
    .remedy = nêu cột này một lần, hoặc nêu cột khác
which-column = { $table }: cột nào chứa { $modality ->
    [text] văn bản
   *[image] ảnh
 }? ({ $candidates ->
    [0] đã tìm { $usual }, ...; chỉ thấy { $columns }
   *[other] có thể nằm ở { $columns }
 })
    .remedy = nêu tên cột: { $modality ->
        [text] text_column (--text)
       *[image] path_column (--path-column)
    }
several-content-columns = { $table }: { $images ->
    [0] văn bản có thể nằm ở { $text_columns }
   *[other] ảnh có thể nằm ở { $image_columns }{ $texts ->
        [0] { "" }
       *[other] { " và" } văn bản có thể nằm ở { $text_columns }
    }
 }
    .remedy = nêu tên một cột: { $images ->
        [0] text_column (--text)
       *[other] path_column (--path-column){ $texts ->
            [0] { "" }
           *[other] { " hoặc" } text_column (--text)
        }
    }
no-content-column = { $table } không có cột ảnh hay cột văn bản (đã tìm { $usual }, ...; chỉ thấy { $found })
    .remedy = nêu tên cột: path_column (--path-column) hoặc text_column (--text){ $likely ->
        [0] { "" }
       *[other] ; văn bản có thể nằm ở { $text_columns }
    }
columns-of-pairs = { $table } chứa các cặp văn bản, '{ $first }' và '{ $second }': mô hình cần đọc cả hai hay một?
    .remedy = nêu cả hai hoặc một, text_column: --text { $first_option } --text { $second_option }
images-as-numbers = { $table } chứa ảnh dưới dạng số, ở { $count ->
    [1] cột '{ $first }'
   *[other] các cột '{ $first }' đến '{ $last }'
 }, còn ghep đọc tệp ảnh
    .remedy = lưu mỗi dòng thành một tệp PNG, và ghi một bảng gồm đường dẫn và nhãn
no-header = { $table }: dòng đầu có vẻ là dữ liệu, không phải tên cột: { $cells }
    .remedy = thêm dòng đầu nêu tên cột, chẳng hạn { $header }; nếu dòng đó đúng là tên cột, nêu cột cần đọc: --text và --label
several-label-columns = { $table }: nhãn có thể nằm ở { $columns }
    .remedy = nêu tên một hoặc nhiều cột: label_columns (--label)
no-label-column = { $table } không có cột nhãn (đã tìm { $usual }, ...; chỉ thấy { $found })
    .remedy = nêu tên một hoặc nhiều cột: label_columns (--label){ $likely ->
        [0] { "" }
       *[other] ; nhãn có thể nằm ở { $label_columns }
    }

# Cells of labels.

place-in-table = { $table }, { $unit ->
    [line] dòng
    [item] mục
   *[row] dòng
 } { NUMBER($number, useGrouping: 0) }
lists-in-text = '{ $column }' chứa danh sách viết dưới dạng chữ: { $text } được đọc là '{ $read }'
label-delimiter-unused = không nhãn nào của '{ $column }' chứa nhiều lớp cách nhau bằng '{ $delimiter }'
    .remedy = kiểm tra --label-delimiter
label-rows = '{ $label }' ({ $count } dòng)
labels-read-as-blank = các nhãn của '{ $column }' mang nghĩa thiếu giá trị được đọc là ô trống: { $labels }
    .remedy = không cần làm gì; muốn dùng các dòng này thì điền nhãn
labels-look-missing = các nhãn của '{ $column }' trông như giá trị thiếu, nhưng mỗi nhãn được coi là một lớp: { $labels }
    .remedy = để trống ô để bỏ các dòng này; không cần làm gì nếu đó đúng là tên lớp
label-positions-unknown = { $place }: nhãn trong '{ $column }' là { $cell }; danh sách cùng độ dài gồm 0 và 1 cho biết một dòng có những lớp nào, nhưng danh sách này có { $sign } ở vài vị trí
    .remedy = viết 0 thay cho { $sign } nếu nó nghĩa là dòng không có lớp đó; nếu nó nghĩa là chưa biết, tạo một cột cho mỗi lớp với ô trống ở đó, và nêu từng cột: --label
positions-named = mỗi danh sách trong '{ $column }' gồm { $length } số 0 và 1, và số 1 ứng với một trong { $length } lớp{ $given ->
    [true] , được nêu tên trong bảng
   *[false] ; không có tên lớp, nên chúng được gọi là { $names }{ $more ->
        [0] { "" }
       *[other] , ...
    }
 }
    .remedy = { $given ->
        [true] { "" }
       *[false] để thấy tên lớp trong báo cáo, thay các danh sách này bằng danh sách tên lớp
    }
label-is-object = { $place }: nhãn trong '{ $column }' là { $cell }, một đối tượng
    .remedy = ghi tên lớp, hoặc danh sách các tên
label-is-nested-list = { $place }: nhãn trong '{ $column }' là { $cell }, một danh sách chứa danh sách hoặc đối tượng
    .remedy = ghi danh sách tên lớp
label-has-decimals = { $place }: nhãn trong '{ $column }' là { $cell }, một danh sách số thập phân
    .remedy = xác suất của lớp không dùng làm nhãn được: ghi tên các lớp đúng
label-repeats-number = { $place }: nhãn trong '{ $column }' là { $cell }: không phải số hiệu lớp, vì có số lặp lại, cũng không phải 0 hoặc 1 cho mỗi lớp, vì danh sách như vậy có cùng độ dài ở mọi dòng
    .remedy = ghi tên các lớp đúng
bar-in-class = { $place }: tên lớp '{ $label }' có dấu gạch đứng, dấu dùng để tách các lớp
    .remedy = thay bằng dấu khác
label-delimiters-differ = nhãn của '{ $column }' có vẻ nêu nhiều lớp { $first ->
    [lists] vừa bằng danh sách vừa
   *[other] cách nhau vừa bằng '{ $first }' vừa
 } { $first ->
    [lists] cách nhau bằng '{ $second }'
   *[other] bằng '{ $second }'
 }: { $label } được coi là một lớp
    .remedy = nêu nhiều lớp theo cùng một cách ở mọi dòng
label-delimiter-suspected = nhãn của '{ $column }' có vẻ là nhiều lớp cách nhau bằng '{ $delimiter }', như trong { $label }: { $labels } nhãn khác nhau được tạo từ { $parts } tên. Mỗi nhãn được coi là một lớp
    .remedy = nếu là nhiều lớp: --label-delimiter "{ $delimiter }"

# Rows of tables.

table-without-rows = { $name } không có dòng nào
    .remedy = cần dòng tên cột và mỗi ảnh hoặc văn bản một dòng
table-empty = { $table } rỗng
    .remedy = cần dòng tên cột, chẳng hạn path,label, và mỗi mẫu một dòng
column-of-other-modality = cột '{ $column }' được nêu là cột { $given ->
    [text] văn bản
   *[image] ảnh
 }, còn mô hình nhận { $takes ->
    [text] văn bản
   *[image] ảnh
 }
    .remedy = dùng tùy chọn đúng với nội dung cột: --text cho văn bản, --path-column cho ảnh
cell-not-text = { $place }: '{ $column }' chứa { $is_list ->
    [true] một danh sách
   *[false] một đối tượng
 }, không phải văn bản
    .remedy = nêu cột khác: --text
row-without-path = { $place }: không có đường dẫn
    .remedy = điền đường dẫn, hoặc xóa { $unit ->
        [line] dòng này
        [item] mục này
       *[row] dòng này
    }
path-repeated = { $path } được liệt kê { $count } lần: { $places }{ $more ->
    [0] { "" }
   *[other] {"; "}{ $more } đường dẫn khác cũng lặp lại
 }
    .remedy = liệt kê mỗi ảnh một lần
path-is-url = { $place }: { $url } là địa chỉ URL
    .remedy = tải ảnh về; ghep chỉ đọc tệp
columns-chosen = { $modality ->
    [text] văn bản
   *[image] ảnh
 } lấy từ { $content }, nhãn lấy từ { $labels }{ $divided ->
    [true] , cách chia lấy từ '{ $split }'
   *[false] { "" }
 }{ $unused ->
    [0] { "" }
   *[other] ; không dùng: { $unused_columns }
 }
    .remedy = nêu tên nếu cần cột khác: { $modality ->
        [text] --text
       *[image] --path-column
    }, --label
second-text-ignored = '{ $column }' có vẻ là văn bản thứ hai của một cặp và bị bỏ qua: mỗi mẫu chỉ gồm '{ $text }'
    .remedy = nếu chúng đi thành cặp, nêu cả hai: --text { $text_option } --text { $column_option }
cells-do-not-match-header = { $place }: { $cells } ô, nhưng dòng tên cột có { $columns }
    .remedy = thêm các ô còn thiếu, hoặc đặt chữ có chứa dấu phân cách trong dấu nháy kép
header-repeats-name = { $table }: dòng tên cột nêu { $names } hai lần
    .remedy = đổi tên một cột
cells-without-column = { $table }: { $count } ô nằm ở cột không có tên (đầu tiên: { $first })
    .remedy = đặt chữ có chứa dấu phân cách trong dấu nháy kép, hoặc đặt tên cho các cột này
header-repeated = { $table }: dòng tên cột lặp lại giữa các dòng dữ liệu ({ $count } lần) và bị bỏ qua
csv-malformed = { $place }: { $problem }
    .remedy = kiểm tra dấu nháy ở dòng đó

# Encodings of tables.

table-not-unpacked = không giải nén được { $path }: { $problem }
    .remedy = tải lại tệp
table-not-opened = không đọc được { $path }: { $problem }
    .remedy = { $found ->
        [yes] kiểm tra quyền truy cập
       *[no] kiểm tra đường dẫn: phải là đường dẫn của một tệp
    }
zero-byte = { $file }, dòng { NUMBER($line, useGrouping: 0) }: có byte 0, byte không bao giờ có trong văn bản; cả tệp có { $count }
    .remedy = lưu lại tệp, hoặc xóa chúng: tr -d '\000' < { $file } > clean-{ $file }
not-utf-8-text = { $file } không phải văn bản UTF-8; dòng 1 có vẻ là { $encoding }
convert-to-utf-8 = nêu bảng mã: --encoding { $encoding } (encoding=...), hoặc lưu thành UTF-8, ví dụ: iconv -f { $iconv } -t utf-8 { $file } > utf8-{ $file }
byte-not-utf-8 = { $file }, dòng { NUMBER($line, useGrouping: 0) }: byte { $byte } không phải UTF-8; có vẻ là { $encoding }, đọc ra '{ $word }'{ $others ->
    [0] { "" }
   *[other] ; kết luận này dựa trên ít từ, và { $readings }
 }
encoding-reads = { $encoding } đọc ra '{ $word }'
encoding-doubtful = { $file } được đọc bằng { $encoding } nhưng có vẻ là { $likely }, đọc ra '{ $likely_word }' thay vì '{ $word }'
    .remedy = nếu đúng, thêm --encoding { $likely }
encoding-doubtful-lines = { $count } dòng của { $file } là UTF-8 nhưng được đọc bằng { $encoding }, ra '{ $read }' thay vì '{ $word }' (dòng { NUMBER($line, useGrouping: 0) })
    .remedy = bỏ --encoding và lưu các dòng còn lại thành UTF-8: { $lines }
encoding-doubtful-few-words = { $file } có ít từ giúp xác định bảng mã: { $encoding } đọc ra '{ $word }', { $readings }
    .remedy = chọn --encoding đọc ra chữ đúng
line-numbers = { $lines }{ $more ->
    [0] { "" }
   *[other] { " và" } { $more } dòng khác
 }
some-lines-not-utf-8 = { $file } là UTF-8 trừ dòng { $lines }, có vẻ là { $encoding }: khi đó dòng { NUMBER($first, useGrouping: 0) } đọc ra '{ $word }'
    .remedy = sửa các dòng này; để xem dòng { NUMBER($first, useGrouping: 0) } lẽ ra là gì: sed -n { NUMBER($first, useGrouping: 0) }p { $file } | iconv -f { $iconv } -t utf-8
byte-not-in-encoding = { $file }, dòng { NUMBER($line, useGrouping: 0) }: byte { $byte } không phải { $encoding }
    .remedy = nêu bảng mã đã dùng khi lưu tệp, hoặc lưu thành UTF-8
zero-bytes-in-encoding = { $file } đọc bằng { $encoding } thì có byte 0: tệp dùng bảng mã khác
    .remedy = thử --encoding { $likely } (encoding=...), hoặc lưu thành UTF-8
table-is-utf-8 = { $file } là UTF-8; nếu đọc bằng { $encoding }, chữ cái sẽ thành chữ khác (Ã© thay cho é)
    .remedy = bỏ --encoding; nếu các bảng dùng bảng mã khác nhau, lưu tất cả thành UTF-8

# Parquet and Arrow.

saved-without-splits = { $path } không nêu tập nào
    .remedy = lưu lại bộ dữ liệu
saved-with-index = { $folder } được lưu kèm chỉ mục
    .remedy = gọi flatten_indices() trước save_to_disk()
saved-file-outside = { $folder } tham chiếu đến { $file }, không phải tệp trong thư mục này
    .remedy = lưu lại bộ dữ liệu
arrow-text-not-utf-8 = { $place }: văn bản trong cột '{ $column }' không phải UTF-8
    .remedy = ghi lại bảng với văn bản ở UTF-8, hoặc ghi cột đó dưới dạng bytes
arrow-column-unreadable = { $table }: không đọc được cột '{ $column }': { $problem }
    .remedy = ghi cột đó dưới dạng văn bản
table-unreadable = không đọc được { $path }: { $problem }
    .remedy = tải lại hoặc lưu lại tệp

# Paths of images.

column-holds-images = '{ $column }' chứa chính các ảnh: không có đường dẫn nào để ghép thêm
    .remedy = bỏ --image-dir và --suffix
image-in-two-folders = { $place }: { $name } có trong { $first } và cả trong { $second }
    .remedy = ghi thư mục vào đường dẫn, hoặc dùng một bảng cho mỗi thư mục
paths-shortened = { $count } phần đầu của đường dẫn trong '{ $column }' bị bỏ đi để tìm ảnh trong --image-dir
    .remedy = không cần làm gì
image-dir-missing = --image-dir { $given }: không có thư mục { OR($tried) }
    .remedy = nêu một thư mục có thật
images-not-found = không ảnh nào trong { $count } ảnh mà { $table } nêu tồn tại; ảnh đầu tiên là { $first }
read-images-with = { $shortened ->
    [true] có tệp mang các tên này; nếu đó đúng là ảnh cần dùng, đọc chúng bằng { $options }
   *[false] các tệp nằm ở đường dẫn khác; đọc chúng bằng { $options }
 }

# JSON.

json-too-nested = { $table }: { $problem }
    .remedy = ghi một danh sách các đối tượng đơn giản
json-malformed = { $table }: { $problem }
    .remedy = lưu lại, dạng JSON hoặc CSV
json-line-malformed = { $place }: { $problem }
    .remedy = ghi mỗi dòng một đối tượng JSON, như {"{"}"path": "a.jpg", "label": "cat"{"}"}
json-line-not-object = { $place }: không phải đối tượng
    .remedy = ghi {"{"}"path": ..., "label": ...{"}"}
json-not-rows = { $table } là { $found }, không phải danh sách các dòng
    .remedy = ghi một danh sách đối tượng: [{"{"}"text": ..., "label": ...{"}"}]
json-item-not-object = { $place } không phải đối tượng mà là { $found }
    .remedy = ghi một danh sách đối tượng: [{"{"}"text": ..., "label": ...{"}"}]
json-several-lists = { $table } chứa nhiều danh sách đối tượng: { $keys }
    .remedy = lưu danh sách có mỗi mẫu một dòng, kèm nhãn, thành một tệp riêng
json-one-object = { $table } là một đối tượng có { $keys }, không phải danh sách các dòng
    .remedy = ghi một danh sách đối tượng, [{"{"}"text": ..., "label": ...{"}"}], hoặc mỗi dòng một đối tượng

# Cells of splits.

cell-not-split = { $place }: '{ $cell }' không phải là tên tập
    .remedy = dùng một trong { $splits }, hoặc để trống
row-in-two-splits = { $place } nằm ở hai tập, theo các cột { LIST($columns) }
    .remedy = sửa lại, hoặc ghi train, valid và test vào một cột tên split
split-values = trong cột '{ $column }', { $values }
    .remedy = không cần làm gì nếu đúng; nếu không, ghi train, valid và test vào cột đó
split-values-of-columns = các cột { $columns } cùng quy định cách chia: { $counts }
    .remedy = không cần làm gì nếu đúng; nếu không, ghi train, valid và test vào một cột, split
split-value = { $cell } nghĩa là { $split } ({ $rows } dòng)
split-value-blank = ô trống nghĩa là { $split } ({ $rows } dòng)
split-ignored = { $rows } dòng bị bỏ qua, vì cột chia tập '{ $column }' ghi { OR($cells) }
    .remedy = không cần làm gì
split-column-suspected = cột '{ $column }' có vẻ là cột chia tập, nhưng các ô không phải true hay false nên cột không được dùng: { $cells }{ $more ->
    [0] { "" }
   *[other] { " và" } ô khác
 }
    .remedy = ghi 0 và 1 vào cột đó, hoặc ghi train, valid và test vào một cột tên split; không cần làm gì nếu đó không phải cột chia tập
split-columns-differ = { $rows } dòng của train được để riêng theo cột '{ $other }', nhưng cột này không được dùng: cách chia theo '{ $column }'
    .remedy = không cần làm gì nếu '{ $column }' đúng; nếu không: --split-column { $option }
split-zero-or-one = cột '{ $column }' có 0 ({ $zeros } dòng) và 1 ({ $ones } dòng): giá trị nào là train?
    .remedy = ghi train, valid hoặc test, hoặc đặt tên cột là is_train, is_valid hoặc is_test
blank-read-as-no = trong { $columns }{ $more ->
    [0] { "" }
   *[other] , ... ({ $count } cột)
 } mỗi ô là { OR($marks) } hoặc trống, và ô trống được đọc là { OR($no) }: { $blanks } trong { $cells } ô; { $rows } dòng không được đánh dấu ở ô nào
    .remedy = không cần làm gì nếu ô trống nghĩa là "không"; nếu nghĩa là chưa biết, xóa các dòng có ô trống
cell-not-zero-or-one = { $place }: '{ $column }' là { $cell }, cần 0 hoặc 1 cho mỗi lớp
    .remedy = xuất lại, hoặc ghi một bảng gồm đường dẫn và nhãn

# Spreadsheets.

openpyxl-missing = { $table } là tệp Excel, nhưng openpyxl, thư viện đọc loại tệp này, chưa được cài
    .remedy = pip install openpyxl, hoặc lưu thành CSV (UTF-8)
spreadsheet-unreadable = không đọc được { $table }: { $problem }
    .remedy = lưu lại tệp, hoặc lưu thành CSV (UTF-8)
spreadsheet-empty = { $table } rỗng
    .remedy = cần một dòng tên cột, chẳng hạn path và label, và mỗi mẫu một dòng
first-sheet-empty = { $table }: trang tính đầu tiên '{ $sheet }' không có dòng nào; { $sheets } thì có
    .remedy = đưa trang tính cần đọc lên đầu, hoặc lưu thành CSV (UTF-8)
sheets-ignored = { $table }: chỉ đọc trang tính '{ $sheet }', không đọc { OR($ignored) }
    .remedy = lưu trang tính thành CSV để đọc
formula-without-value = { $place }: '{ $column }' là công thức { $formula }, và giá trị của nó không được lưu; có { $count } ô như vậy
    .remedy = mở tệp bằng chương trình bảng tính rồi lưu lại, hoặc lưu thành CSV (UTF-8)

# Locations.

data-missing = không có gì ở { $path }
    .remedy = nêu đường dẫn của một thư mục hoặc một bảng
layout-of-table = { $path } là một bảng: không áp dụng được --layout { $layout }
    .remedy = bỏ --layout
class-folders-have-no-columns = { $path } là thư mục chứa các thư mục lớp: không có cột, nhưng có yêu cầu { $columns }
    .remedy = bỏ các cột (lớp là tên thư mục), hoặc nêu bảng có các cột đó
labels-by-folders = { $folder } không có bảng như của train: nhãn của { $split } là tên các thư mục trong đó
    .remedy = không cần làm gì nếu đúng; nếu không, bỏ nó ra: --exclude { $name }
image-dir-of-texts = { $table } là bảng văn bản: không áp dụng được --image-dir và --suffix
    .remedy = bỏ chúng, hoặc nêu cột chứa đường dẫn ảnh: --path-column
not-a-table = { $path } không phải thư mục cũng không phải bảng ({ $suffixes })
    .remedy = { $kind ->
        [archive] giải nén, rồi nêu thư mục hoặc bảng bên trong
        [spreadsheet] lưu thành .xlsx hoặc CSV (UTF-8)
        [binary] lưu thành Parquet hoặc CSV
        [text] nêu thư mục có mỗi lớp một thư mục; nếu đây là bảng, đổi đuôi thành .csv, hoặc .tsv nếu các cột cách nhau bằng tab
       *[other] nêu thư mục có mỗi lớp một thư mục, hoặc một bảng gồm đường dẫn hay văn bản và nhãn
    }
or-give-table = { $remedy }; hoặc nêu bảng cần đọc: { $path }
encoding-fixed-by-format = { $file } theo định dạng luôn là UTF-8, không phải { $encoding }
    .remedy = bỏ --encoding
table-ignored = { $tables }{ $more ->
    [0] { "" }
   *[other] { " và" } { $more } bảng khác
 } bị bỏ qua: { $because ->
    [class-folders] các thư mục lớp là bộ dữ liệu
    [no-train-table] các thư mục lớp là dữ liệu huấn luyện, và không bảng nào tên là train
    [no-labels] không có cột tệp và cột nhãn
   *[name] tên không giống bảng của bộ dữ liệu
 }
    .remedy = muốn đọc bảng đó thì nêu tệp: { $path }
several-tables-of-split = { LIST($tables) } trong { $root } đều có thể là { $split }
    .remedy = đặt tên một bảng là { $split }{ $suffix }, hoặc nêu bảng: DATA, --test, --valid
several-tables = { $root } chứa nhiều bảng: { $tables }
    .remedy = nêu một bảng làm DATA (--test FILE và --valid FILE thêm các tập), hoặc đặt tên chúng là train, valid và test
two-tables-of-split = { LIST($tables) } trong { $root } đều nghĩa là { $split }
    .remedy = chuyển đi hoặc đổi tên một bảng, hoặc nêu bảng: DATA, --test FILE, --valid FILE
table-shards-missing = theo tên các mảnh còn lại thì thiếu { $count } mảnh: bộ dữ liệu không đầy đủ
    .remedy = tải lại các mảnh
tables-and-class-folders = { $folder } chứa cả bảng ({ $tables }) lẫn thư mục lớp ({ $classes }{ $more ->
    [0] { "" }
   *[other] , ...
 }): { $why ->
    [other-files] các bảng không liệt kê tệp trong các thư mục
    [other-labels] chúng không thống nhất về nhãn của tệp
   *[other-splits] các thư mục có tập mà bảng không có
 }
    .remedy = chọn: --layout { $layout } để đọc thư mục; nêu { $arguments } để đọc bảng
table-contradicts-folders = { $table } mâu thuẫn với các thư mục lớp trong { $folder } về nhãn của tệp
    .remedy = chọn: nêu { $folder } để đọc thư mục, hoặc nêu chính bảng đó để đọc bảng

# Columns of training.

pairs-unlike-training = { $table } chứa { $count ->
    [1] văn bản đơn
   *[other] cặp văn bản
 }, từ { $read }, còn bundle được huấn luyện với { $count ->
    [1] cặp văn bản
   *[other] văn bản đơn
 }, từ { $trained }
    .remedy = nêu đúng số cột đã dùng khi huấn luyện: { $options }
column-unlike-training = { $table } không có cột '{ $column }' đã dùng để huấn luyện mô hình; '{ $read }' { $another ->
    [true] là một cột khác của bảng huấn luyện
   *[false] nhiều khả năng là thứ khác
 }
    .remedy = dùng bảng có '{ $column }'; nếu '{ $read }' chứa cùng loại đầu vào, nêu tên nó: { $option }
other-column = đang dùng { $read }; mô hình được huấn luyện trên { $trained }{ $asked ->
    [true] { "" }
   *[false] , mà { $table } không có
 }
    .remedy = không cần làm gì nếu cả hai chứa cùng loại đầu vào; nếu không, nêu cột khác: { $option }
columns-swapped = đang dùng { $read }; mô hình được huấn luyện trên { $trained }: hai văn bản của mỗi cặp bị đổi chỗ
    .remedy = nêu tên theo thứ tự lúc huấn luyện: { $options }
trained-pair-missing = { $cause }: mô hình được huấn luyện với cặp văn bản, từ { $trained }
    .remedy = nêu cột của văn bản thứ nhất và thứ hai: { $option } A { $option } B
trained-column-missing = { $cause }, cột đã dùng để huấn luyện mô hình
trained-column-missing-and = { $cause }, cột đã dùng để huấn luyện mô hình; { $other }
or-name-column = { $remedy }, hoặc nêu cột cần dùng: { $option }

# Several tasks.

one-split-for-several-tasks = --{ $split } { $path } là một tập, nhưng có { $count } bộ dữ liệu (--task)
    .remedy = đặt tập { $split } của mỗi tác vụ vào thư mục của nó, hoặc nêu một bộ dữ liệu làm DATA
in-task = tác vụ { $task }: { $cause }
no-task-named = chưa nêu tác vụ nào
    .remedy = nêu một hoặc nhiều tác vụ, như {"{"}"cars": "road/cars"{"}"}
task-name-invalid = không dùng { $name } làm tên tác vụ được
    .remedy = đặt tên bằng chữ cái, chữ số, - và _, như cars=road/cars
tasks-of-modality = { $modality ->
    [image] ảnh
    [text] văn bản
   *[other] { $modality }
 } trong { LIST($tasks) }
images-and-texts-joined = một mô hình không thể nhận cả ảnh lẫn văn bản ({ $tasks })
    .remedy = ghép ảnh với ảnh, văn bản với văn bản; --text và --path-column cho biết cột nào của bảng chứa văn bản hay đường dẫn ảnh
tasks-of-one-name = nhiều tác vụ sẽ cùng tên { LIST($names) }
    .remedy = đổi tên một tác vụ
count-of-parts = { $count } trong { LIST($parts) }
tasks-share-examples = { $count } { $modality ->
    [image] ảnh
   *[text] văn bản
 } có trong nhiều bộ dữ liệu và chỉ được tính là một mẫu: { $counts }
    .remedy = không cần làm gì: mỗi mẫu có nhãn của tất cả các bộ đó

# Groups of examples.

group-column-missing = --group: { $table } không có cột '{ $column }'
    .remedy = { $known }; hoặc nêu một biểu thức (pattern) tìm ra nhóm trong mỗi đường dẫn, chẳng hạn { $example }
no-groups = --group '{ $group }': { $column ->
    [true] mọi ô đều trống
   *[false] không khớp đường dẫn nào, chẳng hạn '{ $first }'
 }
    .remedy = nêu cột khác, hoặc một biểu thức chẳng hạn { $example }
group-spaces = --group '{ $group }': { $count } tên có khoảng trắng ở hai đầu, ký tự ẩn hoặc dấu được mã hóa thành ký tự riêng; các tên chỉ khác nhau ở những điểm này là một nhóm
    .remedy = không cần làm gì
groups-look-missing = --group '{ $group }': có tên trông như giá trị thiếu, nhưng mỗi tên được coi là một nhóm, tổng cộng { $count } mẫu: { $names }
    .remedy = để trống các ô này để mỗi mẫu là một nhóm riêng
no-group = --group '{ $group }': { $count } trong { $total } mẫu { $column ->
    [true] có ô trống
   *[false] không khớp
 }; mỗi mẫu được tính là một nhóm riêng
    .remedy = { $column ->
        [true] điền các ô đó
       *[false] mở rộng biểu thức để khớp mọi đường dẫn
    }
one-group = --group: toàn bộ { $count } mẫu thuộc một nhóm, '{ $name }'
    .remedy = một nhóm không bao giờ bị chia ra nhiều tập: nêu thứ khác nhau giữa các mẫu, chẳng hạn bệnh nhân hay bộ phim
groups-in-column = cột '{ $column }' có thể nêu nhóm: { $values } giá trị ở { $rows } dòng
    .remedy = nếu các dòng cùng giá trị thuộc về nhau, giữ chúng trong một tập: --group { $column }
groups = --group '{ $group }': { $count } mẫu trong { $groups } nhóm, ghep không chia nhóm nào ra nhiều tập
groups-of-one = --group '{ $group }': mỗi mẫu là một nhóm riêng, nên không có gì được giữ cùng nhau
    .remedy = nêu thứ mà nhiều mẫu có chung, chẳng hạn bệnh nhân hay bộ phim
group-pattern-malformed = --group '{ $group }' không phải biểu thức chính quy: { $problem }
    .remedy = viết như { $example }
group-pattern-without-group = --group '{ $group }' không phải cột của bảng, cũng không phải biểu thức chính quy có một nhóm trong ngoặc đơn
    .remedy = đặt ngoặc đơn quanh phần mà các đường dẫn của một nhóm có chung, như { $example }

# Splits from elsewhere.

unlabelled-split = { $table } không có nhãn ({ $columns }) và bị bỏ qua: { $split } không được chấm trên { $rows } dòng của nó
    .remedy = không cần làm gì; dự đoán chúng bằng ghep predict BUNDLE { $table }
label-column-renamed = { $table } không có cột { $missing }, và nhãn có thể nằm ở '{ $found }': các cột của nó là { $columns }, còn của { $train } là { $train_columns }
    .remedy = đặt tên cột của { $table } giống { $train }: đổi '{ $found }' thành '{ $column }'; nếu '{ $found }' không chứa nhãn, xóa nó hoặc chỉ nêu { $train }
split-given-twice = { $name } đã có tập { $split } ({ $count } mẫu), mà lại có --{ $split } { $path }
    .remedy = bỏ --{ $split }, hoặc chỉ nêu tập train làm DATA
split-of-other-modality = --{ $split } { $path } chứa { $given ->
    [text] văn bản
   *[image] ảnh
 }, còn { $name } chứa { $wanted ->
    [text] văn bản
   *[image] ảnh
 }
    .remedy = dùng cả hai là ảnh hoặc cả hai là văn bản
split-of-other-tasks = --{ $split } { $path } có các cột nhãn { $given }, nhưng { $name } có { $wanted }
    .remedy = nêu các cột mà cả hai đều có: --label
given-split-lacks-split = --{ $split } { $path } có cách chia riêng ({ $splits }), nhưng không có { $split }
    .remedy = bỏ --{ $split }; dự đoán dữ liệu không nhãn bằng ghep predict
given-split-unlabelled = --{ $split } { $path } không có nhãn: không có gì để chấm
    .remedy = bỏ --{ $split }; dự đoán dữ liệu không nhãn bằng ghep predict

# Data in memory.

column-length = '{ $column }' dài { $length }
columns-of-different-lengths = các cột có độ dài khác nhau: { $lengths }
    .remedy = mỗi dòng cần một ô ở mọi cột
column-holds-tensors = cột '{ $column }' chứa tensor; cần ảnh (PIL, hoặc mảng với kênh ở cuối)
    .remedy = truyền ảnh trước mọi transform; với tensor (3, H, W) kiểu byte: tensor.permute(1, 2, 0).numpy()
row-not-pair = dòng { NUMBER($row, useGrouping: 0) } không phải một cặp gồm mẫu và lớp của nó
    .remedy = mỗi dòng cần (mẫu, lớp)
dataset-has-transform = { $name } có transform, nhưng ghep tự chuẩn bị ảnh cho backbone: kích thước, trung bình và độ lệch chuẩn, góc nhìn ngẫu nhiên
    .remedy = tạo bộ dữ liệu không có transform (transform=None); augment= chọn các góc nhìn
example-of-other-type = phần tử đầu của cặp có kiểu { $type }; cần một ảnh (PIL, mảng), một đường dẫn hoặc một văn bản, rồi đến lớp của nó
    .remedy = truyền ảnh trước mọi transform, không truyền tensor; nếu mỗi cặp là (lớp, mẫu), đổi chỗ hai phần tử
label-of-other-type = dòng { NUMBER($row, useGrouping: 0) }: nhãn có kiểu { $type }; cần tên lớp hoặc số hiệu lớp
    .remedy = dùng bảng có một cột cho mỗi loại nhãn: ghep.fit({"{"}'image': ..., 'label': ...{"}"})

# Folders.

folder-names = { $names }{ $more ->
    [0] { "" }
   *[other] { " và" } { $more } thư mục khác
 }
folders-too-deep = thư mục lồng nhau sâu hơn { $limit } cấp ở { $path }
    .remedy = nêu một thư mục ở sâu hơn bên trong
folder-not-listed = không liệt kê được { $path }: { $problem }
    .remedy = kiểm tra quyền truy cập
no-folder-to-exclude = { $path } không có thư mục '{ $name }' để bỏ ra
names-of-one-split = { LIST($names) } trong { $place ->
    [dict] dict dữ liệu
   *[other] { $place }
 } đều nghĩa là { $split }
    .remedy = giữ một tên
no-split-named-train = { $place ->
    [dict] dict dữ liệu
   *[other] { $place }
 } không có tập train (chỉ thấy { $names })
    .remedy = đặt tên các tập là train, valid và test
other-splits-ignored = { $count } tập không phải train, valid hay test và bị bỏ qua: { $names }
    .remedy = không cần làm gì, trừ khi cần đến chúng

no-train-folder-for-layout = { $path } không có thư mục train (chỉ thấy { $found })
    .remedy = --layout classes (layout='classes') coi mỗi thư mục là một lớp
no-train-folder = { $path } không có thư mục train (chỉ thấy { $found })
    .remedy = thêm train/<class>/, hoặc đổi tên một thư mục thành train
split-or-class = { $train } trong { $path } có thể là một tập (vì chứa thư mục), hoặc là một lớp như { $others }
    .remedy = chọn: --layout splits (layout='splits') chỉ đọc train, valid và test, --layout classes (layout='classes') coi mỗi thư mục là một lớp
folders-hold-parts = { $path } không có thư mục lớp: { $names } chứa các phần của một bộ dữ liệu
    .remedy = xếp ảnh vào mỗi lớp một thư mục, hoặc dùng bảng gồm đường dẫn và nhãn
unusual-class-names = { $names } trong { $path } là tên lớp khác thường{ $rest ->
    [0] { "" }
   *[other] , không giống { $others }
 }
    .remedy = chọn: { $options } (exclude=[...]) bỏ qua { $count ->
        [1] thư mục này
       *[other] các thư mục này
    }, --layout { $layout } coi mỗi thư mục là một lớp
class-named-as-split = '{ $name }' được coi là một lớp, như { $others }
    .remedy = không cần làm gì nếu đúng; nếu đó là một tập, bỏ nó ra: { $options }
class-name-odd = { $names } được coi là lớp, như { $others }
    .remedy = không cần làm gì nếu đúng; nếu không, bỏ thư mục như vậy ra: { $options } (exclude=[...])
folders-of-one-split = { LIST($names) } trong { $path } đều nghĩa là { $split }
    .remedy = gộp hoặc đổi tên chúng, hoặc bỏ một thư mục ra: { $options }
folder-ignored = { $count } thư mục bên cạnh train không phải là tập và bị bỏ qua
    .remedy = đặt tên thư mục là train, valid hoặc test, hoặc chuyển thư mục đi nơi khác
folders-named-as-splits = { $path } chứa thư mục mang tên tập lẫn với thư mục khác: { $splits }, và { $others }
    .remedy = chọn: { $options } (exclude=[...]) bỏ qua chúng, { $nested ->
        [0] { "" }
       *[other] { $options } { $added } chấm điểm trên nội dung của chúng,{ " " }
    }--layout classes (layout='classes') coi mỗi thư mục là một lớp
train-without-classes = { $path } không có thư mục lớp: nó chứa trực tiếp { $count } mẫu{ $prefixes ->
    [0] { "" }
   *[other] , với tên bắt đầu bằng { $names }
 }
    .remedy = xếp chúng vào mỗi lớp một thư mục, hoặc dùng bảng gồm đường dẫn và nhãn của chúng
folder-of-data-sets = { $path } không phải một bộ dữ liệu: nó chứa { $count ->
    [1] một bộ
   *[other] nhiều bộ
 }, { $names }
    .remedy = nêu { $below }{ $count ->
        [1] { "" }
       *[other] , hoặc nêu nhiều bộ làm các tác vụ của một mô hình: { $tasks }
    }
folders-named-as-parts = { $names } trong { $path } được đặt tên như các phần của một bộ dữ liệu, không phải như các lớp
    .remedy = { $nested ->
        [true] nêu một thư mục làm DATA, thư mục khác bằng --test: --test { $last }
       *[false] nêu bảng nhãn
    }; --layout classes (layout='classes') coi mỗi thư mục là một lớp
classes-below = { $path } chứa một thư mục, { $folder }, trong đó có các thư mục { $kind ->
    [splits] tập
   *[classes] lớp
 }: { $names }
    .remedy = nêu { $below }
same-folders-in-classes = các lớp là { $classes }, và mỗi thư mục này đều chứa các thư mục { $folders }
    .remedy = không cần làm gì nếu đó đúng là các lớp; nếu các lớp là { $folders }: nêu { $path }
classes-without-splits = { $divided } trong { $path } có thư mục tập{ $missing ->
    [0] { "" }
   *[other] , { $others } thì không
 }
    .remedy = sắp xếp theo root/train/<class>/*, hoặc root/<class>/train/* ở mọi lớp
splits-in-classes = mỗi thư mục lớp có các thư mục tập (class/split/*): đó là cách chia
    .remedy = không cần làm gì
other-job = { $path } có vẻ là { $kind ->
    [yolo] bộ dữ liệu YOLO có khung bao (ảnh và nhãn trong { $detail })
    [voc] bộ dữ liệu Pascal VOC có khung bao (JPEGImages và Annotations)
    [coco] bộ dữ liệu COCO có khung bao ({ $detail })
    [boxes] bộ dữ liệu có khung bao (chú thích nằm cạnh ảnh trong { $detail })
   *[masks] bộ dữ liệu phân vùng ảnh (segmentation) ({ $detail })
 }; ghep phân loại cả ảnh
    .remedy = cắt các vật thể vào mỗi lớp một thư mục, hoặc xuất dữ liệu cho bài toán phân loại; --layout classes (layout='classes') coi mỗi thư mục là một lớp
other-job-with-classes = { $path } có vẻ là { $kind ->
    [yolo] bộ dữ liệu YOLO có khung bao (ảnh và nhãn trong { $detail })
    [voc] bộ dữ liệu Pascal VOC có khung bao (JPEGImages và Annotations)
    [coco] bộ dữ liệu COCO có khung bao ({ $detail })
    [boxes] bộ dữ liệu có khung bao (chú thích nằm cạnh ảnh trong { $detail })
   *[masks] bộ dữ liệu phân vùng ảnh (segmentation) ({ $detail })
 }; ghep phân loại cả ảnh
    .remedy = nêu { $images } để coi các thư mục trong đó là lớp: { $classes }
class-of-copies = '{ $name }' là tên lớp khác thường, và trong { $count } mẫu của nó có { $copies } mẫu là bản sao của mẫu thuộc lớp khác{ $copies ->
    [0] { "" }
   *[other] { " (" }{ $first } là bản sao của { $other })
 }{ $broken ->
    [0] { "" }
   *[other] , { $broken } mẫu không dùng được
 }
    .remedy = chọn: { $option } (exclude=[...]) bỏ qua nó, --layout classes coi mỗi thư mục là một lớp

# Files in class folders.

encoding-of-images = { $path } không có văn bản: không áp dụng được --encoding
    .remedy = bỏ --encoding
files-of-suffix = { $count } tệp { $suffix }
no-examples = không có ảnh nào trong { $path }, cũng không có tệp { $suffix } nào{ $other ->
    [0] { "" }
   *[other] ; trong đó có { $held }
 }
    .remedy = { $cure ->
        [dicom] chuyển các tệp DICOM sang PNG
        [arrays] lưu các mảng thành PNG, mỗi ảnh một tệp
        [scans] lưu chúng thành PNG, mỗi ảnh một tệp
        [videos] cắt chúng thành khung hình và lưu dạng JPEG hoặc PNG; khung hình của một video phải nằm trong một tập (--group)
        [archives] giải nén chúng
        [raw] chuyển các tệp raw sang JPEG hoặc PNG
        [documents] lưu mỗi tài liệu thành một tệp .txt, hoặc dùng bảng gồm văn bản và nhãn
        [audio] ghep đọc ảnh và văn bản; lưu phổ âm thanh (spectrogram) thành PNG
        [loose-images] thư mục chứa trực tiếp { $count } ảnh: xếp chúng vào mỗi lớp một thư mục, hoặc dùng bảng gồm đường dẫn và nhãn
        [loose-texts] thư mục chứa trực tiếp { $count } văn bản: xếp chúng vào mỗi lớp một thư mục, hoặc dùng bảng gồm đường dẫn và nhãn
       *[none] cần root/<class>/*.jpg hoặc *.txt, root/train/<class>/*, hoặc một bảng (CSV, TSV, JSON, Parquet, Excel)
    }
split-folder-ignored = { $folder } bị bỏ qua: không bảng nào nêu { $count } { $things ->
    [texts] văn bản
   *[images] ảnh
 } của nó, và chúng không nằm trong thư mục mang tên lớp của train
    .remedy = gán nhãn cho chúng như train, hoặc xếp vào mỗi lớp một thư mục; nếu không cần, bỏ ra: --exclude { $folder }
unlabelled-folder = { $count } { $things ->
    [texts] văn bản
   *[images] ảnh
 } trong { $folder } không có lớp và bị bỏ qua: chúng không được dùng để huấn luyện hay chấm điểm
    .remedy = không cần làm gì; dự đoán chúng bằng ghep predict BUNDLE { $path }
not-examples = { $count } tệp không phải { $things ->
    [texts] văn bản
   *[images] ảnh
 } và bị bỏ qua
    .remedy = không cần làm gì, trừ khi chúng cần làm mẫu: khi đó { $things ->
        [texts] đặt tên chúng là *.txt
       *[images] lưu chúng thành JPEG hoặc PNG
    }
empty-class-folder = { $count } thư mục lớp không chứa { $things ->
    [texts] văn bản
   *[images] ảnh
 } nào
    .remedy = thêm mẫu hoặc xóa thư mục
no-class-folder = { $count } { $things ->
    [texts] văn bản
   *[images] ảnh
 } nằm ngoài mọi thư mục lớp và bị bỏ qua
    .remedy = chuyển chúng vào thư mục của lớp tương ứng
annotations-ignored = { $count } mặt nạ hoặc chú thích nằm cạnh ảnh bị bỏ qua
    .remedy = nếu chúng là mẫu, đổi tên chúng hoặc thư mục
not-files = { $count } liên kết hỏng, liên kết đến thư mục cha, pipe hoặc thiết bị bị bỏ qua
    .remedy = sửa hoặc xóa chúng
linked-again = { $count } thư mục được liên kết dẫn đến hai lần trong cùng một lớp, và chỉ được đọc một lần
    .remedy = không cần làm gì
linked-twice = { $count } thư mục được đọc hai lần qua liên kết, nên mỗi tệp trong đó thuộc hai lớp hoặc hai tập
    .remedy = xóa một trong hai liên kết
regression-of-unknown-task = { $data } không có tác vụ { LIST($names) } được nêu ở --regression (regression); { $hint }
    .remedy = nêu một cột nhãn, hoặc tác vụ "label" của các thư mục lớp
