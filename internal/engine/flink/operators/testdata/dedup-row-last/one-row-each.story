rows
  +I a 1 3000
  +I b 1 3000
  +I a 1 3000
  +I a 2 3000
  +I b 2 2000
expect
  +I a 1 3000
  +I b 1 3000
  -U a 1 3000
  +U a 1 3000
  -U a 1 3000
  +U a 2 3000
watermark 2500
expect
rows
  +I b 3 4000
  +I c 1 2000
  +I a 3 2600
watermark 3000
expect
  -U b 1 3000
  +U b 3 4000
  +I c 1 2000
rows
  +I a 4 3000
  +I d 4 3000
watermark end
expect
  -U a 2 3000
  +U a 4 3000
  +I d 4 3000
