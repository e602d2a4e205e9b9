rows
  +I a 1 1000
  +I b 1 1000
  -D a 1 1000
  -U b 1 1000
  +U b 7 1000
watermark end
expect
  +I b 1 7 0 5000 4999
