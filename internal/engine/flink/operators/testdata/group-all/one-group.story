rows
  +I a 1 true
  +I b 1 true
  -D a 1 true
  -D b 1 true
expect
  +I 1
  -U 1
  +U 2
  -U 2
  +U 1
  -D 1
