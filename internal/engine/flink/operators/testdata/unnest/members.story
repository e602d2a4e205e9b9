rows
  +I a [7,8]
  +I b NULL
  -D c [9]
  +I d []
expect
  +I a [7 8] 7 1
  +I a [7 8] 8 2
  +I b NULL NULL NULL
  -D c [9] 9 1
  +I d [] NULL NULL
