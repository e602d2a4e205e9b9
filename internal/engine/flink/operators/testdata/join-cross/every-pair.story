rows left
  +I a 1
  +I b 2
rows right
  +I c 3
  +I d 4
expect
  +I a 1 c 3
  +I b 2 c 3
  +I a 1 d 4
  +I b 2 d 4
