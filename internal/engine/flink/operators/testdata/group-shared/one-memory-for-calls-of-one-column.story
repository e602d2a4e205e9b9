rows
  +I a 1 false
  +I a 1 true
  +I a 1 true
  +I a 2 true
  +I a NULL true
  +I b 1 NULL
expect
  +I a 1 NULL 1 1
  -U a 1 NULL 1 1
  +U a 1 1 1 1
  -U a 1 1 1 1
  +U a 2 3 3 1
  +I b 1 NULL 1 1
rows
  +I a 2 true
  +I b 1 true
expect
  -U b 1 NULL 1 1
  +U b 1 1 1 1
