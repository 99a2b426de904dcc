# Several processes that train one model together (torchrun).

team-process-ended = một tiến trình khác của lần huấn luyện này đã kết thúc, hoặc không liên lạc được ({ $detail })
    .remedy = xem tiến trình đó đã in gì, rồi tiếp tục với --resume, với số tiến trình bất kỳ; torchrun --max-restarts N tự làm việc này nếu lượt chạy có --out
team-only-fits = nhiều tiến trình của torchrun chỉ chia nhau được "ghep fit", không chia nhau được { $command }
    .remedy = { $ray ->
        [yes] chạy lệnh này không có torchrun; --ray auto chia công việc cho các nút của một cụm Ray
       *[no] chạy lệnh này không có torchrun, trong một tiến trình
     }
team-not-auto = "auto" được chọn trong một tiến trình, còn torchrun đã khởi động nhiều tiến trình
    .remedy = chạy ghep advise không có torchrun, rồi chỉ định backbone và chiến lược mà lệnh đó khuyên dùng
team-larger-than-gpus = máy này có { $gpus } GPU cho { $processes } tiến trình
    .remedy = khởi động torchrun với --nproc-per-node { $gpus }, hoặc ẩn các GPU bằng CUDA_VISIBLE_DEVICES= để huấn luyện trên CPU
team-out-of-memory = bộ nhớ của { $device } không đủ cho phần của tiến trình này trong batch { $batch } mẫu cùng các kết quả trung gian
    .remedy = khởi động nhiều tiến trình hơn, hoặc giảm --batch-size
team-data-differ = tiến trình { $rank } có dữ liệu, trọng số hoặc thiết lập khác với tiến trình đầu tiên
    .remedy = dùng cùng tệp, cùng phiên bản ghep và cùng dòng lệnh trên mọi máy
team-line = { $processes } tiến trình chia nhau mỗi batch
