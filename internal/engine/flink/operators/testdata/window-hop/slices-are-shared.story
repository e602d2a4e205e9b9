# Windows of six seconds every two, from the odd seconds. A row that is late for one window still counts in the next.
rows
  +I a 1 1000
  +I b 5 3000
  +I a 1 3500
watermark 2999
expect
  +I a 1 1 -3000 3000 2999
rows
  +I a 2 2500
watermark 4999
expect
  +I a 3 3 -1000 5000 4999
  +I b 1 5 -1000 5000 4999
watermark 8998
expect
  +I a 3 3 1000 7000 6999
  +I b 1 5 1000 7000 6999
rows
  +I c 9 3500
  +I c 9 2900
  +I c 9 5500
watermark end
expect
  +I b 1 5 3000 9000 8999
  +I a 1 1 3000 9000 8999
  +I c 2 9 3000 9000 8999
  +I c 1 9 5000 11000 10999
  late 1
