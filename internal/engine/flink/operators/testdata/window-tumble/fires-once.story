# A window fires when the watermark reaches its last millisecond; what comes after that for it is late.
rows
  +I a 1 1000
  +I b 1 4999
  +I a 1 0
  +I a 2 5000
  +I a 3 -1
watermark 4998
expect
  +I a 1 3 -5000 0 -1
watermark 4999
expect
  +I a 2 1 0 5000 4999
  +I b 1 1 0 5000 4999
rows
  +I a 1 4999
  +I b 1 5000
watermark 4999
expect
  late 1
watermark end
expect
  +I a 1 2 5000 10000 9999
  +I b 1 1 5000 10000 9999
