# Head tuyến tính trên đặc trưng không vừa bộ nhớ.

head-streamed = head tuyến tính được giải từ đĩa, trong { $passes } lượt qua { NUMBER($count) } dòng đặc trưng ({ BYTES($bytes) }); loss của nó cao hơn mức nhỏ nhất không quá { DIGITS($gap) }
head-not-converged = head tuyến tính chưa hội tụ: sau { $passes } lượt, loss của nó có thể còn cao hơn mức nhỏ nhất { DIGITS($gap) } (chuẩn của gradient { DIGITS($gradient) }); cần tối đa { DIGITS($bar) }
    .remedy = kiểm tra nhãn và đặc trưng của tác vụ này; trọng số mẫu hoặc trọng số lớp quá chênh lệch khiến head khó giải
features-not-written = đặc trưng không vừa bộ nhớ, và không ghi được tệp chứa chúng ({ BYTES($bytes) }) trong { $folder }: { $cause }
    .remedy = giải phóng đủ chỗ ở đó, hoặc chọn một thư mục trên đĩa khác với --cache-dir
