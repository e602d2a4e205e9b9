# Each row changes the result of its group, also within a batch.
rows
  +I a 1 true
  +I b 5 true
  +I a 2 true
  +I a NULL true
  +I NULL 7 true
expect
  +I a 1 1
  +I b 1 5
  -U a 1 1
  +U a 2 3
  -U a 2 3
  +U a 3 3
  +I NULL 1 7
rows
  +I NULL 1 true
  +I b 0 true
expect
  -U NULL 1 7
  +U NULL 2 8
  -U b 1 5
  +U b 2 5
