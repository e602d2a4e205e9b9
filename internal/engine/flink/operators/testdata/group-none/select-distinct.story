rows
  +I a 1 true
  +I a 1 false
  +I a 2 true
  -D a 1 true
  -D a 1 true
expect
  +I a 1
  +I a 2
  -D a 1
