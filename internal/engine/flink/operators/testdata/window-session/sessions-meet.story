# Sessions that touch are one. A row that is late for a session of its own may still belong to one that is open.
rows
  +I a 1 1000
  +I a 1 6000
  +I b 1 1000
  +I a 2 3000
  +I a 5 4500
  +I c 1 9000
  -D c 1 9000
watermark 2999
expect
  +I b 1 1 1000 3000 2999
rows
  +I b 1 900
  +I a 3 500
  +I b 7 3000
watermark 7999
expect
  +I b 1 7 3000 5000 4999
  +I a 5 11 500 8000 7999
  late 1
rows
  +I a 1 5999
  +I a 1 6001
watermark end
expect
  +I a 1 1 6001 8001 8000
  late 1
