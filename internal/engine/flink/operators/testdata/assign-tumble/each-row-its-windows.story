rows
  +I a 1 3000
  +I b 1 NULL
  +I c 1 6000
expect
  +I a 1 3000 0 5000 4999
  +I c 1 6000 5000 10000 9999
