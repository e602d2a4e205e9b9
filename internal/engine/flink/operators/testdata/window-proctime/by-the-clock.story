tick 10500
rows
  +I a 1 0
tick 10998
rows
  +I a 1 0
  +I b 1 0
watermark end
expect
tick 10999
expect
  +I a 2 10000 11000 10999
  +I b 1 10000 11000 10999
rows
  +I a 1 0
tick 12000
expect
  +I a 1 11000 12000 11999
