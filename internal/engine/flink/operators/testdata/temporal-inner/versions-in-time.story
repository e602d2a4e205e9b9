rows left
  +I a 1 5000
  +I a 2 1000
  +I NULL 3 1000
  +I b 4 2000
  -U a 5 3000
rows right
  +I a 10 2000
  +I a 20 4000
  -U a 20 6000
  +U a 30 6000
  -D a 30 8000
  +I NULL 0 500
  +I b 99 1000
expect
watermark 3999
expect
  -U a 5 3000 a 10 2000
  +I b 4 2000 b 99 1000
rows left
  +I a 6 7000
  +I a 7 8000
  +I a 8 3500
rows right
  +I a 15 2500
watermark 4000
expect
  +I a 8 3500 a 15 2500
watermark end
expect
  +I a 1 5000 a 20 4000
  +I a 6 7000 a 30 6000
