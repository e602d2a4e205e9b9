# left - right is from -1 to 2 seconds
rows left
  +I a 1 10000
  +I NULL 1 10000
  +I b 1 11000
rows right
  +I a 10 8000
  +I a 11 7999
  +I a 12 11000
  +I a 13 11001
  +I NULL 10 10000
  +I b 10 15000
expect
  +I a 1 10000 a 10 8000
  +I a 1 10000 a 12 11000
watermark 12500
expect
  +I NULL NULL NULL a 11 7999
rows left
  +I a 2 10000
  +I a 3 12900
  +I a 4 3000
rows right
  +I a 14 1000
  +I b 11 11000
expect
  +I a 2 10000 a 12 11000
  +I a 3 12900 a 12 11000
  +I a 3 12900 a 13 11001
  +I a 4 3000 NULL NULL NULL
  +I NULL NULL NULL a 14 1000
  +I b 1 11000 b 11 11000
watermark 13001
expect
  +I NULL 1 10000 NULL NULL NULL
watermark 16000
expect
  +I NULL NULL NULL NULL 10 10000
watermark end
expect
  +I NULL NULL NULL b 10 15000
